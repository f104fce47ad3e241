# The image and the tracked cells in one OME-Zarr; the only rule that puts the two together.
rule publish:
    input:
        labels=of_blocks("labels-{block}.zarr"),
        image="<results>/work/{movie}/image.ome.zarr",
        links="<results>/work/{movie}/links.parquet",
        patch="<results>/work/{movie}/patch.parquet",
    output:
        movie=directory("<results>/{movie}/movie.ome.zarr"),
    log:
        "<logs>/publish/{movie}.log",
    benchmark:
        "<benchmarks>/publish/{movie}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 2
    resources:
        mem_mb=memory("publish"),
        runtime=runtime("publish"),
        in_turn=1,
    message:
        "publish: {wildcards.movie}"
    script:
        "../../scripts/publish.py"
