"""podman and buildah on a store of a test's own, and in namespaces of their own: nothing stays."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from support.needs import lacks, program
from support.secrets import require_none
from support.waiting import PATIENCE, eventually

WITHIN = 300.0
"""Seconds: what builds an image waits for others' machines."""
UNSHARED = ("unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child")

# Its own /run, /dev/shm and /proc: what runs here already is not touched, not even its locks. And a
# tree of control groups of the newer kind, which crun wants whole or not at all.
# The first of the processes, a shell, also waits for those that others leave behind.
BEGIN = r"""
set -eu
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /dev/shm
mount -t cgroup2 cgroup2 /sys/fs/cgroup
: >"$1"
while :; do sleep 1; done
"""

STORAGE = """
[storage]
driver = "overlay"
graphroot = "{folder}/store"
runroot = "/run/store"
"""

# No control groups, no limits and no network of their own: not every machine's root may make them.
CONTAINERS = """
[containers]
cgroups = "disabled"
cgroupns = "host"
default_ulimits = ["nofile=1024:4096", "nproc=1024:4096"]
netns = "host"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


class Podman:
    """Runs while the context is entered; `folder` is empty, and is again afterwards.

    A test that uses it is skipped where nobody can run containers.
    """

    def __init__(self, folder: Path) -> None:
        if os.geteuid() != 0:
            lacks("only root can make the namespaces of containers")
        for name in ("podman", "buildah", "crun"):
            program(name, name)
        self._folder = folder
        (folder / "storage.conf").write_text(STORAGE.format(folder=folder))
        (folder / "containers.conf").write_text(CONTAINERS)
        self._environment = os.environ | {
            "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
            "CONTAINERS_CONF": str(folder / "containers.conf"),
            # Nobody here is systemd, which else would be told to check a container's health.
            "DISABLE_HC_SYSTEMD": "true",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        begun, said = self._folder / "begun", self._folder / "said"
        with said.open("wb") as output:
            process = subprocess.Popen(
                [*UNSHARED, "sh", "-c", BEGIN, "sh", begun],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C at the tests is not for it.
            )
        self._process = process

        def has_begun() -> bool:
            if process.poll() is not None:
                lacks(f"no namespaces for containers can be made here: {said.read_text()}")
            return begun.exists()

        eventually(has_begun, what="the namespaces are there")
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End all that runs in it and take away what it has; fine to call twice."""
        if (process := self._process) is None:
            return
        with suppress(OSError, ValueError):
            # With the first of its processes all of them end, and with these what they mounted.
            os.kill(self._first, signal.SIGKILL)
        self._process = None
        process.wait(PATIENCE)
        shutil.rmtree(self._folder / "store", ignore_errors=True)

    def podman(self, *command: str | Path) -> str:
        """Run one of podman's commands and return what it printed."""
        return self.run(["podman", *command])

    def run(self, command: Sequence[str | Path]) -> str:
        """Run a command beside the containers and return what it printed, which is no secret.

        It fails the test where it fails.
        """
        into = ("nsenter", f"--target={self._first}", "--mount", "--pid")
        done = subprocess.run(
            [*into, "--", *command],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=WITHIN,
        )
        words = " ".join(map(str, command[:2]))
        require_none(done.stdout + done.stderr, words)
        assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @property
    def _first(self) -> int:
        """The first process in there."""
        assert self._process is not None, "it does not run"
        parent = self._process.pid
        (child,) = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return int(child)
