#!/bin/sh
# Makes a virtual environment with pip in it: envs/venv.sh <python> <folder> [--clear]
set -eu

python=$1 folder=$2
shift 2
# Debian's python3 comes without what makes environments
"$python" -c 'import venv' 2> /dev/null || {
    echo "Python's venv module is missing: install it (Debian, Ubuntu: apt install python3-venv)" >&2
    exit 1
}
if "$python" -c 'import ensurepip' 2> /dev/null; then
    exec "$python" -m venv "$@" "$folder"
fi
"$python" -m venv "$@" --without-pip "$folder"
"$folder/bin/python" "$(dirname "$0")/fetch_pip.py"
