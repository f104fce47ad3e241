from job import job

with job() as snakemake:
    from sidewinder.tables import collect_experiment

    files = snakemake.input
    collect_experiment(
        snakemake.params.rows,
        movies=files.movies,
        tracks=files.tracks,
        lineages=files.lineages,
        scores=files.get("scores", []),
        warnings=files.warnings,
        experiment_parquet=snakemake.output.experiment,
        lineage_parquet=snakemake.output.lineage,
        summary_csv=snakemake.output.summary,
        with_csv="experiment_csv" in snakemake.output.keys(),
    )
