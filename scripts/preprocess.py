from job import job

with job() as snakemake:
    from sidewinder.preprocess.convert import convert

    convert(
        snakemake.params.source,
        snakemake.output.image,
        position=snakemake.params.position,
        frames=snakemake.params.frames,
        z=snakemake.params.z,
        region=snakemake.params.region,
        channel=snakemake.params.channel,
        settings=snakemake.params.settings,
    )
