from job import job

with job() as snakemake:
    from sidewinder.export.colorizer import export_colorizer

    export_colorizer(
        snakemake.input.movie, snakemake.input.tracks, snakemake.output.folder, name=snakemake.wildcards.movie
    )
