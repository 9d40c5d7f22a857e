"""`scripts/release`: what it makes, twice the same, and what it refuses."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from smsherald import __version__
from support.building import IS_CLONE, cloned, git, unpacked
from support.kubernetes.rendering import OVERLAYS, render, rendered

pytestmark = pytest.mark.skipif(not IS_CLONE, reason="a release is made of a clone")


def dated(repository: Path) -> None:
    """Commit a changelog with a date for the version, as a maintainer does."""
    path = repository / "CHANGELOG.md"
    heading = re.compile(rf"^## {re.escape(__version__)}, .*$", re.MULTILINE)
    path.write_text(heading.sub(f"## {__version__}, 2026-12-01", path.read_text(), count=1))
    git(repository, "commit", "--quiet", "--all", "--allow-empty", "--message=Release")


def release(repository: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [repository / "scripts" / "release", *map(str, arguments)],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )


def summed(folder: Path) -> set[str]:
    """Return the names in SHA256SUMS, which must be true of all that is there."""
    sums = folder / "SHA256SUMS"
    check = ("sha256sum", "--check", "--strict", sums.name)
    subprocess.run(check, cwd=folder, check=True, capture_output=True)
    names = {line.split()[1] for line in sums.read_text().splitlines()}
    assert names == {path.name for path in folder.iterdir()} - {sums.name}
    return names


@pytest.mark.long
@pytest.mark.takes(30)
def test_under_its_tag_all_is_made_and_twice_the_same(tmp_path: Path) -> None:
    repository = cloned(tmp_path / "repository")
    # In place of the SBOM, which takes long, comes what differs each time.
    sbom = repository / "scripts" / "sbom"
    sbom.write_text("#!/bin/sh\nmktemp -u >$1\n")
    sbom.chmod(0o755)
    git(repository, "add", "--all")
    dated(repository)
    git(repository, "tag", f"v{__version__}")
    done = release(repository, "--twice", "--no-debs", tmp_path / "made")

    differ, again = f"smsherald-{__version__}.cdx.json", tmp_path / "made.again"
    assert done.returncode == 1
    assert f"error: Made twice, these differ: {differ}. The second are in {again}" in done.stderr
    assert "To try" not in done.stderr
    wheel = f"smsherald-{__version__}-py3-none-any.whl"
    assert (again / differ).read_bytes() != (tmp_path / "made" / differ).read_bytes()
    assert (again / wheel).read_bytes() == (tmp_path / "made" / wheel).read_bytes()
    assert summed(tmp_path / "made") == {
        differ,
        wheel,
        f"smsherald-{__version__}.tar.gz",
        f"smsherald-{__version__}-kubernetes.tar.gz",
    }
    tree = unpacked(
        tmp_path / "made" / f"smsherald-{__version__}-kubernetes.tar.gz", tmp_path / "k"
    )
    for name in OVERLAYS:
        overlay = tree / "kubernetes" / "overlays" / name
        assert render(overlay) == rendered(name, tmp_path / name)
    assert not git(repository, "status", "--porcelain")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with what is read before anything is made."""
    folder = tmp_path / "repository"
    return cloned(folder, "scripts", "CHANGELOG.md", "daemon/smsherald/__init__.py")


def tagged_as_another(repository: Path) -> None:
    dated(repository)
    git(repository, "tag", "v9.9.9")


def tagged_undated(repository: Path) -> None:
    (repository / "CHANGELOG.md").write_text(f"# Changelog\n\n{UNDATED}\n")
    git(repository, "commit", "--quiet", "--all", "--allow-empty", "--message=Undated")
    git(repository, "tag", f"v{__version__}")


def other_changelog(repository: Path) -> None:
    (repository / "CHANGELOG.md").write_text("# Changelog\n\n## 9.9.9, not released yet\n")
    git(repository, "commit", "--quiet", "--all", "--message=Other")


UNDATED = f"## {__version__}, not released yet"
REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a file that is not committed": (
        lambda it: (it / "new.py").touch(),
        "?? new.py\nerror: This is not committed. Commit it, or try with --dirty.\n",
    ),
    "a tag of another version": (
        tagged_as_another,
        f"error: The tag here is v9.9.9, but the version is {__version__}\n",
    ),
    "a tag, and no date in the changelog": (
        tagged_undated,
        f'error: v{__version__} is tagged, but CHANGELOG.md has no date for it: "{UNDATED}"\n',
    ),
    "a changelog of another version": (
        other_changelog,
        f"but daemon/smsherald/__init__.py says {__version__}\n",
    ),
    "no commit": (
        lambda it: shutil.rmtree(it / ".git"),
        "error: A release is made of a clone: git knows no commit here\n",
    ),
}


class TestRefused:
    """Before anything is made, with one sentence."""

    @pytest.mark.parametrize("what", REFUSED)
    def test_a_repository_that_is_no_release(self, what: str, repository: Path) -> None:
        spoil, said = REFUSED[what]
        spoil(repository)
        done = release(repository, "--no-debs", "made")

        assert done.returncode == 1
        assert done.stderr.endswith(said)
        assert not (repository / "made").exists()

    def test_a_folder_that_is_not_empty(self, repository: Path) -> None:
        (repository / "dist").mkdir()
        (repository / "dist" / "old.whl").touch()
        done = release(repository, "--no-debs")

        assert done.returncode == 1
        assert f"{repository}/dist is not empty" in done.stderr

    @pytest.mark.parametrize("arguments", [("--twcie",), ("one", "two")])
    def test_arguments_that_it_does_not_know(
        self, repository: Path, arguments: tuple[str, ...]
    ) -> None:
        done = release(repository, *arguments)

        assert done.returncode == 2
        assert "\nusage: scripts/release [--twice]" in done.stderr
