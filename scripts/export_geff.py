from job import job

with job() as snakemake:
    from sidewinder.export.geff import export_geff

    export_geff(snakemake.input.tracks, snakemake.input.lineage, snakemake.output.graph)
