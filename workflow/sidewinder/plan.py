"""What the rules ask of the sheet and the config: which files, which model, which blocks for which movie."""

import hashlib
import os
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import yaml

from sidewinder.annotation_sheet import check_is_ours, is_preprocessed, read_annotation_sheet
from sidewinder.cluster.resources import Size, size_of_image, size_of_raw
from sidewinder.errors import UserError
from sidewinder.exchange.description import ASSUMED_BASE_WIDTH, DESCRIPTIONS, is_package
from sidewinder.limits import LARGEST_NETWORK
from sidewinder.names import (
    BY_BACKGROUND,
    CARD,
    CURATED,
    EDITS,
    EXPERIMENT,
    EXPERIMENT_LINEAGE,
    EXPORTS,
    IMAGE,
    MASKS,
    PRODUCTS,
    REPORT,
    SCENES,
    SUMMARY,
    TABLES,
    TEXTS,
    WEIGHTS,
)
from sidewinder.plain_yaml import load_yaml
from sidewinder.rectangle import parse_rectangle
from sidewinder.settings import PreprocessSettings, TrainSettings
from sidewinder.settings.check import defaults, made
from sidewinder.settings.sections import NOTHING_TO_LEARN_FROM
from sidewinder.sheet import Row
from sidewinder.tiff_names import is_tiff
from sidewinder.tsv import refuse_all, short
from sidewinder.weights_file import incomplete

# the movies that the rule `simulate` makes, and their truth
SIMULATED = re.compile(rf"simulated/(?:{'|'.join(SCENES)})/01(?:\.ome\.tif|_GT)")
MODEL_FILES = (CARD, WEIGHTS)
LONGEST_NAME_BYTES = 255  # of a file or a folder, on all file systems that are in use
SNAKEMAKES_OWN = frozenset("<>{}")  # mean something to Snakemake in the name of an input


@dataclass(frozen=True)
class Plan:
    """The experiment as the rules see it.

    Parameters
    ----------
    rows : dict of str to Row
        The sheet.
    config : dict
        The checked config.
    shipped_models : Path
        The folder of the models that have a name.
    keeps_records : bool
        Whether jobs keep records of what their results were made of; in a store they cannot.
    """

    rows: dict[str, Row]
    config: dict[str, Any]
    shipped_models: Path
    keeps_records: bool = True
    _sizes: dict[str, Size] = field(default_factory=dict, init=False, repr=False)

    def row(self, movie: str) -> Row:
        """A movie's row; a UserError where there is none."""
        if movie not in self.rows:
            raise UserError(f"there is no movie {movie} in {self.config['movies']}")
        return self.rows[movie]

    def outer(self, movie: str) -> str:
        """The movie in whose cells those of a movie lie; a UserError where its row names none."""
        within = self.row(movie).within
        if within is None:
            raise UserError(f"{self.config['movies']}, movie {movie}: column within names no movie")
        return within

    def segmented(self) -> list[str]:
        """The movies that a model segments; a UserError where there are none."""
        found = [movie for movie, row in self.rows.items() if not row.labels]
        if not found:
            raise UserError(f"all movies in {self.config['movies']} have label images of your own: no model is run")
        return found

    def explored(self) -> str:
        """The movie that the explorer shows; a UserError where there is none of that name, or no model for it."""
        movie = str(self.config["explorer"]["movie"]) or self.segmented()[0]
        if self.row(movie).labels:
            raise UserError(f"explorer.movie: {movie} has label images of your own: no model is run")
        return movie

    def raw_input(self, movie: str) -> list[str]:
        """The raw movie, where Snakemake has to fetch or to make it, or else nothing notices a change of it.

        Any other is compared with its fingerprint; a missing or unreadable one must fail in its own job, not stop all
        others, so that it is not asked for here.
        """
        path = self.row(movie).path
        if is_url(path):
            return [path]
        asked = not self.keeps_records and _is_watched(path)
        return [os.path.normpath(path)] if asked or _is_simulated(path) else []

    def profile_input(self) -> list[str]:
        """The images of the light, of which a change makes movies out of date; what is missing its job says."""
        return watched([*made(PreprocessSettings, self.config.get("preprocess", {})).profiles.values()])

    def truth_input(self, movie: str) -> list[str]:
        """The truth, where the workflow itself makes it."""
        truth = self.row(movie).truth
        return [os.path.normpath(truth)] if truth is not None and _is_simulated(truth) else []

    def edits_input(self, movie: str) -> list[str]:
        """What the user has corrected of a movie: the list of edits and the masks that it may name, if there is one."""
        folder = Path(CURATED, movie)
        if not (folder / EDITS).is_file():
            return []
        return watched([str(folder / EDITS), *map(str, sorted((folder / MASKS).glob("*.tif*")))])

    def edits_digest(self, movie: str) -> str:
        """A short text that changes with the user's corrections of a movie; empty where there are none."""
        folder = Path(CURATED, movie)
        if not (folder / EDITS).is_file():
            return ""
        found = hashlib.sha256()
        for path in [folder / EDITS, *sorted((folder / MASKS).glob("*.tif*"))]:
            try:
                found.update(path.name.encode() + b"\0" + path.read_bytes())
            except OSError as error:
                raise UserError(f"{path} cannot be read: {error.strerror}") from error
        return found.hexdigest()[:16]

    def model_folder(self, movie: str) -> str:
        """The folder, or the package, of the model that segments a movie."""
        return self.folder_of(self.row(movie).model or self.config["model"])

    def model_if_any(self, movie: str) -> str:
        """The model that segments a movie, as of `model_folder`; empty where the user gives label images."""
        return "" if self.row(movie).labels else self.model_folder(movie)

    def model_input(self, movie: str) -> list[str]:
        """The files of that model that Snakemake has to fetch, that it is to miss, or that nothing else watches."""
        model = self.model_if_any(movie)
        files = self.files_of(model) if model else []
        here = [] if self.keeps_records else watched(files)
        return [path for path in files if is_url(path) or path in here or not os.path.isfile(path)]

    def files_of(self, folder: str) -> list[str]:
        """The files of a model."""
        if folder.endswith(".zip"):
            return [folder]
        if is_package(folder):
            inside = [path for path in Path(folder).rglob("*") if path.is_file()]
            return [str(path) for path in sorted(inside, key=lambda path: (path.name not in DESCRIPTIONS, path))]
        return [f"{folder}/{name}" for name in MODEL_FILES]

    @staticmethod
    def model_of(first_input: str) -> str:
        """The model, by the first of its files."""
        return first_input if first_input.endswith(".zip") else os.path.dirname(first_input)

    def instance_settings(self, movie: str) -> dict[str, Any]:
        """How the cells of a movie are separated; nothing where labels are given."""
        return {} if self.row(movie).labels else self.config["instances"]

    def base_width(self, movie: str) -> int:
        """Channels of the first level of the network that segments a movie."""
        model = self.model_folder(movie)
        if is_package(model):
            return ASSUMED_BASE_WIDTH
        return int(_network_of(model).get("base_width", self.config["train"]["base_width"]))

    def model_pixel_size_um(self, movie: str) -> float | None:
        """The pixel size of the frames that a movie's model sees, 0 for their own; None where nobody knows."""
        model = self.model_if_any(movie)
        return None if is_package(model) else _pixel_size_um_of(model)

    def size(self, movie: str) -> Size:
        """A movie's size, by the header of its preprocessed form, else of its raw one, else that of a small one."""
        return self.known_size(movie) or Size()

    def known_size(self, movie: str) -> Size | None:
        """A movie's size, as of `size`; None where neither form of it can be read."""
        if movie not in self._sizes:
            size = size_of_image(f"{self.config['results']}/work/{movie}/{IMAGE}")
            if size is None:
                row = self.row(movie)
                return _raw_size(row.path, row.position, row.frames, row.z)
            self._sizes[movie] = size
        return self._sizes[movie]

    def block_files(self, movie: str, pattern: str) -> list[str]:
        """The files of a movie's blocks, below the folder of all intermediate files, in the order of the blocks."""
        return [f"{movie}/{pattern.format(block=block)}" for block in range(self.row(movie).blocks)]

    def products(self, name: str | None = None) -> list[str]:
        """What the movies' folders hold in the end, below the results folder; only what is called `name` if given."""
        rules = ["publish", "track", "plausibility", "overlay", "report"]
        return [
            f"{movie}/{product}"
            for movie, row in self.rows.items()
            for rule in [*rules, *["within"] * bool(row.within), *self.exports(movie), *["evaluate"] * bool(row.truth)]
            for product in PRODUCTS[rule]
            if name in (None, product) and (product not in TEXTS or "csv" in self.tables)
        ]

    def exports(self, movie: str) -> list[str]:
        """The formats for other programs in which a movie is written."""
        own = self.row(movie).exports
        if own is None:
            return list(self.config["exports"])
        return [name for name in EXPORTS if name in own]

    def needs_ctc(self, movie: str) -> bool:
        """Whether a movie is exported for the Cell Tracking Challenge: where a format is asked for, or scores are."""
        return "ctc" in self.exports(movie) or bool(self.row(movie).truth)

    def tables_of_all(self) -> list[str]:
        """The files of the tables of all movies together, below the results folder."""
        texts = ["experiment.csv", "experiment_lineage.csv"] if "csv" in self.tables else []
        return [EXPERIMENT, EXPERIMENT_LINEAGE, *texts, SUMMARY]

    def beside_movies(self) -> list[str]:
        """What lies beside the movies' folders in the end, below the results folder."""
        return [*self.tables_of_all(), REPORT]

    @property
    def tables(self) -> Sequence[str]:
        """The forms in which tables are written."""
        return self.config.get("tables", TABLES)

    def settings_of(self, stage: str, movie: str) -> dict[str, Any]:
        """The settings on which the results of a stage depend, by the names of the parameters of its rule."""
        row, measure = self.row(movie), {"measure": self.config.get("measure")}
        size = {"pixel_size_um": row.pixel_size_um}
        settings: dict[str, dict[str, Any]] = {
            "preprocess": {
                "position": row.position,
                "frames": row.frames,
                "z": row.z,
                "region": row.region,
                "channel": row.channel,
                "settings": self.config.get("preprocess"),
            },
            "infer": {"channel": row.channel, "n_blocks": row.blocks, **size},
            # the maps' blocks are those of infer
            "instances": {"settings": self.instance_settings(movie), **measure, **size}
            | ({"n_blocks": row.blocks, "frames": row.frames} if row.labels else {}),
            "track": {
                "settings": self.config.get("track"),
                "frame_interval_s": row.frame_interval_s,
                "edits": self.edits_digest(movie),
                **measure,
                **size,
            },
            "publish": {"frame_interval_s": row.frame_interval_s, **size},
            "overlay": {"channel": row.channel},
            "within": {"within": row.within},
            "video": {"channel": row.channel},
            "video_mp4": {"channel": row.channel},
            "plausibility": {"channel": row.channel, **size},
            # what the page says of the sheet's row is of when it was made
            "report": {"channel": row.channel, "columns": self.config.get("report", {}).get("columns")},
        }
        return settings.get(stage, {})

    def sheet_row(self, movie: str) -> dict[str, str]:
        """A movie's row as a sheet with as few columns as possible has it, with the model that the config names."""
        row = self.row(movie)
        usual = Row(0, "", "")
        cells = {name: getattr(row, name) for name in row.__slots__ if name not in ("line", "extra")}
        given = {name: str(value) for name, value in cells.items() if value != getattr(usual, name)}
        return given | ({} if row.labels else {"model": str(row.model or self.config["model"])}) | row.extra

    def metadata(self) -> list[dict[str, str]]:
        """What the experiment's table says of each movie: its name and the columns that only the sheet knows."""
        return [{"movie": movie, **row.extra} for movie, row in self.rows.items()]

    def check(self, sheet: str, of_run: bool) -> None:
        """Refuse what cannot be run, all of it at once.

        Parameters
        ----------
        sheet : str
            The sheet's path, for the messages.
        of_run : bool
            Whether this is the process of the run: its jobs need not follow the links of all movies.

        Raises
        ------
        UserError
            With the messages of `check_models`, `check_start_from`, `check_folders`, `check_blocks` and
            `check_regions`.
        """
        looks = [partial(self.check_models, sheet), partial(self.check_start_from)]
        of_movies = [self.check_folders, self.check_blocks, self.check_regions]
        looks += [partial(look, sheet) for look in of_movies] * of_run
        problems = []
        for look in looks:
            try:
                look()
            except UserError as error:
                problems.append(str(error))
        refuse_all(problems)

    def check_models(self, sheet: str) -> None:
        """Refuse models that are not there, or in part.

        Parameters
        ----------
        sheet : str
            The sheet's path, for the message.

        Raises
        ------
        UserError
            Names for each such model the first movie, the folder and the models that have a name.
        """
        problems = []
        in_making = self.folder_of(self.config["train"]["model"])
        segmented = [row for row in self.rows.values() if not row.labels]
        for value in dict.fromkeys(row.model or self.config["model"] for row in segmented):
            folder = self.folder_of(value)
            missing = [os.path.basename(path) for path in self.files_of(folder) if not os.path.isfile(path)]
            damaged = "" if missing or is_package(folder) else incomplete(os.path.join(folder, WEIGHTS))
            if (missing or damaged) and not is_url(folder) and folder != in_making:
                row = next(row for row in segmented if (row.model or self.config["model"]) == value)
                where = f"{sheet}, line {row.line}, movie {row.movie}, column model" if row.model else "config: model"
                problems.append(f"{where}: {value!r} is no model: {self._why(folder, missing, damaged)}")
        refuse_all(problems)

    def check_start_from(self) -> None:
        """Refuse settings of training that cannot hold, because the model that it goes on from has others.

        Raises
        ------
        UserError
            Names the setting, the model and what it has.
        """
        chosen = made(TrainSettings, self.config["train"])
        network = _network_of(chosen.start_from) if chosen.start_from else {}
        usual = defaults(TrainSettings)
        for key, value in network.items():
            found = getattr(chosen, key)
            if found not in (value, usual[key]):
                said = "null" if value is None else f"{value:g}"
                holds = f"{said} of start_from, {chosen.start_from}, holds; leave train.{key} out"
                raise UserError(f"config: train.{key}: found {found}, but the {holds}")
        for key, what in chosen.crop_conflicts(network["depth"]) if network else ():
            raise UserError(f"config: train.{key}: {what}")

    def learnt_from(self) -> list[str]:
        """The sheet of annotated frames, if there is one, and the frames and labels that it names.

        Raises
        ------
        UserError
            Where the sheet is wrong or nothing is learnt from.
        """
        chosen = made(TrainSettings, self.config["train"])
        if not chosen.annotations and not chosen.simulated_frames:
            raise UserError(NOTHING_TO_LEARN_FROM)
        # one that `snakemake annotate` is yet to write cannot be read
        rows = read_annotation_sheet(chosen.annotations) if os.path.isfile(chosen.annotations) else []
        folders = dict.fromkeys(folder for row in rows for folder in (row.images, row.labels, row.markers) if folder)
        files = (path for path in _files_in(folders, "*") if is_tiff(os.path.basename(path)))
        movies = dict.fromkeys(row.images for row in rows if is_preprocessed(row.images))
        sheet = [chosen.annotations] * bool(chosen.annotations)
        # a missing one is said before anything runs
        return [path for path in sheet if not os.path.isfile(path) or watched([path])] + [*movies, *files]

    def corrected(self) -> list[str]:
        """What people have saved for `snakemake annotate`; a UserError where its folder holds another sheet."""
        folder = self.config["annotate"]["folder"]
        check_is_ours(os.path.join(folder, "annotations.tsv"))
        return _files_in([folder], "*/corrected/*")

    def check_folders(self, sheet: str) -> None:
        """Refuse folders in which a run would remove or overwrite what is not its own.

        Parameters
        ----------
        sheet : str
            The sheet's path, for the message.

        Raises
        ------
        UserError
            If results, regions to annotate or the model that is trained are to lie in the working directory itself, one
            above it or the home folder, or if a raw movie, its label images or its truth lie among the results.
        """
        work = Path.cwd().resolve()
        shared = (work, *work.parents, Path.home().resolve(), self.shipped_models.resolve())
        results = Path(os.path.realpath(self.config["results"]))
        named = {
            "results": self.config["results"],
            "train.model": self.config["train"]["model"],
            "annotate.folder": self.config["annotate"]["folder"],
        }
        for key, value in named.items():
            folder = Path(os.path.realpath(value))
            if not is_url(value) and folder in shared:
                raise UserError(
                    f"config, {key}: {value!r} is {folder}, in which other things lie; name a folder of its own"
                )
            if not is_url(value):
                _check_folder(f"config, {key}", value)
        problems = []
        for movie, row in self.rows.items():
            for column, path in (
                ("path", row.path), ("labels", row.labels), ("truth", row.truth), ("region", row.region),
            ):  # fmt: skip
                # of a glob, the folder in which it looks
                fixed = re.split(r"[*?\[]", path or "")[0]
                if fixed and not is_url(fixed) and Path(os.path.realpath(fixed)).is_relative_to(results):
                    problems.append(
                        f"{sheet}, line {row.line}, movie {movie}, column {column}: {path} lies in the results folder "
                        f"{self.config['results']}, which the run writes to; move it, or name another results folder"
                    )
        refuse_all(problems)

    def check_blocks(self, sheet: str) -> None:
        """Refuse movies in more blocks than they have frames, each of which would be jobs for nothing.

        Parameters
        ----------
        sheet : str
            The sheet's path, for the message.

        Raises
        ------
        UserError
            Names each such movie and both numbers. A movie that cannot be read fails in its own job.
        """
        problems = []
        for movie, row in self.rows.items():
            size = self.known_size(movie) if row.blocks > 1 else None
            if size is not None and row.blocks > size.shape[0]:
                problems.append(
                    f"{sheet}, line {row.line}, movie {movie}, column blocks: found {row.blocks}, but the movie has "
                    f"{size.shape[0]} frames; a block has one frame at least, and most movies need one block"
                )
        refuse_all(problems)

    def check_regions(self, sheet: str) -> None:
        """Refuse rectangles that go beyond the frames of their movies.

        Parameters
        ----------
        sheet : str
            The sheet's path, for the message.

        Raises
        ------
        UserError
            Names each such movie and both sizes. A movie that cannot be read, or another kind of region, fails in its
            own job.
        """
        problems = []
        for movie, row in self.rows.items():
            rectangle = parse_rectangle(row.region or "")
            size = self.known_size(movie) if rectangle is not None else None
            if rectangle is None or size is None:
                continue
            height, width = size.shape[2:]
            if rectangle[0].stop > height or rectangle[1].stop > width:
                problems.append(
                    f"{sheet}, line {row.line}, movie {movie}, column region: found {row.region}, but the movie's "
                    f"frames are {height} x {width} px (height x width); the whole frame is 0:{height},0:{width}"
                )
        refuse_all(problems)

    def folder_of(self, value: str) -> str:
        """A model's folder or package; what has no slash, and is no .zip, is the name of a shipped one."""
        if is_url(value):
            return value.rstrip("/")
        named = "/" not in value and not value.endswith(".zip")
        return str(self.shipped_models / value) if named else os.path.normpath(os.path.expanduser(value))

    def _why(self, folder: str, missing: list[str], damaged: str) -> str:
        if damaged:
            return f"{folder}/{WEIGHTS} {damaged}"
        if folder.endswith(".zip"):
            return f"there is no file {folder}"
        if os.path.isdir(folder):
            return f"the folder {folder} lacks {' and '.join(missing)}"
        names = sorted(path.name for path in self.shipped_models.glob("*") if (path / CARD).is_file())
        known = f"models with a name: {', '.join(names) or 'none'}; any other is given by its path, such as ./mine"
        return f"there is no folder {folder}; {known}"


@cache
def _network_of(model: str) -> dict[str, Any]:
    """What a model's card says of its network, by the names of the config's section train.

    Nothing of a model that is yet to be trained, or that the job itself will refuse.
    """
    try:
        card: Any = load_yaml(Path(model, CARD).read_text(encoding="utf-8"))
        network = {name: int(card["architecture"][name]) for name in ("base_width", "depth")}
        if any(not 1 <= value <= LARGEST_NETWORK[name] for name, value in network.items()):
            return {}
        by_background = card["normalization"] == BY_BACKGROUND
        return network | {"gamma": None if by_background else float(card["normalization"]["gamma"])}
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, OverflowError):
        return {}


@cache
def _pixel_size_um_of(model: str) -> float | None:
    """The pixel size in a model's card, 0 where it says none; None where the card cannot be read, as of a package."""
    try:
        card: Any = load_yaml(Path(model, CARD).read_text(encoding="utf-8"))
        return float(card.get("pixel_size_um") or 0)
    except (OSError, yaml.YAMLError, AttributeError, TypeError, ValueError, OverflowError):
        return None


def _check_folder(where: str, folder: str) -> None:
    """Refuse a folder that is something else, or that cannot be made below something else; raises UserError."""
    longest = max(Path(folder).parts, key=len, default="")
    if len(os.fsencode(longest)) > LONGEST_NAME_BYTES:
        raise UserError(f"{where}: {short(longest)!r} is too long for the name of a folder; name another folder")
    for path in (Path(folder), *Path(folder).parents):
        if path.is_dir():
            return
        if os.path.lexists(path):
            what = "a link that leads nowhere" if path.is_symlink() else "a file"
            raise UserError(f"{where}: {folder!r} cannot be a folder, for {path} is {what}; name another folder")


def _files_in(folders: Iterable[str], pattern: str) -> list[str]:
    """The files in some folders that a rule can have as its input, in order."""
    return watched(str(path) for folder in folders for path in sorted(Path(folder).glob(pattern)) if path.is_file())


# a movie that cannot be read, or is not yet made, is not tried again for each of its jobs
_raw_size = cache(size_of_raw)


def is_url(path: str) -> bool:
    """Whether a path lies in a store that Snakemake's storage plugins know, such as `s3://bucket/movie.tif`."""
    return "://" in path


def watched(paths: Iterable[str]) -> list[str]:
    """The files that a rule can have as its input: the others are read, but a change of them is not noticed."""
    return [path for path in paths if is_url(path) or _is_watched(path)]


def _is_watched(path: str) -> bool:
    """Whether Snakemake can follow the changes of a file: it refuses one with a date in the future."""
    readable = os.path.isfile(path) and os.access(path, os.R_OK) and not SNAKEMAKES_OWN & set(path)
    return readable and os.path.getmtime(path) <= time.time()


def _is_simulated(path: str) -> bool:
    return SIMULATED.fullmatch(os.path.normpath(path)) is not None
