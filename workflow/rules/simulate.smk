# Scenes with exact truth, for the example and the tests; made when a sheet asks for them.
rule simulate:
    output:
        movie="simulated/{scene}/01.ome.tif",
        truth=directory("simulated/{scene}/01_GT"),
    log:
        "<logs>/simulate/{scene}.log",
    benchmark:
        "<benchmarks>/simulate/{scene}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grow(1500),
        runtime=grow(10),
    message:
        "simulate: {wildcards.scene}"
    script:
        "../../scripts/simulate.py"
