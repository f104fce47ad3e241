# A model from annotated frames; made when asked for: snakemake train. Snakemake removes what a rule is to make before
# the job begins, but the model that is there is to stay until the next one is complete: so only a file of it is named
# here, and flagged to be updated. It is none that infer asks for, or a run would train as soon as annotations change.
rule train:
    input:
        lambda wildcards: [local(path) for path in checked(plan.learnt_from)],
    output:
        curve=local(update(os.path.join(config["train"]["model"], "training.csv"))),
    log:
        "<logs>/train/train.log",
    benchmark:
        "<benchmarks>/train/train.tsv"
    conda:
        "../../envs/gpu.yaml"
    threads: 8
    resources:
        mem_mb=fixed(6500),
        runtime=minutes(720),
        in_turn=1,
    params:
        model=lambda wildcards, output: os.path.dirname(output.curve),
        settings={
            key: value for key, value in config["train"].items() if key != "model"
        },
    message:
        "train: {params.model}"
    script:
        "../../scripts/train.py"
