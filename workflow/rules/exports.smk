# The formats that other programs read.
rule ctc:
    input:
        movie="<results>/{movie}/movie.ome.zarr",
        tracks="<results>/{movie}/tracks.parquet",
        lineage="<results>/{movie}/lineage.csv",
    output:
        folder=directory("<results>/{movie}/ctc"),
    log:
        "<logs>/ctc/{movie}.log",
    benchmark:
        "<benchmarks>/ctc/{movie}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=memory("ctc"),
        runtime=runtime("ctc"),
        in_turn=1,
    message:
        "ctc: {wildcards.movie}"
    script:
        "../../scripts/export_ctc.py"


rule geff:
    input:
        tracks="<results>/{movie}/tracks.parquet",
        lineage="<results>/{movie}/lineage.csv",
    output:
        graph=directory("<results>/{movie}/tracks.geff"),
    log:
        "<logs>/geff/{movie}.log",
    benchmark:
        "<benchmarks>/geff/{movie}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=memory("geff"),
        runtime=runtime("geff"),
        in_turn=1,
    message:
        "geff: {wildcards.movie}"
    script:
        "../../scripts/export_geff.py"


rule trackmate:
    input:
        movie="<results>/{movie}/movie.ome.zarr",
        tracks="<results>/{movie}/tracks.parquet",
        lineage="<results>/{movie}/lineage.csv",
    output:
        file="<results>/{movie}/trackmate.xml",
    log:
        "<logs>/trackmate/{movie}.log",
    benchmark:
        "<benchmarks>/trackmate/{movie}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=memory("trackmate"),
        runtime=runtime("trackmate"),
        in_turn=1,
    message:
        "trackmate: {wildcards.movie}"
    script:
        "../../scripts/export_trackmate.py"


rule napari:
    input:
        tracks="<results>/{movie}/tracks.parquet",
        lineage="<results>/{movie}/lineage.csv",
    output:
        table="<results>/{movie}/napari_tracks.csv",
        graph="<results>/{movie}/napari_graph.json",
    log:
        "<logs>/napari/{movie}.log",
    benchmark:
        "<benchmarks>/napari/{movie}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=memory("napari"),
        runtime=runtime("napari"),
        in_turn=1,
    message:
        "napari: {wildcards.movie}"
    script:
        "../../scripts/export_napari.py"


rule colorizer:
    input:
        movie="<results>/{movie}/movie.ome.zarr",
        tracks="<results>/{movie}/tracks.parquet",
    output:
        folder=directory("<results>/{movie}/colorizer"),
    log:
        "<logs>/colorizer/{movie}.log",
    benchmark:
        "<benchmarks>/colorizer/{movie}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=memory("colorizer"),
        runtime=runtime("colorizer"),
        in_turn=1,
    message:
        "colorizer: {wildcards.movie}"
    script:
        "../../scripts/export_colorizer.py"


rule ome_zarr_04:
    input:
        movie="<results>/{movie}/movie.ome.zarr",
    output:
        movie=directory("<results>/{movie}/movie_04.ome.zarr"),
    log:
        "<logs>/ome_zarr_04/{movie}.log",
    benchmark:
        "<benchmarks>/ome_zarr_04/{movie}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=memory("ome_zarr_04"),
        runtime=runtime("ome_zarr_04"),
        in_turn=1,
    message:
        "ome_zarr_04: {wildcards.movie}"
    script:
        "../../scripts/export_ome_zarr_04.py"
