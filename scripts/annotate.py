from job import job

with job() as snakemake:
    from pathlib import Path

    from sidewinder.annotate import annotate, movies_of_blocks

    files, params = snakemake.input, snakemake.params
    annotate(
        movies_of_blocks(params.movies, images=files.images, labels=files.labels, uncertainty=files.uncertainty),
        Path(snakemake.output.sheet).parent,
        n_regions=params.regions,
        region_px=params.region_px,
    )
