"""Open any raw movie lazily: axes T C Y X, pixel size, frame interval, channel names.

The package knows file formats. It computes nothing on pixels and reads none before they are asked for. Nothing is
imported here: who lists files need not load what reads them.
"""
