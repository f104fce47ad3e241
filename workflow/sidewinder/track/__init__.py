"""Cell tables to tracks and lineages. Tracks go by where cells are and how large they are, repair by labels, too; the
image is only read to measure what was repaired."""

from sidewinder.settings import TrackSettings
from sidewinder.track.cells_to_tracks import Tracks, track_cells
from sidewinder.track.movie import track_movie
from sidewinder.track.recording import Recording

__all__ = ["Recording", "TrackSettings", "Tracks", "track_cells", "track_movie"]
