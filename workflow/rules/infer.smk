# The network over a block of frames. Tile and device change the speed and not the result, so that the script reads
# them from the config and a change of them makes nothing out of date.
rule infer:
    input:
        model=from_outside(plan.model_input),
        image="<results>/work/{movie}/image.ome.zarr",
    output:
        maps=kept_or_not(directory("<results>/work/{movie}/maps-{block}.zarr")),
    log:
        "<logs>/infer/{movie}-{block}.log",
    benchmark:
        "<benchmarks>/infer/{movie}-{block}.tsv"
    conda:
        "../../envs/gpu.yaml"
    threads: 8
    resources:
        mem_mb=memory_of_infer,
        runtime=runtime("infer"),
        in_turn=1,
    params:
        model=model_or(of_movie(plan.model_folder)),
        channel=field("channel"),
        n_blocks=field("blocks"),
        pixel_size_um=field("pixel_size_um"),
    message:
        "infer: {wildcards.movie}, block {wildcards.block}"
    script:
        "../../scripts/infer.py"
