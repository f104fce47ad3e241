#!/bin/sh
# Sets up a virtual environment with what requirements.lock names: envs/install.sh <python> <folder> [auto|cpu|cuda]
#
# PyTorch comes in two builds: one for the CPU (0.2 GB to download), and what PyPI has, which on Linux brings CUDA with it
# (3 GB). auto takes the small one where no GPU can be meant: there is no NVIDIA driver and no batch system, whose nodes
# may have GPUs though the login node has none.
set -eu

python=$1 folder=$2 wanted=${3:-auto}
here=$(dirname "$0")
lock=$here/../requirements.lock
# of PyTorch's CPU builds; another one where that cannot be reached, or has a mirror
cpu_index=${SIDEWINDER_TORCH_CPU_INDEX:-https://download.pytorch.org/whl/cpu}
how_to_choose="to choose: make env TORCH=cpu, or TORCH=cuda"

say() { echo "$*" >&2; }
pip() { "$folder/bin/python" -m pip --disable-pip-version-check --quiet "$@"; }
there() { command -v "$1" > /dev/null 2>&1; }

# for Python 3.14 immutables, which Snakemake needs, has no wheels yet
prepare_compiler() {
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 14))' || return 0
    if ! there cc && ! there gcc; then
        say "On Python 3.14 a package has to be compiled: install a C compiler and Python's headers"
        say "(Debian, Ubuntu: apt install gcc python3-dev), or use Python 3.11, 3.12 or 3.13"
        exit 1
    fi
}

nvidia_driver() { there nvidia-smi || [ -e /proc/driver/nvidia/version ] || [ -e /dev/nvidiactl ]; }

batch_system() {
    for command in sbatch qsub bsub; do
        if there "$command"; then echo "$command"; return 0; fi
    done
    return 1
}

# whether PyTorch's own index has this version; asked by pip, which knows the machine's proxies and certificates
index_has() {
    PIP_FIND_LINKS='' PIP_EXTRA_INDEX_URL='' "$folder/bin/python" -m pip --disable-pip-version-check --retries 0 \
        --timeout 10 index versions --index-url "$cpu_index" torch 2> /dev/null | grep -qF "$1"
}

# sets `build` and says why
choose_build() {
    version=$1
    if [ "$wanted" = cuda ]; then
        build=pypi why="as told"
    elif [ "$wanted" = cpu ]; then
        build=cpu why="as told"
    elif [ "$(uname -s)" != Linux ]; then
        build=pypi why="which has no CUDA on this system"
    elif nvidia_driver; then
        build=pypi why="because there is an NVIDIA driver; $how_to_choose"
    elif command=$(batch_system); then
        build=pypi why="because there is $command, and its nodes may have GPUs; $how_to_choose"
    else
        build=cpu why="because there is neither an NVIDIA driver nor a batch system; $how_to_choose"
    fi
    if [ "$build" = cpu ] && ! index_has "$version"; then
        [ "$wanted" = auto ] || { say "PyTorch $version is not to be had from $cpu_index"; exit 1; }
        build=pypi why="because $cpu_index cannot be reached or lacks it; $how_to_choose"
    fi
    case $build in
        cpu) say "PyTorch $version: the build for the CPU (0.2 GB), $why" ;;
        pypi) say "PyTorch $version: what PyPI has (on Linux with CUDA, 3 GB), $why" ;;
    esac
}

# PyTorch first and on its own: it is by far the largest, and an interrupted call need not fetch it twice
install_torch() {
    version=$(sed -n 's/^torch==//p' "$lock")
    choose_build "$version"
    # both builds go by the same version: pip would keep the one that is there
    if [ -e "$folder/.torch" ] && [ "$(cat "$folder/.torch")" != "$build" ]; then "$here/venv.sh" "$python" "$folder" --clear; fi
    echo "$build" > "$folder/.torch"
    case $build in
        cpu) pip install --no-deps --index-url "$cpu_index" "torch==$version" ;;
        pypi) sed 's/ *\\$//; /^ *--hash=/d' "$lock" > "$folder/.versions"; pip install -c "$folder/.versions" torch ;;
    esac
}

case $wanted in
    auto | cpu | cuda) ;;
    *) say "TORCH=$wanted: allowed are cpu, cuda and auto"; exit 1 ;;
esac
prepare_compiler
"$here/venv.sh" "$python" "$folder"
install_torch
say "installing everything else into $folder"
# the lock is complete, and geff would refuse the numcodecs that works on Python 3.14 (pyproject.toml)
# each file must be the one that the lock means; of PyTorch there are several builds
sed '/^torch==/d' "$lock" > "$folder/.lock"
pip install --no-deps --require-hashes -r "$folder/.lock"
