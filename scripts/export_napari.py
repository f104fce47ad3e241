from job import job

with job() as snakemake:
    from sidewinder.export.napari import export_napari

    export_napari(snakemake.input.tracks, snakemake.input.lineage, snakemake.output.table, snakemake.output.graph)
