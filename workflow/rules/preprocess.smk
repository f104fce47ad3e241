# A raw movie of any format becomes an OME-Zarr image with the movie's statistics, and what is corrected of its light.
rule preprocess:
    input:
        raw=raw_movie,
        profiles=outside(checked(plan.profile_input)),
    output:
        image=directory("<results>/work/{movie}/image.ome.zarr"),
    log:
        "<logs>/preprocess/{movie}.log",
    benchmark:
        "<benchmarks>/preprocess/{movie}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 2
    resources:
        mem_mb=memory_of_preprocess,
        runtime=runtime("preprocess"),
        in_turn=1,
    params:
        source=fetched_or(field("path")),
        position=field("position"),
        frames=field("frames"),
        z=field("z"),
        region=field("region"),
        channel=field("channel"),
        settings=config["preprocess"],
    message:
        "preprocess: {wildcards.movie}"
    script:
        "../../scripts/preprocess.py"
