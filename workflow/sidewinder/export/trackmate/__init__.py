"""Tracks as TrackMate, of Fiji, saves and opens them: an XML file of spots, edges and tracks.

What such a file holds (https://imagej.net/plugins/trackmate, class `TmXmlReader`): features are declared before they
are used; a spot is a cell in a frame; a track is all that hangs together by edges, mother and daughters, which the
tables call a lineage. A cell that is seen once and hangs together with no other is a spot without a track.
"""

from sidewinder.export.trackmate.document import export_trackmate

__all__ = ["export_trackmate"]
