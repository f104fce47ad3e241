"""The report of the experiment: one page with a row a movie, and with what differs by condition."""
