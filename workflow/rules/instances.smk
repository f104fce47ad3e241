# Maps, or label images of the user's own, become labels and a table of cells, frame by frame.
rule instances:
    input:
        maps=maps_of_model,
        image="<results>/work/{movie}/image.ome.zarr",
    output:
        labels=directory("<results>/work/{movie}/labels-{block}.zarr"),
        cells="<results>/work/{movie}/cells-{block}.parquet",
        uncertainty="<results>/work/{movie}/uncertainty-{block}.npy",
    log:
        "<logs>/instances/{movie}-{block}.log",
    benchmark:
        "<benchmarks>/instances/{movie}-{block}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 4
    resources:
        mem_mb=memory("instances"),
        runtime=runtime("instances"),
        in_turn=1,
    params:
        settings=of_movie(plan.instance_settings),
        measure=config["measure"],
        own_labels=field("labels"),
        n_blocks=field("blocks"),
        frames=field("frames"),
        pixel_size_um=field("pixel_size_um"),
    message:
        "instances: {wildcards.movie}, block {wildcards.block}"
    script:
        "../../scripts/instances.py"
