# What all rules look up. What can be tested without Snakemake is in the package.
import os
import sys
from glob import glob
from pathlib import Path

sys.path.insert(0, f"{workflow.basedir}/workflow")

from sidewinder.cluster import engine, groups, resources, slurm
from sidewinder.cluster.container import image
from sidewinder.config import check_config
from sidewinder.driver import lock, orphan
from sidewinder.errors import UserError
from sidewinder.plan import Plan, is_url
from sidewinder.sheet import read_sheet

# what looks after the jobs of Snakemake's plugins
CLUSTERS = {
    "snakemake_executor_plugin_slurm": slurm,
    "snakemake_executor_plugin_cluster_generic": engine,
}


def checked(function, *arguments):
    """Call a function; an error of the user's is said without a traceback and ends the run."""
    try:
        return function(*arguments)
    except UserError as error:
        sys.exit(str(error))


checked(check_config, config, [os.path.relpath(file) for file in workflow.configfiles])
results = os.path.normpath(config["results"])


def in_checkout(path):
    """A path in the checkout: a relative one, where that is the working directory, so that a checkout that moves does
    not make its results out of date."""
    path = Path(workflow.basedir, path)
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


plan = Plan(
    checked(read_sheet, config["movies"]), config, in_checkout("workflow/models")
)
checked(plan.check_models, config["movies"])

if workflow.is_main_process:
    os.environ[orphan.DRIVER_VARIABLE] = str(os.getpid())
    os.environ[engine.VARIABLE] = (
        f"{sys.executable} {workflow.basedir}/profiles/engine.py {results}"
    )


def in_containers():
    """Whether the run was told `--sdm apptainer`."""
    methods = workflow.deployment_settings.deployment_method
    return "apptainer" in {method.item_to_choice() for method in methods}


def of_movie(look_up):
    """What the plan says of a job's movie, as a function of the job's wildcards."""
    return lambda wildcards: checked(look_up, wildcards.movie)


def cell(column):
    """A cell of the sheet, as a function of a job's wildcards."""
    return of_movie(lambda movie: getattr(plan.row(movie), column))


def outside(paths):
    """Files that are no results: where the path is a URL from that store, else from the file system, never from where
    `--default-storage-provider` puts the results."""
    return [storage(path) if is_url(path) else local(path) for path in paths]


def from_outside(look_up):
    """Files of a movie that are no results."""
    return lambda wildcards: outside(checked(look_up, wildcards.movie))


def fetched_or(look_up):
    """The first input as the job finds it, or where the job has none of its own, what is looked up."""
    return lambda wildcards, input: input[0] if input else look_up(wildcards)


def of_blocks(pattern):
    """The files of all blocks, as a function of a job's wildcards."""
    return of_movie(
        lambda movie: [
            f"{results}/work/{file}" for file in plan.block_files(movie, pattern)
        ]
    )


def of_every_movie(pattern):
    """A file of each movie's intermediate ones, once a block if it has a block's number in its name; a function."""
    return lambda wildcards: [
        f"{results}/work/{file}"
        for movie in plan.rows
        for file in dict.fromkeys(plan.block_files(movie, pattern))
    ]


def of_all_movies(name=None):
    """The files called `name` of all movies that have one, or all files; a function, so that only who needs them pays."""
    return lambda wildcards: [f"{results}/{file}" for file in plan.products(name)]


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


def memory_of_infer(wildcards, attempt):
    """The memory to ask for, in MB, for the network, which needs less of it where the profile asks for a GPU."""
    asked = workflow.resource_settings.overwrite_resources.get("infer", {})
    return resources.infer_memory_mb(
        plan.size(wildcards.movie),
        attempt,
        plan.base_width(wildcards.movie),
        config["infer"]["tile"],
        on_gpu=not {"gpu", "gres"}.isdisjoint(asked),
    )


def memory_of_experiment(wildcards, attempt):
    """The memory to ask for, in MB, to put the tables of all movies together."""
    tables = (Path(results, name) for name in plan.products("tracks.parquet"))
    tables_mb = sum(path.stat().st_size for path in tables if path.is_file()) / 1e6
    return resources.experiment_memory_mb(tables_mb, attempt)


def fixed(peak_mb):
    """The memory to ask for, in MB, where it does not depend on a movie, as a function of the attempt."""
    return lambda wildcards, attempt: resources.request_mb(peak_mb, attempt)


def minutes(first):
    """A time to ask for, in minutes, that grows with each attempt."""
    return lambda wildcards, attempt: first * attempt


def keep_others_off():
    """Hold the results folder; in the process of the run only, jobs have their own."""
    if workflow.is_main_process:
        warning = checked(lock.hold, results)
        if warning:
            print(warning, file=sys.stderr)


def end_what_is_left():
    """After an interrupt, cancel the jobs that Snakemake did not."""
    if workflow.is_main_process:
        if CLUSTERS.get(type(workflow.scheduler._executor).__module__) is engine:
            engine.cancel_noted(results)


def look_after_cluster():
    """On a cluster, end what a killed run left behind, and lose no job of this one."""
    executor = workflow.scheduler._executor  # has no public name
    cluster = CLUSTERS.get(type(executor).__module__)
    if not workflow.is_main_process or cluster is None:
        return
    message = checked(cluster.end_jobs_of_last_run, results)
    if message:
        print(message, file=sys.stderr)
    if cluster is slurm:
        slurm.remember_run(results, executor)
        slurm.keep_jobs(executor)
    groups.keep_going(executor)
