from job import job

with job() as snakemake:
    from sidewinder.report.video import draw_video

    draw_video(
        snakemake.input.movie,
        snakemake.input.tracks,
        snakemake.output.video,
        channel=snakemake.params.channel,
    )
