# One picture of a movie, to look at before any table, and all frames as a moving one, in two formats.
rule overlay:
    input:
        movie="<results>/{movie}/movie.ome.zarr",
        tracks="<results>/{movie}/tracks.parquet",
    output:
        picture=report(
            "<results>/{movie}/overlay.png",
            caption="../report/overlay.rst",
            category="Movies",
            labels={"movie": "{movie}", "what": "overlay"},
        ),
    log:
        "<logs>/overlay/{movie}.log",
    benchmark:
        "<benchmarks>/overlay/{movie}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=memory("overlay"),
        runtime=runtime("overlay"),
        in_turn=1,
    params:
        channel=field("channel"),
    message:
        "overlay: {wildcards.movie}"
    script:
        "../../scripts/overlay.py"


rule video:
    input:
        movie="<results>/{movie}/movie.ome.zarr",
        tracks="<results>/{movie}/tracks.parquet",
    output:
        video="<results>/{movie}/overlay.webp",
    log:
        "<logs>/video/{movie}.log",
    benchmark:
        "<benchmarks>/video/{movie}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=memory("video"),
        runtime=runtime("video"),
        in_turn=1,
    params:
        channel=field("channel"),
    message:
        "video: {wildcards.movie}"
    script:
        "../../scripts/video.py"


rule video_mp4:
    input:
        movie="<results>/{movie}/movie.ome.zarr",
        tracks="<results>/{movie}/tracks.parquet",
    output:
        video="<results>/{movie}/overlay.mp4",
    log:
        "<logs>/video_mp4/{movie}.log",
    benchmark:
        "<benchmarks>/video_mp4/{movie}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=memory("video_mp4"),
        runtime=runtime("video_mp4"),
        in_turn=1,
    params:
        channel=field("channel"),
    message:
        "video_mp4: {wildcards.movie}"
    script:
        "../../scripts/video_mp4.py"
