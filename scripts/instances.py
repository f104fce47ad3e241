from job import job

# where processes are not forked, each worker imports this file anew
if __name__ == "__main__":
    with job() as snakemake:
        from sidewinder.instances.block import BlockOutputs

        files, params = snakemake.input, snakemake.params
        outputs = BlockOutputs(**dict(snakemake.output.items()))
        if params.own_labels:
            from sidewinder.instances.own import take_labels

            take_labels(
                source=params.own_labels,
                image=files.image,
                frames=params.frames,
                outputs=outputs,
                block=int(snakemake.wildcards.block),
                n_blocks=params.n_blocks,
                measure=params.measure,
                threads=snakemake.threads,
                pixel_size_um=params.pixel_size_um,
            )
        else:
            from sidewinder.instances.movie import segment_movie

            segment_movie(
                maps=files.maps,
                image=files.image,
                outputs=outputs,
                settings=params.settings,
                measure=params.measure,
                threads=snakemake.threads,
                pixel_size_um=params.pixel_size_um,
            )
