from job import job

with job() as snakemake:
    from sidewinder.simulate import write_scene

    write_scene(snakemake.wildcards.scene, snakemake.output.movie, snakemake.output.truth)
