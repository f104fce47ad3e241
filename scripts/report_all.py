from pathlib import Path

from job import job

with job() as snakemake:
    from sidewinder.provenance.record import BEFORE, TABLES
    from sidewinder.report.experiment.page import write_experiment_report

    files = snakemake.input
    write_experiment_report(
        snakemake.params.rows,
        summary_csv=files.summary,
        experiment_parquet=files.experiment,
        lineage_parquet=files.lineage,
        movies=files.movies,
        warnings=files.warnings,
        benchmarks=Path(snakemake.log[0]).parents[2] / "benchmarks",
        before={**BEFORE, TABLES: ""},
        with_csv=snakemake.params.with_csv,
        output=snakemake.output.page,
    )
