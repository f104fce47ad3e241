"""What users have corrected of a movie: places in frames, so that it can be applied again to other results."""
