# Scenes with exact truth, for the example and the tests; made when a sheet asks for them.
rule simulate:
    output:
        movie=local("simulated/{scene}/01.ome.tif"),
        truth=local(directory("simulated/{scene}/01_GT")),
    log:
        "<logs>/simulate/{scene}.log",
    benchmark:
        "<benchmarks>/simulate/{scene}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=fixed(180),
        runtime=minutes(10),
        in_turn=1,
    message:
        "simulate: {wildcards.scene}"
    script:
        "../../scripts/simulate.py"
