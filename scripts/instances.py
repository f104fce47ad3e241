from job import job

# where processes are not forked, each worker imports this file anew
if __name__ == "__main__":
    with job() as snakemake:
        from sidewinder.instances.movie import segment_movie

        segment_movie(
            maps=snakemake.input.maps,
            image=snakemake.input.image,
            labels_output=snakemake.output.labels,
            cells_output=snakemake.output.cells,
            uncertainty_output=snakemake.output.uncertainty,
            settings=snakemake.params.settings,
            threads=snakemake.threads,
        )
