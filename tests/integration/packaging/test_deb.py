"""The Debian package: what it is made of, and what comes out."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email import message_from_string
from email.message import Message
from pathlib import Path, PurePosixPath

import pytest

from smsherald import __version__
from smsherald.cli import main
from smsherald.errors import ConfigurationError
from smsherald.settings.load import load
from support.daemon import REPOSITORY
from support.needs import lacks, program
from support.package import made, of_this_run

SOURCES = REPOSITORY / "packaging" / "debian"
SCRIPTS = ("preinst", "postinst", "prerm", "postrm")
FOLDERS = {
    *("/etc/smsherald", "/opt/smsherald", "/usr/bin", "/usr/lib/systemd/system"),
    *("/usr/lib/sysusers.d", "/usr/lib/tmpfiles.d", "/usr/share/bash-completion/completions"),
    *("/usr/share/doc/smsherald", "/usr/share/fish/vendor_completions.d"),
    *("/usr/share/lintian/overrides", "/usr/share/man/man1", "/usr/share/zsh/vendor-completions"),
}
SECRETS = "/etc/smsherald/environment"
"""The one file that root alone may read."""


@dataclass(frozen=True)
class Entry:
    """A file, folder or link of a package."""

    mode: str
    owner: str


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize(
    "checker", [["sh", "-n"], ["bash", "-n"], ["shellcheck", "-x"]], ids=lambda each: each[0]
)
def test_what_dpkg_runs_is_a_script(checker: list[str], name: str) -> None:
    if shutil.which(checker[0]) is None:
        pytest.skip(f"{checker[0]} is not installed")
    done = subprocess.run([*checker, SOURCES / name], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert os.access(SOURCES / name, os.X_OK)


class TestEnvironment:
    """The file that an operator fills in first."""

    TEXT = (SOURCES / "environment").read_text()

    def values(self) -> dict[str, str]:
        """Return what it gives as examples."""
        return dict(re.findall(r"^#(\w+)=(.+)$", self.TEXT, re.MULTILINE))

    def test_as_it_comes_it_sets_nothing(self) -> None:
        assert [line for line in self.TEXT.splitlines() if line and not line.startswith("#")] == []

    def test_what_the_settings_miss_without_it_is_there_to_be_filled_in(self) -> None:
        with pytest.raises(ConfigurationError) as refused:
            load(REPOSITORY / "config" / "smsherald.yaml", {})
        missing = set(re.findall(r"the environment variable (\w+) is not set", str(refused.value)))

        assert missing
        assert missing < self.values().keys()

    def test_filled_in_the_daemon_can_start_with_it(self) -> None:
        assert load(REPOSITORY / "config" / "smsherald.yaml", self.values()).flows


def test_who_is_not_asked_keeps_the_ledger() -> None:
    question = message_from_string((SOURCES / "templates").read_text())

    assert (question["Template"], question["Type"]) == ("smsherald/purge-ledger", "boolean")
    assert question["Default"] == "false"
    assert question["Template"] in (SOURCES / "postrm").read_text()


def manual(source_date: str) -> list[str]:
    """Return the lines of the manual page."""
    done = subprocess.run(
        [sys.executable, SOURCES / "manpage.py"],
        env={"SOURCE_DATE_EPOCH": source_date, "LANG": "de_DE.UTF-8", "COLUMNS": "40"},
        capture_output=True,
        encoding="ascii",
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


class TestManualPage:
    """smsherald(1) is what the commands say of themselves."""

    def test_it_has_every_command_with_its_options(self) -> None:
        lines = manual("1790000000")
        headings = [line for line in lines if line.startswith(".SS ")]

        assert lines[0] == f'.TH SMSHERALD 1 "2026-09-21" "smsherald {__version__}" "User Commands"'
        assert sum(line.startswith(".SS parked") for line in headings) == 5
        for name in (each.name for each in main.app.registered_commands):
            assert any(re.match(rf"\.SS {name} ", line) for line in headings), name
        assert r"\fB\-\-dry\-run\fR" in lines

    def test_a_reader_of_manuals_finds_nothing_wrong_with_it(self, tmp_path: Path) -> None:
        if shutil.which("man") is None or shutil.which("groff") is None:
            pytest.skip("man is not installed")
        (tmp_path / "smsherald.1").write_text("\n".join(manual("0")) + "\n")
        done = subprocess.run(
            ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", tmp_path / "smsherald.1"],
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "MANWIDTH": "80"},
            capture_output=True,
            text=True,
            check=False,
        )

        assert (done.returncode, done.stderr) == (0, "")
        assert "${file:…}" in done.stdout


@pytest.mark.parametrize("folder", ["", "none"])
def test_a_folder_must_be_there(folder: str, tmp_path: Path) -> None:
    arguments = [tmp_path / folder] if folder else []
    done = subprocess.run(
        [REPOSITORY / "scripts" / "deb", *arguments], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: scripts/deb DIR")


@pytest.mark.long
@pytest.mark.takes(120)
def test_the_package(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can look at it where it will be")
    program("dpkg-deb", "dpkg")
    if subprocess.run(["/usr/bin/python3", "-c", "import ensurepip, venv"], check=False).returncode:
        lacks("/usr/bin/python3 makes no environments: apt-get install python3-venv")

    # Side by side, by two people who have little in common, and a checkout each.
    (another := tmp_path / "another's").mkdir()
    with ThreadPoolExecutor() as pool:
        first = pool.submit(of_this_run, tmp_path_factory)
        theirs = {"LANG": "de_DE.UTF-8", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"}
        second = pool.submit(made, another, 0o077, **theirs)
    package, again = first.result(), second.result()
    assert package.name == again.name
    assert package.read_bytes() == again.read_bytes()

    root, control = tmp_path / "root", tmp_path / "control"
    subprocess.run(["dpkg-deb", "--extract", package, root], check=True)
    subprocess.run(["dpkg-deb", "--control", package, control], check=True)
    it_is_of_this_version_and_of_this_python(package, fields(control))
    it_has_what_it_should_and_nothing_elsewhere(root, contents(package))
    what_an_operator_may_change_is_kept(root, control)
    it_runs_where_it_will_be(root)


def fields(control: Path) -> Message:
    return message_from_string((control / "control").read_text())


def contents(package: Path) -> dict[str, Entry]:
    """Return all that is in it, by its path."""
    listed = subprocess.run(
        ["dpkg-deb", "--contents", package], capture_output=True, text=True, check=True
    ).stdout
    found = {}
    for line in listed.splitlines():
        mode, owner, _, _, _, path = line.split(maxsplit=5)
        found[path.partition(" -> ")[0].removeprefix(".").rstrip("/")] = Entry(mode, owner)
    return found


def it_is_of_this_version_and_of_this_python(package: Path, control: Message) -> None:
    python = subprocess.run(
        ["/usr/bin/python3", "-c", "import sys; print(sys.version_info.minor)"],
        capture_output=True,
        text=True,
        check=True,
    )
    minor = int(python.stdout)
    assert control["Version"].partition("+")[0] == __version__
    assert package.name == f"smsherald_{control['Version']}_{control['Architecture']}.deb"
    depends = control["Depends"].split(", ")
    assert {f"python3 (>= 3.{minor})", f"python3 (<< 3.{minor + 1})"} < set(depends)
    assert any(each.startswith("libc6 (>= ") for each in depends)


def it_has_what_it_should_and_nothing_elsewhere(root: Path, entries: dict[str, Entry]) -> None:
    above = {str(each) for folder in FOLDERS for each in PurePosixPath(folder).parents}
    assert [path for path in entries if path and not path.startswith(tuple(FOLDERS | above))] == []
    assert {entry.owner for entry in entries.values()} == {"root/root"}
    closed = [path for path, entry in entries.items() if entry.mode[7] != "r"]
    assert closed == [SECRETS]
    assert [
        p for p, e in entries.items() if "w" in (e.mode[5], e.mode[8]) and e.mode[0] != "l"
    ] == []
    links = {path for path, entry in entries.items() if entry.mode[0] == "l"}
    assert links == {"/opt/smsherald/lib64"} | {
        path for path in entries if path.startswith("/opt/smsherald/bin/python")
    }
    commands = {path.name for path in (root / "opt/smsherald/bin").iterdir()}
    assert {name for name in commands if not name.startswith("python")} == {"smsherald"}
    page = gzip.decompress((root / "usr/share/man/man1/smsherald.1.gz").read_bytes()).decode()
    assert page.splitlines() == manual(source_date="1790000000")
    documentation = root / "usr/share/doc/smsherald"
    assert {page.name for page in (REPOSITORY / "docs").glob("*.md")} == {
        page.name for page in (documentation / "docs").glob("*.md")
    }


def what_an_operator_may_change_is_kept(root: Path, control: Path) -> None:
    files = sorted(f"/{path.relative_to(root)}" for path in root.glob("etc/**/*") if path.is_file())
    assert (control / "conffiles").read_text().splitlines() == files
    assert set(files) == {
        SECRETS,
        "/etc/smsherald/smsherald.yaml",
        # For `smsherald send`: any other would text for events of which nobody has thought yet.
        "/etc/smsherald/flows/sms.yaml",
    }


def it_runs_where_it_will_be(root: Path) -> None:
    """Whoever runs it writes nothing there, and a shell completes its words."""
    opt = root / "opt"
    before = {path: path.stat().st_mtime_ns for path in opt.rglob("*")}

    def run(command: str) -> str:
        done = subprocess.run(
            [
                "unshare",
                "--mount",
                "bash",
                "-c",
                f'mount --bind "$1/opt" /opt; {command}',
                "-",
                root,
            ],
            env={"PATH": f"{root}/usr/bin:{os.defpath}", "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert run("/opt/smsherald/bin/smsherald --version") == f"smsherald {__version__}\n"
    checked = run('/opt/smsherald/bin/smsherald check --flows --config "$1/etc/smsherald"')
    assert checked.startswith(f"{root}/etc/smsherald/smsherald.yaml: the flows are good")
    completed = (
        '. "$1/usr/share/bash-completion/completions/smsherald"; COMP_WORDS=(smsherald led);'
        ' COMP_CWORD=1; _smsherald_completion smsherald; echo "${COMPREPLY[*]}"'
    )
    assert run(completed) == "ledger\n"
    assert {path: path.stat().st_mtime_ns for path in opt.rglob("*")} == before
