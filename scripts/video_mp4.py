from job import job

with job() as snakemake:
    from sidewinder.report.video_mp4 import draw_video_mp4

    draw_video_mp4(
        snakemake.input.movie,
        snakemake.input.tracks,
        snakemake.output.video,
        channel=snakemake.params.channel,
    )
