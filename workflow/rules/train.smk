# A model from annotated frames; made when asked for: snakemake train.
rule train:
    input:
        lambda wildcards: [local(path) for path in checked(plan.learnt_from)],
    output:
        model=local(directory(config["train"]["model"])),
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
        settings={
            key: value for key, value in config["train"].items() if key != "model"
        },
    message:
        "train: {output.model}"
    script:
        "../../scripts/train.py"
