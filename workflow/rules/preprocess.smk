# A raw movie of any format becomes an OME-Zarr image with the movie's statistics.
rule preprocess:
    input:
        of_movie(plan.raw_input),
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
        mem_mb=grow(3000),
        runtime=grow(60),
    params:
        source=cell("path"),
        position=cell("position"),
        pixel_size_um=cell("pixel_size_um"),
        frame_interval_s=cell("frame_interval_s"),
    message:
        "preprocess: {wildcards.movie}"
    script:
        "../../scripts/preprocess.py"
