# The cells of all blocks become tracks and lineages; what frames got wrong is repaired by those before and after.
rule track:
    input:
        cells=of_blocks("cells-{block}.parquet"),
        labels=of_blocks("labels-{block}.zarr"),
        image="<results>/work/{movie}/image.ome.zarr",
        edits=from_outside(plan.edits_input),
    output:
        **as_text(tracks_csv="<results>/{movie}/tracks.csv"),
        **where_drift_is_asked(drift_csv="<results>/{movie}/drift.csv"),
        tracks_parquet="<results>/{movie}/tracks.parquet",
        lineage_csv="<results>/{movie}/lineage.csv",
        label_tracks="<results>/work/{movie}/label_tracks.parquet",
        repairs="<results>/work/{movie}/repairs.parquet",
    log:
        "<logs>/track/{movie}.log",
    benchmark:
        "<benchmarks>/track/{movie}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=memory("track"),
        runtime=runtime("track"),
        in_turn=1,
    params:
        settings=config["track"],
        frame_interval_s=field("frame_interval_s"),
        pixel_size_um=field("pixel_size_um"),
        measure=config["measure"],
        edits=of_movie(plan.edits_digest),
    message:
        "track: {wildcards.movie}"
    script:
        "../../scripts/track.py"
