from job import job

with job() as snakemake:
    from pathlib import Path

    from sidewinder.annotate import annotate
    from sidewinder.annotate.run import Movie

    labels, doubt = iter(snakemake.input.labels), iter(snakemake.input.doubt)
    params = snakemake.params
    annotate(
        {
            name: Movie(image, channel, *(tuple(next(files) for _ in range(blocks)) for files in (labels, doubt)))
            for name, image, channel, blocks in zip(
                params.movies, snakemake.input.image, params.channels, params.blocks, strict=True
            )
        },
        Path(snakemake.output.sheet).parent,
        n_regions=params.regions,
        region_px=params.region_px,
    )
