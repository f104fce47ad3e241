# The tables of all movies together.
rule experiment:
    input:
        movies=products_of_all("movie.ome.zarr"),
        tracks=products_of_all("tracks.parquet"),
        lineages=products_of_all("lineage.csv"),
        scores=products_of_all("scores.csv"),
        warnings=products_of_all("warnings.csv"),
    output:
        **as_text(
            experiment_csv="<results>/experiment.csv",
            lineage_csv="<results>/experiment_lineage.csv",
        ),
        experiment="<results>/experiment.parquet",
        lineage="<results>/experiment_lineage.parquet",
        summary=report(
            "<results>/summary.csv",
            caption="../report/summary.rst",
            category="Experiment",
            labels={"what": "summary"},
        ),
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
