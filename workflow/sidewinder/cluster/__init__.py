"""What batch systems need: how much to ask for, which jobs are ours, and where the software comes from."""
