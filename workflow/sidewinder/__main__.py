"""What Sidewinder answers without Snakemake.

python <checkout>/workflow/sidewinder status, or verify, or tidy, or summary <results>, or sheet <source>, or ctc
<dataset>, or config, or reruns
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]
# a folder that is run is where Python looks for modules, and the names in it are not meant for that
sys.path[0] = str(CHECKOUT / "workflow")

import yaml  # noqa: E402

from sidewinder.config import check_config, merged, read_config  # noqa: E402
from sidewinder.driver.ending import summary_lines  # noqa: E402
from sidewinder.driver.status import status_lines  # noqa: E402
from sidewinder.driver.tidy import tidy  # noqa: E402
from sidewinder.errors import UserError  # noqa: E402
from sidewinder.names import SUMMARY  # noqa: E402
from sidewinder.plan import Plan  # noqa: E402
from sidewinder.provenance.reruns import reruns_table  # noqa: E402
from sidewinder.provenance.verify import verify  # noqa: E402
from sidewinder.settings.default import default_config  # noqa: E402
from sidewinder.sheet import Row, read_sheet  # noqa: E402


def main(arguments: Sequence[str]) -> int:
    """Answer what the command line asks.

    Parameters
    ----------
    arguments : sequence of str
        Arguments of the command line.

    Returns
    -------
    code : int
        What to exit with.
    """
    options = _parser().parse_args(arguments)
    try:
        lines, good = ANSWERS[options.command](options)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(lines))
    return 0 if good else 1


def _config(options: argparse.Namespace) -> tuple[list[str], bool]:
    return default_config().splitlines(), True


def _reruns(options: argparse.Namespace) -> tuple[list[str], bool]:
    row = Row(line=2, movie="m", path="m.tif", truth="01_GT", within="whole")
    plan = Plan({"m": row}, read_config(CHECKOUT / "config" / "config.yaml"), CHECKOUT / "workflow" / "models")
    return reruns_table(plan, "m"), True


def _summary(options: argparse.Namespace) -> tuple[list[str], bool]:
    if not (options.results / SUMMARY).is_file():
        raise UserError(f"there is no {SUMMARY} in {options.results}: no run has come so far")
    return summary_lines(options.results, Path.cwd()), True


def _status(options: argparse.Namespace) -> tuple[list[str], bool]:
    here = Path.cwd()
    plan = _plan(options)
    return status_lines(plan, os.path.normpath(plan.config["results"]), here), True


def _verify(options: argparse.Namespace) -> tuple[list[str], bool]:
    plan = _plan(options)
    return verify(plan, os.path.normpath(plan.config["results"]), with_settings=True)


def _tidy(options: argparse.Namespace) -> tuple[list[str], bool]:
    plan = _plan(options)
    return tidy(plan, os.path.normpath(plan.config["results"]), delete=options.delete), True


def _sheet(options: argparse.Namespace) -> tuple[list[str], bool]:
    # what reads movies takes long to import
    from sidewinder.draft.write import write_draft

    return write_draft(options.source, options.output), True


def _ctc(options: argparse.Namespace) -> tuple[list[str], bool]:
    # what writes folders takes long to import
    from sidewinder.challenge.ask import fetch_dataset

    return fetch_dataset(options.dataset), True


def _plan(options: argparse.Namespace) -> Plan:
    """The experiment that a run with these options would make; goes to its working directory."""
    files = [CHECKOUT / "config" / "config.yaml", *options.configfile]
    config: dict[str, Any] = {}
    # as Snakemake does: config files are found from where the user is, everything else from the working directory
    for above in (*map(read_config, files), dict(options.config)):
        config = merged(config, above)
    try:
        os.chdir(options.directory)
    except OSError as error:
        raise UserError(f"--directory {options.directory}: {error.strerror}") from error
    check_config(config, [str(file) for file in files])
    return Plan(read_sheet(config["movies"]), config, CHECKOUT / "workflow" / "models")


ANSWERS: dict[str, Callable[[argparse.Namespace], tuple[list[str], bool]]] = {
    "config": _config,
    "ctc": _ctc,
    "reruns": _reruns,
    "sheet": _sheet,
    "status": _status,
    "summary": _summary,
    "tidy": _tidy,
    "verify": _verify,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sidewinder", description="Sidewinder without Snakemake.")
    commands = parser.add_subparsers(dest="command", required=True)
    status = commands.add_parser("status", help="how far the experiment is, from the files; while a run goes on, too")
    verifying = commands.add_parser("verify", help="whether results are as they were made, of what is there now")
    tidying = commands.add_parser("tidy", help="what of the results can be deleted, and how much that would free")
    tidying.add_argument("--delete", action="store_true", help="delete it")
    for command in (status, verifying, tidying):
        command.add_argument("--directory", "-d", default=".", help="the working directory of the run")
        command.add_argument("--configfile", "--configfiles", nargs="+", default=[], help="the config files of the run")
        command.add_argument("--config", "-C", nargs="+", default=[], type=_setting, metavar="KEY=VALUE")
    summary = commands.add_parser("summary", help="the table of movies of an experiment that is done")
    summary.add_argument("results", type=Path, help="the results folder")
    sheet = commands.add_parser("sheet", help="a sheet of the movies in a folder or file, to be looked over")
    sheet.add_argument("source", help="the folder or file")
    sheet.add_argument("--output", "-o", help="the sheet to write; without it, movies.tsv beside the source")
    challenge = commands.add_parser("ctc", help="a training set of the Cell Tracking Challenge, and a sheet of it")
    challenge.add_argument("dataset", help="its name, such as PhC-C2DH-U373; it comes into the working directory")
    commands.add_parser("config", help="the default config: every setting, and what it is for")
    commands.add_parser("reruns", help="the table in docs/stages.md of what makes which stages run again")
    return parser


def _setting(text: str) -> tuple[str, object]:
    """A key of the config and its value, which is YAML."""
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form key=value")
    try:
        return key, yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: the value cannot be read") from error


if __name__ == "__main__":
    # whoever reads this through `head` wants no more
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main(sys.argv[1:]))
