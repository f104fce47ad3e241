from job import job

with job() as snakemake:
    from sidewinder.exchange.package import write_package

    write_package(snakemake.params.model, snakemake.output.package)
