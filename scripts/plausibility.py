from job import job

with job() as snakemake:
    from sidewinder.plausibility import check_movie

    files, params = snakemake.input, snakemake.params
    check_movie(
        image=files.image,
        cells=files.cells,
        uncertainty=files.uncertainty,
        tracks=files.tracks,
        model=params.model,
        output=snakemake.output.warnings,
        movie=snakemake.wildcards.movie,
        channel=params.channel,
        pixel_size_um=params.pixel_size_um,
        ctc=params.ctc,
    )
