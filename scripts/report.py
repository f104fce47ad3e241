from pathlib import Path

from job import job

with job() as snakemake:
    from sidewinder.provenance.described import described
    from sidewinder.report.movie.page import write_report

    files, params, movie = snakemake.input, snakemake.params, snakemake.wildcards.movie
    write_report(
        files.movie,
        files.tracks,
        files.lineage,
        files.warnings,
        files.repairs,
        files.label_tracks,
        snakemake.output.page,
        movie=movie,
        channel=params.channel,
        columns=params.columns,
        model=params.model,
        row=params.row,
        made=described(Path(snakemake.log[0]).parents[2], movie),
    )
