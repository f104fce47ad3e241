from job import job

# where processes are not forked, each worker imports this file anew
if __name__ == "__main__":
    with job() as snakemake:
        from sidewinder.instances.movie import segment_movie

        segment_movie(
            snakemake.input.maps,
            snakemake.input.image,
            snakemake.output.labels,
            snakemake.output.cells,
            snakemake.output.uncertainty,
            settings=snakemake.params.settings,
            threads=snakemake.threads,
        )
