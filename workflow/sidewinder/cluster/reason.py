"""Why Slurm did not run a job to its end, in its own words and with what to change."""

import re
from dataclasses import dataclass

PROFILE = "profiles/slurm/config.yaml"
# what sbatch says, what to do, and whether it is worth another try
REFUSALS = (
    (r"invalid account|account.*(invalid|not.*permitted)|unable to.*associat", "correct slurm_account", False),
    (r"partition", "correct slurm_partition", False),
    (r"submit.*limit|accounting/qos policy|qosmax|assocmax|assocgrp", "set jobs to what you may have", True),
    (r"invalid qos", "correct the qos in slurm_extra", False),
    (r"time limit", "set runtime of this rule to what the partition allows", False),
    (r"gres|tres|gpu", "correct gpu, gpu_model or gres of this rule", False),
    (r"memory|node configuration|node count|cpu count", "ask for less mem_mb, threads or gpu", False),
    (r"unable to contact|timed out|temporarily|connect", "", True),
)  # fmt: skip
ENDED = {
    "OUT_OF_MEMORY": "more memory than asked for was used: give this rule more mem_mb",
    "TIMEOUT": "the time limit was reached: give this rule more runtime",
    "DEADLINE": "its deadline was reached",
    "NODE_FAIL": "its node failed: start again; slurm-requeue: true gives such jobs back to the queue",
    "BOOT_FAIL": "its node did not start: start again",
    "CANCELLED": "it was cancelled, by somebody or by the cluster: start again to go on",
    "PREEMPTED": "it had to make way for another job: start again to go on",
}
# behind the name of the command; what comes before it is often a list of hints of the cluster's own
SBATCH = re.compile(r"(?m)^(?:.*?')?sbatch: error: (?:Batch job submission failed: )?(.*?)'?\.?$")
NOT_FOUND = re.compile(r"(?i)sbatch: (?:command )?not found")
STATUS = re.compile(r"SLURM status is: '([A-Z_]+)")


@dataclass(frozen=True)
class Reason:
    """Why a job did not run to its end.

    Parameters
    ----------
    text : str
        In one line, with what to change and where.
    again : bool
        Whether another try may help.
    """

    text: str
    again: bool


def reason_of(message: str) -> Reason | None:
    """Find Slurm's own reason in what the plugin says of a job that failed.

    Parameters
    ----------
    message : str
        The plugin's message.

    Returns
    -------
    reason : Reason or None
        None where Slurm says no more than that the job failed.
    """
    if NOT_FOUND.search(message):
        return Reason("there is no command sbatch here: start the run on a node from which jobs are submitted", False)
    if lines := SBATCH.findall(message):
        return _refusal(lines[-1])
    status = STATUS.search(message)
    if status and status[1] in ENDED:
        where = f", in {PROFILE}" if "give this rule" in ENDED[status[1]] else ""
        return Reason(f"Slurm ended the job ({status[1]}): {ENDED[status[1]]}{where}", True)
    return None


def _refusal(line: str) -> Reason:
    """What to do of the last line that sbatch says."""
    for pattern, advice, again in REFUSALS:
        if re.search(pattern, line, re.IGNORECASE):
            do = f"{advice} in {PROFILE}" if advice else "start again when Slurm answers"
            return Reason(f"Slurm refused the job ({line}): {do}", again)
    return Reason(f"Slurm refused the job ({line}): see what {PROFILE} asks for", False)
