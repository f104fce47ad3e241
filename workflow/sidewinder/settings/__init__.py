"""What a user may set: each setting stands once, with its default, what is allowed and what it is for.

`config/config.yaml`, the check of the config and the messages follow from `sections`. Every cluster job reads it while
it parses the Snakefile, so that nothing heavy is imported here.
"""

from sidewinder.settings.check import from_section, problems
from sidewinder.settings.sections import (
    AnnotateSettings,
    Config,
    ExplorerSettings,
    InferSettings,
    InstanceSettings,
    MeasureSettings,
    PreprocessSettings,
    ReportSettings,
    TrackSettings,
    TrainSettings,
)

__all__ = [
    "AnnotateSettings",
    "Config",
    "ExplorerSettings",
    "InferSettings",
    "InstanceSettings",
    "MeasureSettings",
    "PreprocessSettings",
    "ReportSettings",
    "TrackSettings",
    "TrainSettings",
    "from_section",
    "problems",
]
