"""Slurm's own reasons, from what Snakemake's plugin passes on, as recorded."""

import pytest

from sidewinder.cluster.reason import reason_of

SBATCH = (
    "SLURM sbatch failed. The error message was '{}'.\n    sbatch call:\n        sbatch --parsable -p gpu --mem 2\n"
)
ENDED = (
    "SLURM-job '77' failed, SLURM status is: '{}'. Detailed failure reason unavailable (status command is not 'sacct')."
)


def refused(line):
    return SBATCH.format(f"sbatch: error: Batch job submission failed: {line}")


@pytest.mark.parametrize(
    ("line", "advice", "again"),
    [
        ("Invalid account or account/partition combination specified", "correct slurm_account in", False),
        ("invalid partition specified: cpux", "correct slurm_partition in", False),
        ("Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)", "set jobs to", True),
        ("Requested time limit is invalid (missing or exceeds some limit)", "set runtime of this rule to", False),
        ("Invalid generic resource (gres) specification", "correct gpu, gpu_model or gres", False),
        ("Requested node configuration is not available", "ask for less mem_mb, threads or gpu", False),
        ("Unable to contact slurm controller (connect failure)", "start again when Slurm answers", True),
        ("Something that is new", "see what profiles/slurm/config.yaml asks for", False),
    ],
)
def test_a_refusal_is_said_in_slurms_words_with_what_to_change(line, advice, again):
    reason = reason_of(refused(line))
    assert reason.text.startswith(f"Slurm refused the job ({line}): {advice}")
    assert "\n" not in reason.text
    assert reason.again is again


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (
            "OUT_OF_MEMORY",
            "more memory than asked for was used: give this rule more mem_mb, in profiles/slurm/config.yaml",
        ),
        ("TIMEOUT", "the time limit was reached: give this rule more runtime, in profiles/slurm/config.yaml"),
        ("NODE_FAIL", "its node failed: start again; slurm-requeue: true gives such jobs back to the queue"),
        ("CANCELLED", "it was cancelled, by somebody or by the cluster: start again to go on"),
        ("CANCELLED by 0", "it was cancelled, by somebody or by the cluster: start again to go on"),
    ],
)
def test_how_slurm_ended_a_job_is_said(status, says):
    reason = reason_of(ENDED.format(status))
    assert reason.text == f"Slurm ended the job ({status.split()[0]}): {says}"
    assert reason.again


def test_a_last_line_of_several_counts():
    lines = (
        "sbatch: error: see https://hpc.example/limits\n"
        "sbatch: error: Batch job submission failed: Invalid qos specification"
    )
    reason = reason_of(SBATCH.format(lines))
    assert reason.text.startswith(
        "Slurm refused the job (Invalid qos specification): correct the qos in slurm_extra in "
    )


def test_a_missing_sbatch_is_named():
    reason = reason_of(SBATCH.format("/bin/sh: 1: sbatch: not found"))
    assert reason.text.startswith("there is no command sbatch here")
    assert not reason.again


@pytest.mark.parametrize("message", ["", ENDED.format("FAILED")])
def test_of_a_job_that_failed_by_itself_slurm_says_nothing(message):
    assert reason_of(message) is None
