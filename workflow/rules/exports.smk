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
