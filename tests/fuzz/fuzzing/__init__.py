"""Random damage to whatever users give, by the thousand, in processes with limited time and memory: `make fuzz`."""
