from job import job

with job() as snakemake:
    from sidewinder.export.ome_zarr import publish

    publish(
        snakemake.input.image,
        snakemake.input.labels,
        snakemake.input.label_tracks,
        snakemake.input.repairs,
        snakemake.output.movie,
    )
