"""Movies and single frames of fluorescent nuclei with exact truth; never to be mistaken for real data."""

from sidewinder.simulate.movie import SimulatedMovie, simulate
from sidewinder.simulate.scenes import SCENES, Scene
from sidewinder.simulate.training import training_frames
from sidewinder.simulate.write import write_scene

__all__ = ["SCENES", "Scene", "SimulatedMovie", "simulate", "training_frames", "write_scene"]
