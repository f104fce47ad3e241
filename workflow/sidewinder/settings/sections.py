"""The sections of the config. Each setting says itself what it may be and what it is for."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sidewinder.errors import UserError
from sidewinder.names import EXPORTS, TABLES, TEXTURES, USUAL_EXPORTS
from sidewinder.settings.kinds import (
    NO_WILDCARDS,
    PATH,
    Kind,
    auto_or,
    names,
    number,
    one_of,
    or_nothing,
    own_folder,
    pair,
    path,
    path_or_nothing,
    section,
    setting,
    some_of,
    truth,
    whole,
)

MOST_SEARCHED = 100_000
MOST_GREY = 1_000_000
DARK_FIELD = r"^[^{}<>\x00-\x1f\x7f]+\Z"
# in place of a flat-field image
ESTIMATED = "estimated"
# of the sheet, too
LARGEST_PIXEL_UM = 10_000
SIZE_OF_PIXELS = number("micrometres", above=0, highest=LARGEST_PIXEL_UM)
NOTHING_TO_LEARN_FROM = "config, train: neither annotations nor simulated_frames given; there is nothing to learn from"
REGION_FORM = "y and x of its centre in pixels of the movie, such as [200, 340]"
RING_DISTANCE = number("pixels", highest=1000)
RING_FORM = "two distances in pixels from 0 to 1000, such as [1, 5], or []"
QUANTILES_FORM = "a list of numbers from 0 to 1, such as [0.05, 0.5, 0.95], or []"
# of the network's lowest level; the paper's has 1024, of which a network has 31 million weights
MOST_LOWEST_CHANNELS = 4096
SOME_TEXTURES = some_of(*TEXTURES)
DIAMETER_FORM = "the smallest and the largest diameter in pixels, such as [14, 70]"
OWN_SIZE_FORM = f"auto, {SIZE_OF_PIXELS.words}, or null for a model that takes movies as they are"


@dataclass(frozen=True)
class Section:
    """What sections have in common."""

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Settings that do not go together, though each of them is allowed.

        Yields
        ------
        key : str
            One of them.
        problem : str
            What is wrong, and what to do.
        """
        yield from ()


@dataclass(frozen=True)
class PreprocessSettings(Section):
    """What is corrected of the light and of the stage. The image and what is measured of it stay raw."""

    flat_field: str = setting(
        "",
        path(
            f"estimated, the path of a TIFF image {NO_WILDCARDS}, or an empty text for none",
            r"^[^{}<>\x00-\x1f\x7f]*\Z",
        ),
        "uneven light, taken out of what the network sees; estimated: from the movie, or a TIFF image, as BaSiC makes",
    )
    dark_field: str | float = setting(
        0, Kind({"anyOf": [number(highest=MOST_GREY).schema, {"type": "string", "pattern": DARK_FIELD}], **PATH},
                f"{number(highest=MOST_GREY).words}, or the path of a TIFF image {NO_WILDCARDS}"),
        "beside flat_field: the grey value without light, a number or a TIFF image",
    )  # fmt: skip
    bleaching: bool = setting(
        False, truth(), "whether the light of cells that fades is made up for in what the network sees"
    )
    drift: bool = setting(
        False, truth(),
        "whether the stage's drift is taken from the texture between cells, for drift.csv and drift-corrected columns",
    )  # fmt: skip

    def conflicts(self) -> Iterator[tuple[str, str]]:
        if self.dark_field != 0 and not self.flat_field:
            yield "dark_field", f"found {self.dark_field!r}, and flat_field is empty, without which it is not used"

    @property
    def profiles(self) -> dict[str, str]:
        """The images that are given, by their settings."""
        flat = {} if self.flat_field in ("", ESTIMATED) else {"flat_field": self.flat_field}
        return flat | ({"dark_field": self.dark_field} if isinstance(self.dark_field, str) else {})


@dataclass(frozen=True)
class InferSettings(Section):
    """How the network is run."""

    tile: Literal["auto"] | int = setting(
        "auto", auto_or(whole(32, 16384, "pixels")),
        "side of the network's windows in pixels; auto: what memory allows. Changes the speed, not the result",
    )  # fmt: skip
    device: str = setting(
        "auto", one_of("auto", "cpu", "cuda"), "auto: a GPU where there is one; cuda: a GPU or an error; cpu"
    )
    keep: bool = setting(
        True, truth(),
        "whether its maps are kept, as large as the image: other values of instances then need no network",
    )  # fmt: skip


@dataclass(frozen=True)
class InstanceSettings(Section):
    """From which probabilities on pixels are cells."""

    foreground: float = setting(
        0.5,
        number(above=0, below=1),
        "a pixel whose probability of being cell or border reaches this belongs to a cell",
    )
    seed: float = setting(
        0.5, number(above=0, below=1),
        "where the probability of cell reaches this, a cell begins; higher separates more cells",
    )  # fmt: skip
    min_area_px: Literal["auto"] | float = setting(
        "auto", auto_or(number("pixels", lowest=0, highest=100_000_000)),
        "smaller objects are dropped; auto: a tenth of the area that is typical of the frame",
    )  # fmt: skip


@dataclass(frozen=True)
class MeasureSettings(Section):
    """What is measured of each cell beside what always is."""

    ring_px: Sequence[float] = setting(
        (), Kind({"anyOf": [{"type": "array", "maxItems": 0}, pair(RING_DISTANCE, RING_FORM).schema]}, RING_FORM),
        "[from, to], such as [1, 5]: distances from the cell between which the ring around it is measured; [] for none",
    )  # fmt: skip
    quantiles: Sequence[float] = setting(
        (), Kind({"type": "array", "uniqueItems": True, "maxItems": 100,
                  "items": Kind(number().schema, QUANTILES_FORM).as_schema()}, QUANTILES_FORM),
        "of each cell's grey values, such as [0.05, 0.5, 0.95]; [] for none",
    )  # fmt: skip
    textures: bool | Sequence[str] = setting(
        False, Kind({"anyOf": [truth().schema, SOME_TEXTURES.schema]}, f"true, false, or {SOME_TEXTURES.words}"),
        "of each cell; true: all of them, see docs/tables.md; or some, such as [contrast, entropy]",
    )  # fmt: skip

    @property
    def chosen_textures(self) -> Sequence[str]:
        """The textures that are measured."""
        if isinstance(self.textures, bool):
            return TEXTURES if self.textures else ()
        return self.textures

    def conflicts(self) -> Iterator[tuple[str, str]]:
        if self.ring_px and self.ring_px[0] >= self.ring_px[1]:
            yield "ring_px", f"found {list(self.ring_px)}; the nearer distance comes first"


@dataclass(frozen=True)
class TrackSettings(Section):
    """How cells are linked."""

    search_range_um: Literal["auto"] | float = setting(
        "auto", auto_or(number("micrometres", above=0, highest=MOST_SEARCHED)),
        "how far a cell may move in a frame, beyond what all move together; auto: from the movie",
    )  # fmt: skip
    search_range_px: float | None = setting(
        None, Kind({"anyOf": [number(above=0, highest=MOST_SEARCHED).schema, {"type": "null"}]},
                   number("pixels", above=0, highest=MOST_SEARCHED).words),
        "in its place, for movies whose pixel size is not known", example=20, optional=True,
    )  # fmt: skip
    max_gap_frames: int = setting(
        2, whole(0, 100), "for how many frames a cell may be missing and still be the same cell"
    )
    divisions: bool = setting(True, truth(), "whether divisions are looked for")
    min_frames: int = setting(
        1, whole(1, 1_000_000),
        "tracks seen in fewer frames are left out of all results, but for those with a mother or daughters",
    )  # fmt: skip
    repair: bool = setting(
        True, truth(),
        "whether cells missed, merged or split in a frame or two are repaired from the neighbouring frames",
    )  # fmt: skip

    def conflicts(self) -> Iterator[tuple[str, str]]:
        um, px = self.search_range_um, self.search_range_px
        if um != "auto" and px is not None:
            yield "search_range_um", f"found {um:g}, and search_range_px is {px:g}; give one of them, not both"

    def given_search_range_px(self, pixel_size_um: float | None) -> float | None:
        """The search range that the user gave, in pixels; None where the movie has to tell it.

        Parameters
        ----------
        pixel_size_um : float or None
            None where not known.

        Raises
        ------
        UserError
            If it was given in micrometres and the pixel size is not known.
        """
        if self.search_range_um == "auto":
            return None if self.search_range_px is None else float(self.search_range_px)
        if pixel_size_um is None:
            raise UserError(
                f"config, track: search_range_um is {self.search_range_um:g}, but the movie does not say its pixel "
                "size; give pixel_size_um in the sheet, or search_range_px in place of search_range_um"
            )
        return self.search_range_um / pixel_size_um


@dataclass(frozen=True)
class AnnotateSettings(Section):
    """What `snakemake annotate` suggests."""

    folder: str = setting("annotate", own_folder(), "where the regions go")
    regions: int = setting(10, whole(0, 10_000), "how many wait to be annotated")
    region_px: int = setting(256, whole(32, 16384), "their side in pixels")


@dataclass(frozen=True)
class ExplorerSettings(Section):
    """What `snakemake explorer` shows."""

    # inside of a section of --config, names that are digits have become numbers
    movie: str | int = setting(
        "", Kind({"type": ["string", "integer"]}, "the name of a movie of the sheet, or an empty text for the first"),
        "a movie of the sheet; empty: the first",
    )  # fmt: skip
    frame: Literal["auto"] | int = setting(
        "auto", auto_or(Kind({"type": "integer", "minimum": 0}, "the number of a frame, from 0")),
        "its number, from 0; auto: the middle one",
    )  # fmt: skip
    region: Literal["auto"] | Sequence[float] = setting(
        "auto", auto_or(pair(Kind({"type": "number"}, ""), REGION_FORM)),
        "[y, x] of its centre, in the movie's pixels; auto: where most cells are",
    )  # fmt: skip
    region_px: int = setting(256, whole(32, 1024), "its side, in pixels of the model")


@dataclass(frozen=True)
class ReportSettings(Section):
    """What `report.html` of each movie shows."""

    columns: Literal["auto"] | Sequence[str] = setting(
        "auto", auto_or(names("columns of tracks.csv, in which * stands for any letters, such as [area_*, solidity]")),
        "columns of tracks.csv to colour cells by and to draw; * stands for any letters; auto: the usual ones",
    )  # fmt: skip


@dataclass(frozen=True)
class TrainSettings(Section):
    """How `snakemake train` makes a model."""

    model: str = setting(
        "models/mine",
        path(
            f"the path of the model folder to make, with at least one /, such as ./mine, {NO_WILDCARDS}",
            r"^[^{}<>\x00-\x1f\x7f]*/[^{}<>\x00-\x1f\x7f]*\Z",
        ),
        "the folder to make",
    )
    annotations: str = setting(
        "", path_or_nothing("a sheet of annotated frames"),
        "a sheet of annotated frames: images, labels and what else docs/training.md names",
    )  # fmt: skip
    simulated_frames: int = setting(0, whole(0, 1_000_000), "simulated frames of fluorescent nuclei to add")
    simulated_share: float = setting(0.35, number(lowest=0, highest=1), "share of the crops that comes from them")
    iterations: int = setting(1500, whole(1, 10_000_000))
    base_width: int = setting(16, whole(1, 256), "channels of the network's first level; they double with each level")
    depth: int = setting(4, whole(1, 8), "levels below the first")
    start_from: str = setting(
        "", path_or_nothing("a model folder"),
        "a model folder to go on from, whose width, depth and normalisation then hold; empty: a new network",
    )  # fmt: skip
    pixel_size_um: Literal["auto"] | float | None = setting(
        "auto", Kind({"anyOf": [{"const": "auto"}, SIZE_OF_PIXELS.schema, {"type": "null"}]}, OWN_SIZE_FORM),
        "of the model, to which movies are rescaled; auto: that of the annotated ones; null: as they are",
    )  # fmt: skip
    diameter_px: Literal["auto"] | tuple[float, float] = setting(
        "auto", auto_or(pair(number(above=0, highest=10_000), DIAMETER_FORM)),
        "[smallest, largest] cell that the model is to know, at its pixel size; "
        "auto: a third around the annotated ones",
    )  # fmt: skip
    gamma: float | None = setting(
        None, or_nothing(number(above=0, highest=4)),
        "null: grey values are taken by the background's level and noise, for fluorescence; a number: by quantiles, "
        "to this power; 1 is for phase contrast",
    )  # fmt: skip
    crop_px: int = setting(
        256, whole(16, 4096), "side of the crops that are learnt from; a multiple of 2 to the power of depth"
    )
    batch: int = setting(4, whole(1, 1024), "crops an iteration")
    learning_rate: float = setting(
        0.002, number(above=0, highest=1), "the largest step; rises over the first iterations and falls to 0"
    )
    seed: int = setting(0, whole(0, 2**32 - 1), "same seed, same model")
    about: dict[str, Any] | None = setting(
        None, Kind({"type": "object"}, "a section of any keys, written to the model's card"), optional=True
    )

    def conflicts(self) -> Iterator[tuple[str, str]]:
        if not isinstance(self.diameter_px, str) and self.diameter_px[0] > self.diameter_px[1]:
            yield "diameter_px", f"found {list(self.diameter_px)}; the smallest comes first"
        lowest = self.base_width * 2**self.depth
        if lowest > MOST_LOWEST_CHANNELS:
            yield (
                "base_width",
                (
                    f"{self.base_width}, doubled on {self.depth} levels, makes {lowest} channels, which no memory "
                    f"holds; {MOST_LOWEST_CHANNELS} are allowed"
                ),
            )
        # the network that is gone on from has its own depth
        if not self.start_from:
            yield from self.crop_conflicts(self.depth)

    def crop_conflicts(self, depth: int) -> Iterator[tuple[str, str]]:
        """What `conflicts` yields where a network of some depth cannot take the crops."""
        stride_px = 2**depth
        if self.crop_px % stride_px:
            nearest = max(round(self.crop_px / stride_px), 1) * stride_px
            what = f"is not a multiple of {stride_px}, which a network of depth {depth} needs; {nearest} is one"
            yield "crop_px", f"{self.crop_px} {what}"


@dataclass(frozen=True)
class Config(Section):
    """The whole config."""

    movies: str = setting(
        "config/movies.tsv", path("the path of the sheet of movies", r"^[^\x00-\x1f\x7f]+\Z"),
        "the sheet: one row a movie, see config/README.md; relative to the working directory",
    )  # fmt: skip
    results: str = setting("results", own_folder(), "where everything goes; relative to the working directory")
    model: str = setting(
        "nuclei",
        path(f"the name of a folder in workflow/models, or the path of a model folder, {NO_WILDCARDS}"),
        "a name in workflow/models, the path of a model folder, such as ./mine, or a bioimage.io package "
        "(folder or .zip)",
    )
    exports: Sequence[str] = setting(
        USUAL_EXPORTS, some_of(*EXPORTS),
        "formats for other programs; ctc: Cell Tracking Challenge, geff: graph exchange, trackmate: Fiji, "
        "napari: its tracks layer, colorizer: Allen's Timelapse Feature Explorer, video: all frames as "
        "an animated WebP, video_mp4: as MP4, ome_zarr_04: OME-Zarr 0.4; [] for none",
    )  # fmt: skip
    tables: Sequence[str] = setting(
        TABLES, some_of(*TABLES),
        "forms of the tables; csv is large for large movies, parquet is always written, since all else is made of it",
    )  # fmt: skip
    preprocess: PreprocessSettings = section(PreprocessSettings)
    infer: InferSettings = section(InferSettings)
    instances: InstanceSettings = section(InstanceSettings)
    measure: MeasureSettings = section(MeasureSettings)
    track: TrackSettings = section(TrackSettings)
    annotate: AnnotateSettings = section(
        AnnotateSettings, "for `snakemake annotate`, which suggests what to annotate next; see docs/training.md"
    )
    explorer: ExplorerSettings = section(
        ExplorerSettings, "for `snakemake explorer`, which shows the model at work on a frame; see docs/explorer.md"
    )
    report: ReportSettings = section(ReportSettings, "for the page of each movie; see docs/report.md")
    train: TrainSettings = section(
        TrainSettings, "for `snakemake train`, which makes a model folder; see docs/training.md"
    )

    def conflicts(self) -> Iterator[tuple[str, str]]:
        if "parquet" not in self.tables:
            yield "tables", f"found {list(self.tables)}; parquet belongs to it, since all else is made of those tables"
        made = {"results": self.results, "annotate.folder": self.annotate.folder, "train.model": self.train.model}
        taken: dict[str, str] = {}
        for key, folder in made.items():
            other = taken.setdefault(os.path.normpath(folder), key)
            if other != key:
                yield key, f"found {folder!r}, which is the folder of {other}; each needs one of its own"
