"""A machine of the tests' own: systemd, booted on this system's files, of which it keeps no change.

It has this machine's network, and all else for itself.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Self

import pytest

from support.needs import lacks, program
from support.waiting import PATIENCE, eventually

SOURCE = "/src"
"""Where the repository lies in it, to be read only."""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CARRIED = ("PIP_", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
"""Variables by which pip knows where packages come from: in there as here."""
UNSHARED = ("unshare", "--mount", "--propagation=private")
HALTS_WITHIN = 60.0

BOOT = r"""
set -eu
folder=$1 repository=$2 source=$3
# Nobody else sees what is mounted here, and what is written goes with the last process.
mount -t tmpfs -o mode=755 tmpfs "$folder"
mkdir "$folder/written" "$folder/scratch" "$folder/all"
mount -t overlay -o "lowerdir=/,upperdir=$folder/written,workdir=$folder/scratch" \
    overlay "$folder/all"
cd "$folder/all"
# Nothing of an smsherald on this machine is there.
[ ! -e var/lib/dpkg/info/smsherald.list ] || chroot . dpkg --purge smsherald
rm -rf etc/smsherald opt/smsherald usr/local/bin/smsherald etc/sysusers.d/smsherald.conf \
    var/lib/smsherald var/lib/private/smsherald
# Nothing of this machine is started in it, nor does this machine say that nothing may be.
rm -rf etc/crypttab etc/systemd/system usr/sbin/policy-rc.d var/log/journal
: >etc/fstab
mkdir -p etc/systemd/system
cat >etc/systemd/system/tests.target <<'END'
[Unit]
DefaultDependencies=no
Requires=sysinit.target dbus.socket
After=sysinit.target dbus.socket
END
mkdir -p /run/systemd/nspawn
mount -t tmpfs tmpfs /run/systemd/nspawn
# A tree of control groups of its own: systemd wants the newer kind, whatever this machine has.
mount -t cgroup2 cgroup2 /sys/fs/cgroup
group=/sys/fs/cgroup/smsherald-tests-$$
mkdir "$group"
trap 'find "$group" -depth -type d -exec rmdir {} +' EXIT
cd /
(
    echo 0 >"$group/cgroup.procs"
    exec systemd-nspawn --quiet --directory="$folder/all" --register=no --keep-unit \
        --machine=smsherald-tests --resolv-conf=copy-host --timezone=off --link-journal=no \
        --console=pipe --bind-ro="$repository:$source" --boot systemd.unit=tests.target
)
"""


class Machine:
    """Runs while the context is entered; `directory` is empty.

    A test that uses it is skipped where nobody can boot one.
    """

    def __init__(self, directory: Path, repository: Path) -> None:
        if os.geteuid() != 0:
            pytest.skip("only root can boot a machine")
        program("systemd-nspawn", "systemd-container")
        program("dbus-daemon", "dbus")
        self._require_python()
        self._directory, self._repository = directory, repository
        self._output = directory.with_suffix(".output")
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = {name: v for name, v in os.environ.items() if name.startswith(CARRIED)}
        self._environment |= {"PATH": PATH, "HOME": str(Path.home()), "LANG": "C.UTF-8"}
        self._environment["PIP_QUIET"] = "1"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Boot it, and return once it has."""
        with self._output.open("wb") as output:
            process = subprocess.Popen(
                [*UNSHARED, "sh", "-c", BOOT, "sh", self._directory, self._repository, SOURCE],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C at the tests is not for it.
            )
        self._process = process

        def booted() -> bool:
            if process.poll() is not None:
                lacks(f"no machine can be booted here: {self._output.read_text()}")
            return self.run("systemctl", "is-system-running").stdout.strip() in {
                "running",
                "degraded",
            }

        try:
            eventually(booted, within=2 * PATIENCE, what="the machine has booted", every=0.2)
        except AssertionError as error:
            error.add_note(self._output.read_text())
            raise

    def stop(self) -> None:
        """Halt it; fine to call twice."""
        if (process := self._process) is None:
            return
        self._process = None
        with suppress(LookupError):
            (nspawn,) = _children(process.pid)
            os.kill(nspawn, signal.SIGTERM)
            try:
                process.wait(HALTS_WITHIN)
            except subprocess.TimeoutExpired:
                # With the first of its processes all of them end.
                for init in _children(nspawn):
                    os.kill(init, signal.SIGKILL)
        process.wait(PATIENCE)

    def run(self, *command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command in it as root, in the repository."""
        return subprocess.run(
            self._within(*command),
            env=self._environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    def begin(self, *command: str) -> subprocess.Popen[str]:
        """Begin to run one; both its outputs are one."""
        return subprocess.Popen(
            self._within(*command),
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def file(self, path: str) -> Path:
        """Return one of its files, as it is reached from here."""
        return Path(f"/proc/{self._init}/root{path}")

    @property
    def _init(self) -> int:
        """The first of its processes."""
        if self._process is None:
            raise LookupError("it does not run")
        for nspawn in _children(self._process.pid):
            for init in _children(nspawn):
                return init
        raise LookupError("it has not begun")

    def _within(self, *command: str) -> list[str]:
        # Its root is not that of its mounts, where nspawn could not change that one.
        into = ["nsenter", f"--target={self._init}", "--mount", "--root", "--uts", "--ipc", "--pid"]
        return [*into, "--cgroup", "--", "env", f"--chdir={SOURCE}", *command]

    def _require_python(self) -> None:
        """Look for what the documentation takes for granted: a Python that makes environments."""
        python = shutil.which("python3", path=PATH) or "/usr/bin/python3"
        able = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"
        if (
            not Path(python).exists()
            or subprocess.run([python, "-c", able], check=False).returncode
        ):
            lacks(f"{python} is not Python 3.11 with venv: apt-get install python3-venv")


def _children(process: int) -> list[int]:
    """Return the processes that one has started; LookupError where it is gone."""
    try:
        return [
            int(i) for i in Path(f"/proc/{process}/task/{process}/children").read_text().split()
        ]
    except OSError as error:
        raise LookupError(process) from error
