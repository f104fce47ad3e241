"""Cell tables to tracks and lineage. Images play no part here, only where cells are and how big they are."""

from sidewinder.settings import TrackSettings
from sidewinder.track.cells_to_tracks import Tracks, track_cells
from sidewinder.track.movie import track_movie
from sidewinder.track.recording import Recording

__all__ = ["Recording", "TrackSettings", "Tracks", "track_cells", "track_movie"]
