"""Sidewinder: time-lapse microscopy in, cell tracks out."""
