"""What a run was asked to do, and where its results lie."""

import os
import sys
from collections.abc import Collection, Mapping
from typing import Any

from snakemake import cli

from sidewinder.driver.snakemake_inside.absent import found_or
from sidewinder.errors import UserError


def is_main_process(workflow: Any) -> bool:
    """Whether this is the process of the run, not one of its jobs, which read the Snakefile, too.

    Snakemake says so nowhere else. Without it nothing here takes part in a run: no lock, no care for the cluster.
    """
    return found_or(False, lambda: bool(workflow.is_main_process))


def config_files(workflow: Any) -> list[str]:
    """The files that the config comes from, as the user would write them. Without it errors name no file."""
    return found_or([], lambda: [os.path.relpath(file) for file in workflow.configfiles])


def users_folder(workflow: Any) -> str:
    """The folder from which Snakemake was called; it has gone to `--directory` since. Else paths begin there."""
    return found_or(os.getcwd(), lambda: str(workflow.rundir))


def is_target(*names: str) -> bool:
    """Whether targets of these names are all that the command line asks for.

    A rule of that name would want cores, build the graph of all jobs, print a table of them and take the lock. Without
    it there is the command: python <checkout>/workflow/sidewinder status.
    """
    if set(names).isdisjoint(sys.argv):
        return False
    targets = _targets()
    return bool(targets) and targets <= set(names)


def targets_below(folder: str) -> list[str]:
    """The names behind `folder/` in the targets of the command line, such as those of movies.

    Rules for them are made when they are asked for. Without it one gives the files of a movie.
    """
    if not any(argument.startswith(f"{folder}/") for argument in sys.argv):
        return []
    return sorted(target.removeprefix(f"{folder}/") for target in _targets() if target.startswith(f"{folder}/"))


def _targets() -> set[str]:
    return found_or(set(), lambda: set(cli.get_argument_parser().parse_args(sys.argv[1:]).targets))


def in_containers(workflow: Any) -> bool:
    """Whether the run was told `--sdm apptainer`: only then must there be an image. Without it none is used."""
    methods: Collection[Any] = found_or([], lambda: workflow.deployment_settings.deployment_method)
    return "apptainer" in {method.item_to_choice() for method in methods}


def is_module(workflow: Any) -> bool:
    """Whether the Snakefile that is being read is a module of another. Without it a hint in an error is missing."""
    return found_or(False, lambda: not workflow.modifier.is_main_snakefile())


def in_store(workflow: Any) -> bool:
    """Whether results lie in a store, by `--default-storage-provider`. Without it they are taken to be on the disk."""
    return found_or(False, lambda: workflow.storage_settings.default_storage_provider not in (None, "none"))


def is_missing(file: Any) -> bool:
    """Whether a store says that an input of a rule is not in it; a store that does not answer says nothing.

    Snakemake asks, too, and ends the whole run where a file is missing. Without it that stays so.
    """
    try:
        return not file.flags["storage_object"].exists()
    except Exception:  # a file on the disk, or whatever a plugin raises, which Snakemake reports
        return False


def resources_asked(workflow: Any, rule: str) -> Mapping[str, object]:
    """What profile and command line ask for a rule, `--set-resources`, by the name that a module gives the rule.

    A rule's own function for its memory sees wildcards, inputs and threads, but not the other resources. Without it
    jobs ask for the memory that they need where there is no GPU.
    """
    return found_or(
        {}, lambda: workflow.resource_settings.overwrite_resources.get(workflow.modifier.modify_rulename(rule), {})
    )


def on_disk(workflow: Any, path: str) -> str:
    """Where a path of a rule is: with its path variables, and behind the prefix of the module, which is being read.

    The paths of a rule are changed after they are given, and only rules are told. Without it they are taken to be where
    the config says.

    Parameters
    ----------
    workflow : snakemake.workflow.Workflow
        While the Snakefile is being read.
    path : str
        A path that begins with a path variable, such as ``<results>``.

    Raises
    ------
    UserError
        Where Snakemake would put a prefix before an absolute path.
    """
    plain = found_or(path, lambda: str(workflow.pathvars.apply(path)))
    prefixed = found_or(path, lambda: str(workflow.modifier.path_modifier.replace_prefix(path)))
    if prefixed == path:
        return os.path.normpath(plain)
    if os.path.isabs(plain):
        raise UserError(
            f"config: results: {plain!r} is absolute, and the module has a prefix, which would go before it: "
            "leave out the prefix, or give a relative folder"
        )
    return os.path.normpath(prefixed.replace(path, plain))
