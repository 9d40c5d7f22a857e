"""The Debian package of this checkout, and one of a next version; and a unit that comes of one."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from smsherald.ledger.sql import schema
from support.building import known
from support.daemon import REPOSITORY
from support.unit import FLOWS, SETTINGS, Unit

MIGRATION = REPOSITORY / "tests" / "support" / "migrations" / "growing.py"
NEWER = "# The next version says this.\n"
"""What the next version's settings and flows have more."""
AS_QUICKLY_AS_CAN_BE = {"SMSHERALD_DEB_LEVEL": "1"}


def made(folder: Path, umask: int, **environment: str) -> Path:
    """Make it in an empty folder, of a copy of this checkout, as somebody with these does."""
    checkout, place = folder / "checkout", folder / "made"
    place.mkdir()
    for name in known():
        original, copy = REPOSITORY / name, checkout / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(original, copy)
        copy.chmod((0o777 if os.access(original, os.X_OK) else 0o666) & ~umask)
    variables = {"SOURCE_DATE_EPOCH": "1790000000", **AS_QUICKLY_AS_CAN_BE, **environment}
    _run(checkout / "scripts" / "deb", place, umask=umask, environment=variables)
    (package,) = place.iterdir()
    return package


def of_this_run(temporary: pytest.TempPathFactory) -> Path:
    """Return the one that all tests of a run share: who asks first makes it, the others wait."""
    base = temporary.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "package"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            folder.mkdir()
            made(folder, 0o022, LANG="C.UTF-8", TZ="UTC")
    (package,) = folder.glob("made/*.deb")
    return package


class Packages:
    """Both are made in an empty directory while the test goes on: it waits for one as it asks."""

    def __init__(self, directory: Path, temporary: pytest.TempPathFactory) -> None:
        self._directory = directory
        pool = ThreadPoolExecutor(2)
        self._this = pool.submit(of_this_run, temporary)
        self._next = pool.submit(self._make_next)
        pool.shutdown(wait=False)

    @property
    def this(self) -> Path:
        """The package of this checkout."""
        return self._this.result()

    @property
    def next(self) -> Path:
        """That of a next version: its ledger is of the next version too."""
        return self._next.result()

    def _make_next(self) -> Path:
        """Change the files of the first one: quicker than to build another, and the same."""
        root, package = self._directory / "next", self._directory / "next.deb"
        _run("dpkg-deb", "--raw-extract", self.this, root)
        (ours,) = root.glob("opt/smsherald/lib/python3*/site-packages/smsherald")
        init, tables = ours / "__init__.py", ours / "ledger" / "sql" / "schema.py"
        migration = tables.with_name("migrations") / f"version_{schema.VERSION + 1}.py"
        _change(root / "DEBIAN" / "control", r"^Version: .*(?=\+)", r"\g<0>.1")
        _change(init, r'^__version__ = ".*(?=")', r"\g<0>.1")
        _change(tables, r"^VERSION = .*", f"VERSION = {schema.VERSION + 1}")
        shutil.copy(MIGRATION, migration)
        _run(
            *("/usr/bin/python3", "-m", "compileall", "-q", "-f", "-s", root, "-p", "/"),
            *("--invalidation-mode", "unchecked-hash", init, tables, migration),
        )
        for path in (SETTINGS, f"{FLOWS}/sms.yaml"):
            with (root / path.removeprefix("/")).open("a") as file:
                file.write(NEWER)
        _run("dpkg-deb", "--root-owner-group", "-Zzstd", "-z1", "--build", root, package)
        return package


class Packaged(Unit):
    """The unit, installed by a package. No network is needed for that, nor is there any."""

    def install(self, package: Path) -> str:
        """Install it, whatever is there; return what the operator reads."""
        at = f"/run/{package.name}"
        shutil.copy(package, self.machine.file(at))
        # As `dpkg` proposes it: what the operator has changed is left alone.
        kept = "Dpkg::Options::=--force-confold"
        return self._apt("install", "--allow-downgrades", "--option", kept, at)

    def remove(self) -> None:
        """Remove it."""
        self._apt("remove", self.name)

    def purge(self, *, ledger: bool | None = None) -> str:
        """Remove it with all it has; where the question is not answered, it has its default."""
        if ledger is not None:
            answer = f"smsherald smsherald/purge-ledger boolean {str(ledger).lower()}"
            assert self.run("debconf-set-selections", stdin=answer).returncode == 0
        return self._apt("purge", self.name)

    def has(self, path: str) -> bool:
        """Say whether there is such a file."""
        return self.machine.file(path).exists()

    def _apt(self, verb: str, *arguments: str) -> str:
        unattended = ("env", "DEBIAN_FRONTEND=noninteractive")
        done = self.run("unshare", "--net", *unattended, "apt-get", "--yes", verb, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


def _change(file: Path, pattern: str, replacement: str) -> None:
    text, changed = re.subn(pattern, replacement, file.read_text(), flags=re.MULTILINE)
    assert changed == 1, f"{pattern} in {file}"
    file.write_text(text)


def _run(
    *command: str | Path, umask: int = -1, environment: Mapping[str, str] | None = None
) -> None:
    done = subprocess.run(
        command,
        env={**os.environ, **(environment or {})},
        umask=umask,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
