"""The rules as Snakemake understands them, printed as JSON: by name what each says of itself.

    python rules.py <checkout>

A process of its own, because reading the Snakefile changes Snakemake in the process that does it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def read_rules(checkout: Path) -> dict[str, dict[str, Any]]:
    """The rules by name, with wildcards without their constraints."""
    done = subprocess.run([sys.executable, __file__, checkout], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _print(checkout: Path) -> None:
    from snakemake.api import SnakemakeApi
    from snakemake.io import strip_wildcard_constraints
    from snakemake.settings.types import ResourceSettings

    def plain(paths: Any) -> list[str]:
        return [strip_wildcard_constraints(str(path)) for path in paths]

    os.chdir(checkout)
    with SnakemakeApi() as api:
        workflow = api.workflow(resource_settings=ResourceSettings(cores=1), snakefile=checkout / "Snakefile")
        rules = {
            rule.name: {
                "output": plain(rule.output),
                "log": plain(rule.log),
                "benchmark": rule.benchmark and str(rule.benchmark),
                "conda": rule.conda_env and Path(rule.conda_env).name,
                "script": rule.script and Path(rule.script).name,
                "message": rule.message,
                "resources": sorted(rule.resources),
                "retries": rule._restart_times,
            }
            for rule in workflow._workflow.rules
        }
    print(json.dumps(rules))


if __name__ == "__main__":
    _print(Path(sys.argv[1]).resolve())
