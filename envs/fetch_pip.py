"""Put pip into a virtual environment whose Python came without ensurepip (Debian keeps that in python3-venv).

Usage: <environment>/bin/python fetch_pip.py
"""

import hashlib
import json
import os
import runpy
import sys
import tempfile
import urllib.request
from urllib.parse import urljoin

# any pip that reads the lock file will do
WHEEL = "pip-25.3-py3-none-any.whl"
INDEX = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")

request = urllib.request.Request(f"{INDEX}/pip/", headers={"Accept": "application/vnd.pypi.simple.v1+json"})
# the index is the user's own choice, as it is pip's; what comes from it is compared with its digest
with urllib.request.urlopen(request) as answer:  # nosec B310
    files = json.load(answer)["files"]
wheel = next(file for file in files if file["filename"] == WHEEL)
with urllib.request.urlopen(urljoin(request.full_url, wheel["url"])) as answer:  # nosec B310
    content = answer.read()
if hashlib.sha256(content).hexdigest() != wheel["hashes"]["sha256"]:
    sys.exit(f"{wheel['url']} is damaged; try again")
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, wheel["filename"])
    with open(path, "wb") as file:
        file.write(content)
    sys.path.insert(0, path)
    sys.argv = ["pip", "install", "--quiet", "--disable-pip-version-check", path]
    runpy.run_module("pip", run_name="__main__")
