# The model at work on a frame of a movie, as a page; made when asked for: snakemake explorer.
rule explorer:
    input:
        of_explored(lambda movie: outside(plan.truth_input(movie))),
        model=of_explored(
            lambda movie: outside(watched(plan.files_of(plan.model_folder(movie))))
        ),
        image=of_explored(lambda movie: f"<results>/work/{movie}/image.ome.zarr"),
    output:
        page="<results>/explorer/index.html",
    log:
        "<logs>/explorer/explorer.log",
    benchmark:
        "<benchmarks>/explorer/explorer.tsv"
    conda:
        "../../envs/gpu.yaml"
    threads: 4
    resources:
        mem_mb=fixed(3000),
        runtime=minutes(30),
        in_turn=1,
    params:
        model=model_or(of_explored(plan.model_folder)),
        movie=of_explored(lambda movie: movie),
        channel=of_explored(lambda movie: plan.row(movie).channel),
        pixel_size_um=of_explored(lambda movie: plan.row(movie).pixel_size_um),
        truth=of_explored(lambda movie: plan.row(movie).truth),
        frame=config["explorer"]["frame"],
        region=config["explorer"]["region"],
        region_px=config["explorer"]["region_px"],
        settings=config["instances"],
    message:
        "explorer: {output.page}"
    script:
        "../../scripts/explorer.py"
