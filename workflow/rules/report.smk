# The page of a movie, to look at first: its warnings, its frames, its cells over time, its lineages.
rule report:
    input:
        model=from_outside(plan.model_input),
        movie="<results>/{movie}/movie.ome.zarr",
        tracks="<results>/{movie}/tracks.parquet",
        lineage="<results>/{movie}/lineage.csv",
        warnings="<results>/{movie}/warnings.csv",
        repairs="<results>/work/{movie}/repairs.parquet",
        label_tracks="<results>/work/{movie}/label_tracks.parquet",
    output:
        page=report(
            "<results>/{movie}/report.html",
            caption="../report/movie.rst",
            category="Movies",
            labels={"movie": "{movie}", "what": "report"},
        ),
    log:
        "<logs>/report/{movie}.log",
    benchmark:
        "<benchmarks>/report/{movie}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=memory("report"),
        runtime=runtime("report"),
        in_turn=1,
    params:
        model=model_or(of_movie(plan.model_if_any)),
        channel=field("channel"),
        columns=config["report"]["columns"],
        row=of_movie(plan.sheet_row),
    message:
        "report: {wildcards.movie}"
    script:
        "../../scripts/report.py"
