"""The container image that `--sdm apptainer` runs the jobs in."""

from pathlib import Path

from sidewinder.errors import UserError


def image(path: Path) -> str:
    """The path of the image as Snakemake takes it.

    Parameters
    ----------
    path : Path
        The file that `apptainer build` writes.

    Returns
    -------
    path : str
        The same path.

    Raises
    ------
    UserError
        Where the image has not been built, or where Snakemake, which puts no quotes around it, cannot use the path.
    """
    if any(character.isspace() for character in str(path)):
        raise UserError(f"--sdm apptainer: there is a blank in {str(path)!r}; move the checkout to a folder without")
    if not path.is_file():
        definition = path.with_suffix(".def").name
        raise UserError(
            f"--sdm apptainer: there is no container image {path}; build it in the checkout, on a machine that has "
            f"Apptainer: apptainer build envs/{path.name} envs/{definition}"
        )
    return str(path)
