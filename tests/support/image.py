"""The container image: built of its recipe, on a stand-in for the base that it is based on."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from support.daemon import REPOSITORY
from support.needs import lacks, program
from support.podman import Podman

IMAGE = "smsherald"
CREATED = 1_790_000_000
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
PACKAGES = ("base-files", "coreutils", "dash", "python3", "python3-venv")
LESS = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*")
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")

# What base-passwd would do if the packages were set up, which takes four times as long.
USERS = r"""
printf 'root:x:0:0:root:/root:/bin/sh\n' >"$1/etc/passwd"
printf 'root:x:0:\n' >"$1/etc/group"
mkdir -p "$1/tmp" && chmod 1777 "$1/tmp"
"""


def make_base(podman: Podman, folder: Path) -> str:
    """Put a Debian 13 with its Python where the recipe looks for its base; return the name."""
    mmdebstrap = program("mmdebstrap", "mmdebstrap")
    if not KEYRING.exists():
        lacks(f"{KEYRING} is missing: apt-get install debian-archive-keyring")
    (name,) = re.findall(r"^ARG BASE=(\S+)$", (REPOSITORY / "Dockerfile").read_text(), re.MULTILINE)
    tree = folder / "base.tar"
    done = subprocess.run(
        [
            *(mmdebstrap, "--quiet", "--variant=extract", f"--include={','.join(PACKAGES)}"),
            *(f"--dpkgopt=path-exclude={path}" for path in LESS),
            *("--aptopt=APT::Install-Recommends false", "--dpkgopt=force-unsafe-io"),
            *(f"--customize-hook={USERS}", "trixie", tree),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    podman.podman("import", "--quiet", tree, name)
    tree.unlink()
    return str(name)


def build(podman: Podman, folder: Path) -> None:
    """Build the image as the documentation says, but for where packages come from."""
    podman.run(
        [
            *("buildah", "bud", "--isolation=chroot", "--pull-never", "--format=docker"),
            *(f"--timestamp={CREATED}", f"--tag={IMAGE}"),
            *(f"--volume={volume}:ro" for volume in _how_pip_is_set(folder)),
            *(f"--build-arg={name}={os.environ[name]}" for name in PROXIES if name in os.environ),
            REPOSITORY,
        ]
    )


def _how_pip_is_set(folder: Path) -> Iterator[str]:
    """Say what is to be mounted so that pip finds there what it finds here.

    Where a machine has its own authority, proxy or mirror, pip knows of it here: so it must there.
    """
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True
    )
    # The environment's come first, and win.
    found = re.findall(r"^(:env:|global|install)\.([\w-]+)=(.*)$", listed.stdout, re.MULTILINE)
    options = {name: str(ast.literal_eval(value)).split() for _, name, value in reversed(found)}
    lines = (f"{name} = {' '.join(values)}\n" for name, values in options.items())
    (folder / "pip.conf").write_text("".join(["[global]\n", *lines]))
    yield f"{folder / 'pip.conf'}:/etc/pip.conf"
    words = {word for values in options.values() for word in values}
    for path in sorted(words | {str(AUTHORITIES)}):
        if path.startswith("/") and Path(path).exists():
            yield f"{path}:{path}"
