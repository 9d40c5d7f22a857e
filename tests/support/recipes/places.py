"""Where publishers run: an environment by pip and npm, and a tree of Debian 13."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from support.needs import lacks, program
from support.recipes.tried import DEBIAN_13

PINS = Path(__file__).parent
"""Where requirements.txt (by scripts/pin) and package-lock.json (by `npm install
--package-lock-only`, without its members `resolved` and `funding`) say versions and hashes."""
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
WITHIN = 600.0
"""Seconds: installing waits for others' machines."""


class Place(Protocol):
    """Somewhere to put files, and to run commands beside them."""

    folder: Path

    def run(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run a command in `folder`; fail with what it said where it fails."""


class PipAndNpm:
    """A virtual environment with Node in it, and what npm pins in a folder, by itself ours."""

    def __init__(self, folder: Path, npm: Path = PINS) -> None:
        self.folder = folder
        self._bin = folder / ".venv" / "bin"
        _run([sys.executable, "-m", "venv", folder / ".venv"], folder, os.environ)
        pip = ("-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check")
        pinned = ("--require-hashes", "--requirement", PINS / "requirements.txt")
        _run([self._bin / "python", *pip, *pinned], folder, os.environ)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(npm / name, folder)
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        _run([self._bin / "npm", "ci", *quiet], folder, self._environment({}))

    def run(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run a command in `folder`; fail with what it said where it fails."""
        name, *arguments = command
        _run([self._bin / name, *arguments], self.folder, self._environment(environment))

    def _environment(self, more: Mapping[str, str]) -> Mapping[str, str]:
        # npm starts the first node on the PATH.
        return {**os.environ, "PATH": f"{self._bin}:{os.environ['PATH']}", **more}


_INTO = """
mount --bind /proc "$0/proc"
mount --rbind /dev "$0/dev"
exec chroot "$0" /usr/bin/env --chdir=/shop "$@"
"""


class Debian13:
    """A tree with the clients that Debian 13 has; their packages are unpacked and not set up.

    A test that uses it is skipped where nobody can make one.
    """

    def __init__(self, folder: Path) -> None:
        if os.geteuid() != 0:
            lacks("only root can make a tree of Debian")
        mmdebstrap = program("mmdebstrap", "mmdebstrap")
        if not KEYRING.exists():
            lacks(f"{KEYRING} is missing: apt-get install debian-archive-keyring")
        try:
            subprocess.run([*_UNSHARE, "true"], check=True, capture_output=True)
        except subprocess.CalledProcessError:
            lacks("this root may not make namespaces")
        self._tree = folder / "tree"
        packages = ",".join(("base-files", "coreutils", *DEBIAN_13))
        less = [f"--dpkgopt=path-exclude=/usr/share/{each}/*" for each in ("doc", "man", "locale")]
        _run(
            [
                *(mmdebstrap, "--quiet", "--variant=extract", f"--include={packages}", *less),
                *(
                    "--aptopt=APT::Install-Recommends false",
                    "--dpkgopt=force-unsafe-io",
                    "trixie",
                    self._tree,
                ),
            ],
            folder,
            os.environ,
        )
        self.folder = self._tree / "shop"
        for name in ("shop", "proc", "dev", "tmp"):
            (self._tree / name).mkdir(exist_ok=True)
        (go,) = self._tree.glob("usr/lib/go-*")
        (java,) = self._tree.glob("usr/lib/jvm/java-21-openjdk-*/bin")
        inside = [f"/{path.relative_to(self._tree)}" for path in (java, go / "bin")]
        self._environment = {
            "PATH": ":".join([*inside, "/usr/bin"]),
            "HOME": "/tmp",  # noqa: S108 - The tree's own.
            "LANG": "C.UTF-8",
            "GOROOT": f"/{go.relative_to(self._tree)}",
            "GOPATH": "/usr/share/gocode",
            "GO111MODULE": "off",
            "GOTELEMETRY": "off",
            "CGO_ENABLED": "0",
            "GOCACHE": "/shop/.gocache",
        }

    def run(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run a command in `folder`; fail with what it said where it fails."""
        given = {**self._environment, **environment}
        words = [f"{name}={value}" for name, value in given.items()]
        _run([*_UNSHARE, "sh", "-euc", _INTO, self._tree, "-i", *words, *command], self._tree, {})


_UNSHARE = ("unshare", "--mount", "--propagation=private")


def _run(command: Sequence[str | Path], folder: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=WITHIN,
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}"
