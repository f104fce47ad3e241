from pathlib import Path

from job import job

with job() as snakemake:
    from sidewinder.tables import collect_experiment

    collect_experiment(
        snakemake.params.rows,
        Path(snakemake.output.summary).parent,
        snakemake.output.experiment,
        snakemake.output.summary,
        scores=snakemake.input.get("scores", []),
    )
