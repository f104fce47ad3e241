"""The one door to Snakemake's inside: all that is used of it without a promise that it stays.

What Snakemake documents is used where it is needed: rules, modules, hooks, path variables. What it does not document
stands in this package, each with its reason and with what happens where a version of Snakemake has it no longer. Only
the process that reads the Snakefile imports this.
"""

from sidewinder.driver.snakemake_inside.asked import (
    config_files,
    in_containers,
    in_store,
    is_main_process,
    is_missing,
    is_module,
    is_target,
    on_disk,
    resources_asked,
    targets_below,
    users_folder,
)
from sidewinder.driver.snakemake_inside.following import follow
from sidewinder.driver.snakemake_inside.forking import fork_jobs
from sidewinder.driver.snakemake_inside.graph import judge, spare
from sidewinder.driver.snakemake_inside.jobs import Follower, Job
from sidewinder.driver.snakemake_inside.looking import look_in_one_series
from sidewinder.driver.snakemake_inside.tried import warn_of_untried
from sidewinder.driver.snakemake_inside.wording import be_brief, say_in_words

__all__ = [
    "Follower",
    "Job",
    "be_brief",
    "config_files",
    "follow",
    "fork_jobs",
    "in_containers",
    "in_store",
    "is_main_process",
    "is_missing",
    "is_module",
    "is_target",
    "judge",
    "look_in_one_series",
    "on_disk",
    "resources_asked",
    "say_in_words",
    "spare",
    "targets_below",
    "users_folder",
    "warn_of_untried",
]
