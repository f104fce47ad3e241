from job import job

with job() as snakemake:
    from sidewinder.export.ome_zarr_04 import export_ome_zarr_04

    export_ome_zarr_04(snakemake.input.movie, snakemake.output.movie)
