from job import job

with job() as snakemake:
    from sidewinder.train import train

    train(snakemake.params.settings, snakemake.output.model, threads=snakemake.threads)
