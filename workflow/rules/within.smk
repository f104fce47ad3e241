# In which cell of another row of the sheet each cell of a movie lies, such as nuclei in whole cells.
rule within:
    input:
        movie="<results>/{movie}/movie.ome.zarr",
        tracks="<results>/{movie}/tracks.parquet",
        outer_movie=of_outer("movie.ome.zarr"),
        outer_tracks=of_outer("tracks.parquet"),
    output:
        **as_text(within_csv="<results>/{movie}/within.csv"),
        within_parquet="<results>/{movie}/within.parquet",
    log:
        "<logs>/within/{movie}.log",
    benchmark:
        "<benchmarks>/within/{movie}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=memory("within"),
        runtime=runtime("within"),
        in_turn=1,
    params:
        within=field("within"),
    message:
        "within: {wildcards.movie}"
    script:
        "../../scripts/within.py"
