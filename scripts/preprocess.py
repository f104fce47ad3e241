from job import job

with job() as snakemake:
    from sidewinder.preprocess.convert import convert

    convert(
        snakemake.params.source,
        snakemake.output.image,
        position=snakemake.params.position,
        frames=snakemake.params.frames,
        z=snakemake.params.z,
        channel=snakemake.params.channel,
        pixel_size_um=snakemake.params.pixel_size_um,
        settings=snakemake.params.settings,
    )
