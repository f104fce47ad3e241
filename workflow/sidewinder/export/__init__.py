"""One file a format: each writes what the stages before have found, and computes nothing new."""
