# Warnings: what is not plausible in a movie, so that nobody takes for cells what is none.
rule plausibility:
    input:
        model=from_outside(plan.model_input),
        image="<results>/work/{movie}/image.ome.zarr",
        cells=of_blocks("cells-{block}.parquet"),
        uncertainty=of_blocks("uncertainty-{block}.npy"),
        tracks="<results>/{movie}/tracks.parquet",
    output:
        warnings="<results>/{movie}/warnings.csv",
    log:
        "<logs>/plausibility/{movie}.log",
    benchmark:
        "<benchmarks>/plausibility/{movie}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=memory("plausibility"),
        runtime=runtime("plausibility"),
        in_turn=1,
    params:
        model=model_or(of_movie(plan.model_if_any)),
        channel=field("channel"),
        pixel_size_um=field("pixel_size_um"),
        # only of a movie of very many tracks does that make a difference: it makes nothing out of date
        ctc=of_movie(plan.needs_ctc),
    message:
        "plausibility: {wildcards.movie}"
    script:
        "../../scripts/plausibility.py"
