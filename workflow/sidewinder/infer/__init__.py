"""A model over a movie: tiles, batches, device, memory."""
