# Scores against truth, for the movies that have it.
rule evaluate:
    input:
        from_outside(plan.truth_input),
        ctc="<results>/{movie}/ctc",
    output:
        scores=report(
            "<results>/{movie}/scores.csv",
            caption="../report/scores.rst",
            category="Movies",
            labels={"movie": "{movie}", "what": "scores"},
        ),
    log:
        "<logs>/evaluate/{movie}.log",
    benchmark:
        "<benchmarks>/evaluate/{movie}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=memory("evaluate"),
        runtime=runtime("evaluate"),
        in_turn=1,
    params:
        truth=field("truth"),
        frames=field("frames"),
    message:
        "evaluate: {wildcards.movie}"
    script:
        "../../scripts/evaluate.py"
