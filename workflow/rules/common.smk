# What all rules look up. What can be tested without Snakemake is in the package.
import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

sys.path.insert(0, f"{checkout}/workflow")

from sidewinder.cluster import resources
from sidewinder.cluster.container import image
from sidewinder.config import check_config, check_keys, merged, read_config
from sidewinder.driver import snakemake_inside, subset
from sidewinder.errors import UserError
from sidewinder.names import SCENES
from sidewinder.plan import Plan, is_url, watched
from sidewinder.sheet import read_sheet


def checked(function, *arguments):
    """Call a function; an error of the user's is said without a traceback and ends the run."""
    try:
        return function(*arguments)
    except UserError as error:
        sys.exit(str(error))


# asks for no sheet, which it writes
if snakemake_inside.is_main_process(workflow) and snakemake_inside.is_target("sheet"):
    from sidewinder.draft.ask import sheet_asked

    print("\n".join(checked(sheet_asked, config)))
    sys.exit()


# fetches what sheets are to name
if snakemake_inside.is_main_process(workflow) and snakemake_inside.is_target("ctc"):
    from sidewinder.challenge.ask import dataset_asked

    print("\n".join(checked(dataset_asked, config)))
    sys.exit()


# which movie is to be curated is no setting
to_curate = (
    {"movie": config.pop("movie", "")} if snakemake_inside.is_target("curate") else {}
)

# a module that is given a config reads no config file of its own, which has the defaults
config = merged(read_config(checkout / "config" / "config.yaml"), config)
if snakemake_inside.is_main_process(workflow):
    checked(check_keys, snakemake_inside.config_files(workflow))
checked(
    check_config,
    config,
    snakemake_inside.config_files(workflow),
    snakemake_inside.is_module(workflow),
)


# said once, relative to the prefix that a module may have
pathvars:
    results=os.path.normpath(config["results"]),
    logs="<results>/logs",
    benchmarks="<results>/benchmarks",


# where that is, for all that looks there itself
results = checked(snakemake_inside.on_disk, workflow, "<results>")


def in_checkout(path):
    """A path in the checkout: a relative one, where that is the working directory, so that a checkout that moves does
    not make its results out of date."""
    path = checkout / path
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


plan = Plan(
    checked(read_sheet, config["movies"]),
    {**config, "results": results},
    in_checkout("workflow/models"),
    keeps_records=not snakemake_inside.in_store(workflow),
)
checked(plan.check, config["movies"], snakemake_inside.is_main_process(workflow))


def of_movie(look_up):
    """What the plan says of a job's movie, as a function of the job's wildcards."""
    return lambda wildcards: checked(look_up, wildcards.movie)


def of_explored(look_up):
    """What is said of the movie that the explorer shows, as a function of a job's wildcards."""
    return lambda wildcards: checked(lambda: look_up(plan.explored()))


def of_outer(name):
    """A file of the movie that a movie's row names in the column within, as a function of a job's wildcards."""
    return of_movie(lambda movie: f"<results>/{plan.outer(movie)}/{name}")


def field(column):
    """A cell of the sheet, as a function of a job's wildcards."""
    return of_movie(lambda movie: getattr(plan.row(movie), column))


def outside(paths):
    """Files that are no results: where the path is a URL from that store, else from the file system, never from where
    `--default-storage-provider` or the prefix of a module puts the results."""
    return [storage(path) if is_url(path) else local(path) for path in paths]


def from_outside(look_up):
    """Files of a movie that are no results."""
    return lambda wildcards: outside(checked(look_up, wildcards.movie))


def raw_movie(wildcards):
    """The files of the raw movie that are watched; none of a URL that no storage plugin knows, or at which there is
    nothing: its job says so."""
    try:
        files = outside(checked(plan.raw_input, wildcards.movie))
    except WorkflowError:
        return []
    return [file for file in files if not snakemake_inside.is_missing(file)]


def fetched_or(look_up):
    """The raw movie as the job finds it, or where it is not among its inputs, what is looked up."""
    return lambda wildcards, input: input.raw[0] if input.raw else look_up(wildcards)


def model_or(look_up):
    """The model of a job: where its files are as the job finds them, or what is looked up."""
    return lambda wildcards, input: (
        plan.model_of(input.model[0]) if input.model else look_up(wildcards)
    )


def maps_of_model(wildcards):
    """The maps of a block; none of a movie whose label images the user gives."""
    labels = checked(plan.row, wildcards.movie).labels
    return [] if labels else "<results>/work/{movie}/maps-{block}.zarr"


def kept_or_not(maps):
    """The maps as an output: gone once there are cells of them, where the config does not keep them."""
    return maps if config["infer"]["keep"] else temp(maps)


def of_blocks(pattern):
    """The files of all blocks, as a function of a job's wildcards."""
    return of_movie(
        lambda movie: [
            f"<results>/work/{file}" for file in plan.block_files(movie, pattern)
        ]
    )


def work_files_of_segmented(pattern):
    """A file of the intermediate ones of each movie that a model segments, once a block if it has a block's number in
    its name; a function."""
    return lambda wildcards: [
        f"<results>/work/{file}"
        for movie in checked(plan.segmented)
        for file in dict.fromkeys(plan.block_files(movie, pattern))
    ]


def products_of_all(name=None):
    """The files called `name` of all movies that have one, or all files; a function of a job's wildcards."""
    return lambda wildcards: [f"<results>/{file}" for file in plan.products(name)]


def products_of(movie):
    """What the folder of a movie holds in the end."""
    checked(plan.row, movie)
    own = [file for file in plan.products() if file.startswith(f"{movie}/")]
    return [f"<results>/{file}" for file in own]


def tables_of_all():
    """The tables of all movies and the page of them, but where the sheet has only a part of the movies that are in them."""
    main = snakemake_inside.is_main_process(workflow)
    old = [one.old for one in renamed]
    beyond = subset.movies_beyond(plan, results, old) if main else []
    return [] if beyond else [f"<results>/{name}" for name in plan.beside_movies()]


def all_products():
    """All files of all movies: paths, so that a rule of another workflow can take `rules.all.input`; in a job, which
    asks for none of them, a function, which is quicker read."""
    files = products_of_all()
    return files(None) if snakemake_inside.is_main_process(workflow) else files


def memory(stage):
    """The memory to ask for, in MB, as a function of a job's movie and attempt."""
    return lambda wildcards, attempt: resources.memory_mb(
        stage, plan.size(wildcards.movie), attempt
    )


def runtime(stage):
    """The time to ask for, in minutes, as a function of a job's movie, block and attempt."""
    return lambda wildcards, attempt: resources.runtime_min(
        stage,
        plan.size(wildcards.movie),
        attempt,
        plan.row(wildcards.movie).blocks if "block" in wildcards.keys() else 1,
    )


def as_text(**files):
    """Outputs that are text, where the config wants such tables."""
    return files if "csv" in config["tables"] else {}


def memory_of_preprocess(wildcards, attempt):
    """The memory to ask for, in MB, which is more where the config asks for corrections."""
    return resources.preprocess_memory_mb(
        plan.size(wildcards.movie), attempt, any(config["preprocess"].values())
    )


def where_drift_is_asked(**files):
    """Outputs that say how the stage has moved, where the config asks for that."""
    return files if config["preprocess"]["drift"] else {}


# by the name that a module may have given the rule
asked_of_infer = snakemake_inside.resources_asked(workflow, "infer")


def memory_of_infer(wildcards, attempt):
    """The memory to ask for, in MB, for the network, which needs less of it where the profile asks for a GPU."""
    return resources.infer_memory_mb(
        plan.size(wildcards.movie),
        attempt,
        plan.base_width(wildcards.movie),
        config["infer"]["tile"],
        on_gpu=not {"gpu", "gres"}.isdisjoint(asked_of_infer),
    )


def tables_mb():
    """The size of the movies' tables, in MB."""
    tables = (Path(results, name) for name in plan.products("tracks.parquet"))
    return sum(path.stat().st_size for path in tables if path.is_file()) / 1e6


def memory_of_experiment(wildcards, attempt):
    """The memory to ask for, in MB, to put the tables of all movies together."""
    return resources.experiment_memory_mb(tables_mb(), attempt)


def memory_of_overview(wildcards, attempt):
    """The memory to ask for, in MB, for the page of all movies."""
    return resources.overview_memory_mb(tables_mb(), attempt)


def fixed(peak_mb):
    """The memory to ask for, in MB, where it does not depend on a movie, as a function of the attempt."""
    return lambda wildcards, attempt: resources.request_mb(peak_mb, attempt)


def minutes(first):
    """A time to ask for, in minutes, that grows with each attempt."""
    return lambda wildcards, attempt: first * attempt
