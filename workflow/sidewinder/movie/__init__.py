"""Open any raw movie lazily: axes T C Y X, pixel size, times of frames, channel names.

The package knows file formats. It gives grey values as the microscope meant them, computes nothing else, and reads no
pixels before they are asked for. Nothing is imported here: who lists files need not load what reads them.
"""
