from job import job

with job() as snakemake:
    from sidewinder.export.trackmate import export_trackmate

    export_trackmate(snakemake.input.movie, snakemake.input.tracks, snakemake.input.lineage, snakemake.output.file)
