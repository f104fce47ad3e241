from job import job

with job() as snakemake:
    from sidewinder.report.explorer.page import write_explorer

    params = snakemake.params
    write_explorer(
        snakemake.input.image,
        params.model,
        snakemake.output.page,
        movie=params.movie,
        channel=params.channel,
        pixel_size_um=params.pixel_size_um,
        truth=params.truth,
        frame=params.frame,
        region=params.region,
        region_px=params.region_px,
        instances=params.settings,
        threads=snakemake.threads,
    )
