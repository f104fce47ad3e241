"""The report of a movie: one page with its warnings, its frames, its cells over time and its lineages."""
