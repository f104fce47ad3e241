"""Models for others and from others: packages of the BioImage Model Zoo."""
