from job import job

with job() as snakemake:
    from pathlib import Path

    from sidewinder.names import CURATED
    from sidewinder.provenance.metadata import made_of
    from sidewinder.track import track_movie

    files, tables = snakemake.input, snakemake.output
    settings = {"track": snakemake.params.settings, "measure": snakemake.params.measure}
    edits = snakemake.params.edits
    settings |= {"edits": edits} if edits else {}
    track_movie(
        cells=files.cells,
        labels=files.labels,
        image=files.image,
        tracks_parquet=tables.tracks_parquet,
        tracks_csv=tables.get("tracks_csv"),
        lineage_csv=tables.lineage_csv,
        drift_csv=tables.get("drift_csv"),
        label_tracks=tables.label_tracks,
        repairs=tables.repairs,
        movie=snakemake.wildcards.movie,
        settings=snakemake.params.settings,
        frame_interval_s=snakemake.params.frame_interval_s,
        pixel_size_um=snakemake.params.pixel_size_um,
        measure=snakemake.params.measure,
        curated=Path(CURATED, snakemake.wildcards.movie) if edits else None,
        made_of=made_of(Path(snakemake.log[0]).parents[2], snakemake.wildcards.movie, settings),
    )
