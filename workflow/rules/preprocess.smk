# A raw movie of any format becomes an OME-Zarr image with the movie's statistics.
rule preprocess:
    input:
        from_outside(plan.raw_input),
    output:
        image=directory("<results>/work/{movie}/image.ome.zarr"),
    log:
        "<logs>/preprocess/{movie}.log",
    benchmark:
        "<benchmarks>/preprocess/{movie}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 2
    resources:
        mem_mb=memory("preprocess"),
        runtime=runtime("preprocess"),
        in_turn=1,
    params:
        source=fetched_or(cell("path")),
        position=cell("position"),
        channel=cell("channel"),
        pixel_size_um=cell("pixel_size_um"),
        frame_interval_s=cell("frame_interval_s"),
    message:
        "preprocess: {wildcards.movie}"
    script:
        "../../scripts/preprocess.py"
