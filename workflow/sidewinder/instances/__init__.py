"""Maps to labels and a cell table, frame by frame; time plays no part here."""
