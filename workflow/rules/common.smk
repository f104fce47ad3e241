# What all rules look up. What can be tested without Snakemake is in the package.
import os
import sys
from pathlib import Path

sys.path.insert(0, f"{workflow.basedir}/workflow")

from sidewinder import ending, lock, orphan
from sidewinder.config import check_config
from sidewinder.errors import UserError
from sidewinder.plan import Plan
from sidewinder.sheet import read_sheet


def checked(function, *arguments):
    """Call a function; an error of the user's is said without a traceback and ends the run."""
    try:
        return function(*arguments)
    except UserError as error:
        sys.exit(str(error))


checked(check_config, config, [os.path.relpath(file) for file in workflow.configfiles])
results = os.path.normpath(config["results"])
shipped_models = Path(workflow.basedir, "workflow/models")
# a relative path, so that a checkout that moves does not make its results out of date
if shipped_models.is_relative_to(Path.cwd()):
    shipped_models = shipped_models.relative_to(Path.cwd())
plan = Plan(checked(read_sheet, config["movies"]), config, shipped_models)
checked(plan.check_models, config["movies"])

if workflow.is_main_process:
    os.environ[orphan.DRIVER_VARIABLE] = str(os.getpid())


def of_movie(look_up):
    """What the plan says of a job's movie, as a function of the job's wildcards."""
    return lambda wildcards: checked(look_up, wildcards.movie)


def cell(column):
    """A cell of the sheet, as a function of a job's wildcards."""
    return of_movie(lambda movie: getattr(plan.row(movie), column))


def of_blocks(pattern):
    """The files of all blocks, as a function of a job's wildcards."""
    return of_movie(
        lambda movie: [
            f"{results}/work/{file}" for file in plan.block_files(movie, pattern)
        ]
    )


def of_all_movies(name=None):
    """The files called `name` of all movies that have one, or all files; a function, so that only who needs them pays."""
    return lambda wildcards: [f"{results}/{file}" for file in plan.products(name)]


def grow(first):
    """An amount of a resource that grows with each attempt at a job."""
    return lambda wildcards, attempt: first * attempt


def keep_others_off():
    """Hold the results folder; in the process of the run only, jobs have their own."""
    if workflow.is_main_process:
        warning = checked(lock.hold, results)
        if warning:
            print(warning, file=sys.stderr)


def show_summary():
    """Print the table of movies if this run has written it."""
    summary = Path(results, "summary.csv")
    if summary.is_file() and summary.stat().st_mtime >= lock.held_since(results):
        print(
            "\n".join(ending.summary_lines(results, workflow.rundir)), file=sys.stderr
        )


def show_failures():
    """Print a line for each movie that failed in this run."""
    since = lock.held_since(results)
    failed = workflow.scheduler.failed
    jobs = [job for one in failed for job in (one.jobs if one.is_group() else [one])]
    lines = [
        ending.failure_line(
            job.rule.name, job.wildcards_dict, job.log[0], since, workflow.rundir
        )
        for job in jobs
        if job.log
    ]
    print("\n".join(["", *ending.unique(lines), ""]), file=sys.stderr)
