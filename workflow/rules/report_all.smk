# The page of the experiment: a row a movie, what differs by condition, time and memory of each stage.
rule report_all:
    input:
        summary="<results>/summary.csv",
        experiment="<results>/experiment.parquet",
        lineage="<results>/experiment_lineage.parquet",
        movies=products_of_all("movie.ome.zarr"),
        warnings=products_of_all("warnings.csv"),
        # last of all: what it links to is there, and all stages have been measured
        others=products_of_all(),
    output:
        page=report(
            "<results>/report.html",
            caption="../report/experiment.rst",
            category="Experiment",
            labels={"what": "report"},
        ),
    log:
        "<logs>/report_all/report_all.log",
    benchmark:
        "<benchmarks>/report_all/report_all.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=memory_of_overview,
        runtime=minutes(60),
        in_turn=1,
    params:
        rows=lambda wildcards: plan.metadata(),
        with_csv="csv" in config["tables"],
    message:
        "report of all movies"
    script:
        "../../scripts/report_all.py"
