"""Sets of the Cell Tracking Challenge: fetched, checked, unpacked, with a sheet that names their truth."""
