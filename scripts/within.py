from job import job

with job() as snakemake:
    from sidewinder.within import match_within

    files, tables = snakemake.input, snakemake.output
    match_within(
        movie=files.movie,
        tracks=files.tracks,
        outer_movie=files.outer_movie,
        outer_tracks=files.outer_tracks,
        output_parquet=tables.within_parquet,
        output_csv=tables.get("within_csv"),
    )
