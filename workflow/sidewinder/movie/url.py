"""Movies at URLs: a storage plugin of Snakemake fetches them, and gives the path of what it has fetched."""

from sidewinder.errors import UserError

# by the schemes of their URLs
PLUGINS = {
    "az": "azure",
    "ftp": "ftp",
    "ftps": "ftp",
    "gcs": "gcs",
    "gs": "gcs",
    "http": "http",
    "https": "http",
    "irods": "irods",
    "root": "xrootd",
    "s3": "s3",
    "sftp": "sftp",
    "zenodo": "zenodo",
}


def refuse_url(path: str) -> None:
    """Refuse a path that is a URL still, since no plugin has fetched a movie from there; raises UserError."""
    scheme, mark, _ = path.partition("://")
    if not mark:
        return
    if scheme.lower() == "file":
        raise UserError(f"{path}: give a file of this machine by its path alone, without {scheme}://")
    plugin = PLUGINS.get(scheme.lower())
    if plugin:
        raise UserError(
            f"{path}: cannot be fetched: nothing is there, or no storage plugin that is installed knows this URL; "
            f"correct it, or pip install snakemake-storage-plugin-{plugin}"
        )
    raise UserError(
        f"{path}: no storage plugin of Snakemake is known for {scheme}://; install the one for this store, or give a "
        "path on a disk that is mounted, without ://"
    )
