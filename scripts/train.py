from job import job

with job() as snakemake:
    from sidewinder.train import train

    train(snakemake.params.settings, snakemake.params.model, threads=snakemake.threads)
