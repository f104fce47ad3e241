# The config's model as a package of the BioImage Model Zoo; made when asked for: snakemake package.
packaged = plan.folder_of(config["model"])


rule package:
    input:
        model=outside(watched(plan.files_of(packaged))),
    output:
        package=f"<results>/{os.path.basename(packaged)}.bioimageio.zip",
    log:
        "<logs>/package/package.log",
    benchmark:
        "<benchmarks>/package/package.tsv"
    conda:
        "../../envs/gpu.yaml"
    threads: 1
    resources:
        mem_mb=fixed(2000),
        runtime=minutes(15),
        in_turn=1,
    params:
        model=model_or(lambda wildcards: packaged),
    message:
        "package: {output.package}"
    script:
        "../../scripts/package.py"
