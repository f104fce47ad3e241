from job import job

with job() as snakemake:
    from sidewinder.export.ome_zarr import publish

    publish(
        image=snakemake.input.image,
        labels=snakemake.input.labels,
        label_tracks=snakemake.input.label_tracks,
        repairs=snakemake.input.repairs,
        lineage=snakemake.input.lineage,
        output=snakemake.output.movie,
        frame_interval_s=snakemake.params.frame_interval_s,
        pixel_size_um=snakemake.params.pixel_size_um,
    )
