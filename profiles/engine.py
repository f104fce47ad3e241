"""What the profiles for SGE, LSF and PBS call to submit a job and to ask for its status."""

import os
import sys
from pathlib import Path

# the package is used where it is, not installed
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow"))

from sidewinder.cluster.engine import RESULTS_VARIABLE, main

sys.exit(main([os.environ[RESULTS_VARIABLE], *sys.argv[1:]]))
