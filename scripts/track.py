from job import job

with job() as snakemake:
    from sidewinder.track import track_movie

    track_movie(
        snakemake.input.cells,
        snakemake.input.labels,
        snakemake.input.image,
        snakemake.output.tracks_parquet,
        snakemake.output.tracks_csv,
        snakemake.output.lineage_csv,
        snakemake.output.label_tracks,
        snakemake.output.repairs,
        movie=snakemake.wildcards.movie,
        settings=snakemake.params.settings,
    )
