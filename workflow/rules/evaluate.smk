# Scores against truth, for the movies that have it.
rule evaluate:
    input:
        of_movie(plan.truth_input),
        ctc="<results>/{movie}/ctc",
    output:
        scores="<results>/{movie}/scores.csv",
    log:
        "<logs>/evaluate/{movie}.log",
    benchmark:
        "<benchmarks>/evaluate/{movie}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grow(3000),
        runtime=grow(60),
    params:
        truth=cell("truth"),
    message:
        "evaluate: {wildcards.movie}"
    script:
        "../../scripts/evaluate.py"
