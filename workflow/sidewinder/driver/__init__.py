"""The process that drives a run: its lock, its jobs when it dies, what it says while it runs and at its end."""
