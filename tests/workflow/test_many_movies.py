"""As many movies as docs/reliability.md promises for a run, planned."""

import resource

import pytest

from sidewinder.limits import MOST_ROWS

N_MOVIES = 10_000
JOBS_A_MOVIE = 8
MOST_BYTES = 4 * 10**9


@pytest.mark.long
def test_ten_thousand_movies_are_planned(snakemake, clean_checkout, tmp_path, sheet):
    assert N_MOVIES <= MOST_ROWS
    sheet(movie=[f"m{number:05}" for number in range(N_MOVIES)], path=["gone.tif"] * N_MOVIES)
    arguments = ("--snakefile", clean_checkout / "Snakefile", "--profile", clean_checkout / "profiles" / "local")
    result = snakemake(
        *arguments, "-n", "--quiet", "rules", "--config", "movies=movies.tsv", "exports=[ctc]", cwd=tmp_path
    )
    assert result.returncode == 0, result.stdout[-3000:]
    assert f"total {N_MOVIES * JOBS_A_MOVIE + 2}" in " ".join(result.stdout.split())
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < MOST_BYTES
