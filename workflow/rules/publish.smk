# The image and the tracked cells in one OME-Zarr; the only rule that puts the two together.
rule publish:
    input:
        labels=of_blocks("labels-{block}.zarr"),
        image="<results>/work/{movie}/image.ome.zarr",
        label_tracks="<results>/work/{movie}/label_tracks.parquet",
        repairs="<results>/work/{movie}/repairs.parquet",
        lineage="<results>/{movie}/lineage.csv",
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
    params:
        frame_interval_s=field("frame_interval_s"),
        pixel_size_um=field("pixel_size_um"),
    message:
        "publish: {wildcards.movie}"
    script:
        "../../scripts/publish.py"
