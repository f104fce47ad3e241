# Where the workflow's files are on this machine. In a module that is taken from GitHub or GitLab, Snakemake has them in
# its clone of the repository only: they are put below the working directory, which the nodes of a cluster share.
import shutil
import sys
import tempfile
from pathlib import Path


def folder_of(source):
    """The root of the checkout that holds `source`, the folder of this file as Snakemake knows it."""
    if hasattr(source, "__fspath__"):
        return Path(source).parents[1]
    if hasattr(source, "hosted_repo"):
        return exported(source.hosted_repo.repo, source.ref)
    sys.exit(
        f"{source}: Sidewinder can be a module from a checkout on disk, or by github(...) or gitlab(...) with "
        'path="workflow/Snakefile" and a tag; see docs/module.md'
    )


def exported(repository, ref):
    """The files of a commit, put below the working directory once."""
    commit = repository.commit(ref).hexsha
    folder = Path.cwd() / ".snakemake" / "sidewinder" / commit
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as part:
            with open(f"{part}/files.tar", "wb") as archive:
                repository.archive(archive, commit)
            shutil.unpack_archive(f"{part}/files.tar", f"{part}/files", "tar")
            try:
                Path(part, "files").rename(folder)
            except OSError:
                # another process, which was faster, has put them there
                if not folder.is_dir():
                    raise
    return folder


checkout = folder_of(workflow.current_basedir)
