from job import job

with job() as snakemake:
    from sidewinder.export.ctc import export_ctc

    export_ctc(snakemake.input.movie, snakemake.input.tracks, snakemake.input.lineage, snakemake.output.folder)
