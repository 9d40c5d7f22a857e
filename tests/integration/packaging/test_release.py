"""`scripts/release`: what it makes, twice the same, and what it refuses."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.metadata import Metadata

from smsherald import __version__
from support.kubernetes.rendering import OVERLAYS, render, rendered

REPOSITORY = Path(__file__).parents[3]
ANN = ("-c", "user.name=Ann", "-c", "user.email=ann@shop.example", "-c", "commit.gpgSign=false")

pytestmark = pytest.mark.skipif(
    not (REPOSITORY / ".git").exists(), reason="a release is made of a clone"
)


def git(folder: Path, *arguments: str) -> str:
    command = ("git", *ANN, *arguments)
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def cloned(folder: Path, *paths: str) -> Path:
    """Return a new repository in which the files as they lie here are committed."""
    for name in git(REPOSITORY, "ls-files", "-zco", "--exclude-standard", *paths).split("\0"):
        if name and (REPOSITORY / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=All")
    return folder


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


def build(tree: Path, folder: Path, epoch: str) -> Path:
    """Return the wheel that hatchling makes of a tree."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=tree,
        env={**os.environ, "SOURCE_DATE_EPOCH": epoch},
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


@dataclass(frozen=True)
class Released:
    """What `scripts/release` has made of a repository."""

    repository: Path
    folder: Path
    said: str

    @property
    def wheel(self) -> Path:
        return self.folder / f"smsherald-{__version__}-py3-none-any.whl"

    @property
    def sdist(self) -> Path:
        return self.folder / f"smsherald-{__version__}.tar.gz"

    def unpacked(self, name: str, folder: Path) -> Path:
        """Return the one folder that an archive has."""
        folder.mkdir()
        subprocess.run(["tar", "-xzf", self.folder / name, "-C", folder], check=True)
        (only,) = folder.iterdir()
        return only


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Released:
    """Make all but the .debs, twice, of a repository with the version's tag.

    In place of the SBOM, which takes long, comes a file that differs each time.
    """
    repository = cloned(tmp_path_factory.mktemp("repository"))
    sbom = repository / "scripts" / "sbom"
    sbom.write_text("#!/bin/sh\nmktemp -u >$1\n")
    sbom.chmod(0o755)
    git(repository, "add", "--all")
    dated(repository)
    git(repository, "tag", f"v{__version__}")
    folder = tmp_path_factory.mktemp("release")
    done = release(repository, "--twice", "--no-debs", folder)
    assert done.returncode == 1, done.stderr
    return Released(repository, folder, done.stderr)


@pytest.mark.long
@pytest.mark.takes(20)
class TestMade:
    """Each artefact is whole, and the same whoever makes it."""

    def test_of_what_is_made_twice_each_byte_is_compared(self, released: Released) -> None:
        sbom = f"smsherald-{__version__}.cdx.json"
        again = released.folder.with_name(f"{released.folder.name}.again")

        assert f"error: Made twice, these differ: {sbom}. The second are in" in released.said
        assert (again / sbom).read_bytes() != (released.folder / sbom).read_bytes()
        assert (again / released.wheel.name).read_bytes() == released.wheel.read_bytes()

    def test_under_the_tag_it_is_a_release(self, released: Released) -> None:
        assert "To try" not in released.said
        assert not git(released.repository, "status", "--porcelain")

    def test_the_sums_are_of_all_there_is(self, released: Released) -> None:
        sums = (released.folder / "SHA256SUMS").read_text()
        subprocess.run(
            ["sha256sum", "--check", "--strict", "SHA256SUMS"],
            cwd=released.folder,
            check=True,
            capture_output=True,
        )

        assert [line.split()[1] for line in sums.splitlines()] == sorted(
            path.name for path in released.folder.iterdir() if path.name != "SHA256SUMS"
        )

    def test_the_sdist_is_the_repository(self, released: Released, tmp_path: Path) -> None:
        tree = released.unpacked(released.sdist.name, tmp_path / "sdist")
        found = {path for path in tree.rglob("*") if path.is_file()}
        known = git(released.repository, "ls-files", "-z").rstrip("\0").split("\0")

        assert {path.relative_to(tree).as_posix() for path in found} == {*known, "PKG-INFO"}
        assert [
            name
            for name in known
            if (tree / name).read_bytes() != (released.repository / name).read_bytes()
            or os.access(tree / name, os.X_OK) != os.access(released.repository / name, os.X_OK)
        ] == []

    def test_the_sdist_the_clone_and_the_release_make_the_same_wheel(
        self, released: Released, tmp_path: Path
    ) -> None:
        epoch = git(released.repository, "log", "-1", "--format=%ct").strip()
        tree = released.unpacked(released.sdist.name, tmp_path / "sdist")
        wheels = [
            build(source, tmp_path / name, epoch)
            for name, source in (("a", tree), ("b", released.repository))
        ]

        assert {wheel.name for wheel in wheels} == {released.wheel.name}
        assert {wheel.read_bytes() for wheel in wheels} == {released.wheel.read_bytes()}

    def test_an_index_would_take_what_it_says_of_itself(
        self, released: Released, tmp_path: Path
    ) -> None:
        tree = released.unpacked(released.sdist.name, tmp_path / "sdist")
        said = Metadata.from_email((tree / "PKG-INFO").read_bytes(), validate=True)

        assert str(said.version) == __version__
        assert said.license_expression == "MIT"
        assert said.description_content_type == "text/markdown"
        assert said.description == (REPOSITORY / "README.md").read_text()

    @pytest.mark.parametrize("name", OVERLAYS)
    def test_a_cluster_is_told_the_same_of_the_archive(
        self, name: str, released: Released, tmp_path: Path
    ) -> None:
        archive = f"smsherald-{__version__}-kubernetes.tar.gz"
        tree = released.unpacked(archive, tmp_path / "archive")

        assert render(tree / "kubernetes" / "overlays" / name) == rendered(name, tmp_path)


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
