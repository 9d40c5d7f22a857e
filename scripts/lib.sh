# shellcheck shell=bash
# What the scripts share. Sourced, never run.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
bin=.venv/bin

# Most tests wait: four workers keep two cores busy. tests/conftest.py lets each begin with the longest.
# shellcheck disable=SC2034  # Whoever sources this uses it.
side_by_side=(--numprocesses=4 --dist=worksteal --durations=10)

# Where Python keeps what it compiled, each worker and each process that the tests start begins sooner.
unset PYTHONDONTWRITEBYTECODE

say() { printf '==> %s\n' "$*" >&2; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

can_install() {
    command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Debian's packages, by their names; what apt says is shown only if it fails.
apt_install() {
    local log
    log=$(mktemp)
    say "Installing $* (apt-get)"
    if ! {
        as_root apt-get update -q &&
            as_root env DEBIAN_FRONTEND=noninteractive \
                apt-get install -q -y --no-install-recommends "$@"
    } >"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        rm -f "$log"
        die "apt-get could not install: $*"
    fi
    rm -f "$log"
}

# mmdebstrap makes trees of Debian. Fails where it is missing and cannot be installed.
get_mmdebstrap() {
    command -v mmdebstrap >/dev/null && [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] ||
        { can_install && apt_install mmdebstrap debian-archive-keyring; }
}

# podman and buildah build images and run them. Fails where they are missing and cannot be installed.
get_podman() {
    type podman buildah crun >/dev/null 2>&1 || { can_install && apt_install podman buildah crun; }
}

# A Python from 3.11 on that can make virtual environments.
find_python() {
    local candidate
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null &&
            "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    return 1
}

# A virtual environment does not survive a move of its folder, nor another Python under it.
venv_works() {
    local shebang
    { read -r shebang <"$bin/pip"; } 2>/dev/null &&
        [[ $shebang == "#!$PWD/.venv/bin/"* ]] &&
        "$bin/python" -c 'import pip' 2>/dev/null
}

make_venv() {
    local python
    if ! python=$(find_python); then
        can_install ||
            die "Python 3.11 or newer with its venv module is needed (Debian: python3-venv)"
        apt_install python3 python3-venv
        python=$(find_python) || die "Python 3.11 or newer is needed, and apt-get has an older one"
    fi
    say "Making .venv ($("$python" --version))"
    "$python" -m venv --clear .venv
}

pip_install() {
    "$bin/python" -m pip install --quiet --disable-pip-version-check --no-input "$@"
}

# Whether this file is as it was when .venv was last made to fit it.
fits() { sha256sum --check --status ".venv/$1.sha256" 2>/dev/null; }
remember() { sha256sum "$1" >".venv/$1.sha256"; }

# set_up FILE…: .venv holds what these requirements files pin, and this project. A second run has
# nothing to do.
set_up() {
    local file
    venv_works || make_venv
    for file in "$@"; do
        if ! fits "$file"; then
            say "Installing what $file pins"
            pip_install --require-hashes --requirement "$file"
            remember "$file"
        fi
    done
    if ! fits pyproject.toml; then
        say "Installing smsherald itself"
        pip_install --no-deps --no-build-isolation --editable .
        remember pyproject.toml
    fi
}
