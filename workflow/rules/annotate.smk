# What to annotate next, and what has been annotated; made when asked for: snakemake annotate.
rule annotate:
    input:
        corrected=lambda wildcards: outside(
            glob(f"{config['annotate']['folder']}/*/corrected/*.tif")
        ),
        images=work_files_of_all("image.ome.zarr"),
        labels=work_files_of_all("labels-{block}.zarr"),
        uncertainty=work_files_of_all("uncertainty-{block}.npy"),
    output:
        sheet=local(f"{config['annotate']['folder']}/annotations.tsv"),
    log:
        "<logs>/annotate/annotate.log",
    benchmark:
        "<benchmarks>/annotate/annotate.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=fixed(1000),
        runtime=minutes(60),
        in_turn=1,
    params:
        movies=[
            {"movie": movie, "channel": row.channel, "blocks": row.blocks}
            for movie, row in plan.rows.items()
        ],
        regions=config["annotate"]["regions"],
        region_px=config["annotate"]["region_px"],
    message:
        "annotate: {output.sheet}"
    script:
        "../../scripts/annotate.py"
