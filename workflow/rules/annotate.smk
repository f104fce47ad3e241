# What to annotate next, and what has been annotated; made when asked for: snakemake annotate.
# The sheet is flagged to be updated, since Snakemake would remove it before the job begins.
rule annotate:
    input:
        corrected=lambda wildcards: outside(checked(plan.corrected)),
        images=work_files_of_segmented("image.ome.zarr"),
        labels=work_files_of_segmented("labels-{block}.zarr"),
        uncertainty=work_files_of_segmented("uncertainty-{block}.npy"),
    output:
        sheet=local(update(f"{config['annotate']['folder']}/annotations.tsv")),
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
            {
                "movie": movie,
                "channel": row.channel,
                "blocks": row.blocks,
                "pixel_size_um": row.pixel_size_um,
            }
            for movie, row in plan.rows.items()
            if not row.labels
        ],
        regions=config["annotate"]["regions"],
        region_px=config["annotate"]["region_px"],
    message:
        "annotate: {output.sheet}"
    script:
        "../../scripts/annotate.py"
