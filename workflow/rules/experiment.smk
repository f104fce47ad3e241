# The tables of all movies together.
rule experiment:
    input:
        movies=of_all_movies("movie.ome.zarr"),
        tracks=of_all_movies("tracks.parquet"),
        lineages=of_all_movies("lineage.csv"),
        scores=of_all_movies("scores.csv"),
    output:
        experiment="<results>/experiment.parquet",
        summary="<results>/summary.csv",
    log:
        "<logs>/experiment/experiment.log",
    benchmark:
        "<benchmarks>/experiment/experiment.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=memory_of_experiment,
        runtime=minutes(60),
        in_turn=1,
    params:
        rows=lambda wildcards: plan.metadata(),
    message:
        "experiment: the tables of all movies"
    script:
        "../../scripts/experiment.py"
