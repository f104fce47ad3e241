from job import job

with job() as snakemake:
    from sidewinder.infer.movie import infer_movie

    infer_movie(
        snakemake.input.image,
        snakemake.params.model,
        snakemake.output.maps,
        channel=snakemake.params.channel,
        block=int(snakemake.wildcards.block),
        n_blocks=snakemake.params.n_blocks,
        tile=snakemake.config["infer"]["tile"],
        device=snakemake.config["infer"]["device"],
        gpu_asked=bool(snakemake.resources.get("gpu") or snakemake.resources.get("gres")),
        threads=snakemake.threads,
        pixel_size_um=snakemake.params.pixel_size_um,
    )
