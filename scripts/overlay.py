from job import job

with job() as snakemake:
    from sidewinder.report.overlay import draw_overlay

    draw_overlay(
        snakemake.input.movie,
        snakemake.input.tracks,
        snakemake.output.picture,
        channel=snakemake.params.channel,
    )
