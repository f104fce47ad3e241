from job import job

with job() as snakemake:
    from sidewinder.evaluate import score_movie

    score_movie(
        snakemake.input.ctc,
        snakemake.params.truth,
        snakemake.output.scores,
        movie=snakemake.wildcards.movie,
        frames=snakemake.params.frames,
    )
