"""What the repository's files promise whoever clones them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from importlib.metadata import distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).parents[2]
PINNED = (
    "requirements",
    "requirements-build",
    "requirements-dev",
    "requirements-release",
    "bench/requirements-bench",
)

# Where packages come from is the machine's affair. A bracket in each word keeps this file itself
# from being found.
REGISTRIES = re.compile(r"pyp[i]\.org|python[h]osted|npm[j]s\.|deb[.]debian|crates[.]io")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HOMES = re.compile(r"(?<![\w.}-])/(?:home/\w|Users/\w|root[/]|work[/])")


def tracked_texts() -> list[tuple[str, str]]:
    """Return the files that git knows and that are still there, as text."""
    if not (REPOSITORY / ".git").exists():
        pytest.skip("no clone: an sdist has no list of what git knows")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, check=True, capture_output=True
    )
    paths = filter(None, listed.stdout.decode().split("\0"))
    return [
        (path, (REPOSITORY / path).read_text(errors="replace"))
        for path in paths
        if (REPOSITORY / path).is_file()
    ]


def found(pattern: re.Pattern[str]) -> list[str]:
    """Say where the pattern is found, and what it matched."""
    return [
        f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for path, text in tracked_texts()
        for match in pattern.finditer(text)
    ]


def entries(name: str) -> list[Requirement]:
    """Return what a `.in` file asks for."""
    lines = (REPOSITORY / f"{name}.in").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def pins(name: str) -> dict[str, str]:
    """Return the versions of a `.txt` file; one without a hash is missing."""
    text = (REPOSITORY / f"{name}.txt").read_text()
    pinned = re.finditer(
        r"^([\w.-]+)(?:\[\S+\])?==(\S+)(?: ;.*?)? \\\n    --hash=sha256:", text, re.MULTILINE
    )
    return {canonicalize_name(pin[1]): pin[2] for pin in pinned}


def test_every_file_of_the_package_can_be_read_in_one_go() -> None:
    lines = {
        path: text.count("\n")
        for path, text in tracked_texts()
        if path.startswith("daemon/") and not path.endswith(".json")
    }

    assert {path: count for path, count in lines.items() if count > 300} == {}
    assert lines["daemon/smsherald/pipeline.py"] <= 150


def test_no_folder_of_the_package_is_a_heap() -> None:
    modules = Counter(
        str(Path(path).parent)
        for path, _ in tracked_texts()
        if path.startswith("daemon/") and path.endswith(".py") and Path(path).stem != "__init__"
    )

    assert {folder: count for folder, count in modules.items() if count > 15} == {}


def test_no_file_names_a_package_registry() -> None:
    assert found(REGISTRIES) == []


def test_no_file_names_somebodys_home() -> None:
    assert found(HOMES) == []


def test_every_relative_link_leads_to_a_file_that_git_knows() -> None:
    texts = dict(tracked_texts())
    links = [
        (path, target, os.path.normpath(Path(path).parent / target.split("#")[0]))
        for path, text in texts.items()
        if path.endswith(".md")
        for target in LINK.findall(text)
        if "://" not in target and not target.startswith("#")
    ]

    assert links
    assert [link for link in links if link[2] not in texts] == []


def test_every_link_to_a_heading_leads_to_one() -> None:
    texts = {path: text for path, text in tracked_texts() if path.endswith(".md")}
    headings = {
        path: {
            re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        }
        for path, text in texts.items()
    }
    links = [
        (path, target, target.partition("#"))
        for path, text in texts.items()
        for target in LINK.findall(text)
        if "://" not in target and "#" in target
    ]

    assert links
    assert [
        (path, target)
        for path, target, (file, _, heading) in links
        if heading not in headings[os.path.normpath(Path(path).parent / file) if file else path]
    ] == []


@pytest.mark.parametrize("name", PINNED)
def test_every_requirement_is_pinned_with_a_hash(name: str) -> None:
    assert [
        str(entry) for entry in entries(name) if canonicalize_name(entry.name) not in pins(name)
    ] == []


@pytest.mark.parametrize("name", PINNED)
def test_pins_bring_no_options_of_the_machine_that_made_them(name: str) -> None:
    lines = (REPOSITORY / f"{name}.txt").read_text().splitlines()

    assert [line for line in lines if line.startswith("-") or "://" in line] == []


def test_what_is_wanted_with_an_extra_is_pinned_with_it() -> None:
    # Else pip takes the newest that there is, finds no hash of it, and gives up.
    pinned = "".join((REPOSITORY / f"{name}.txt").read_text() for name in PINNED)
    wanted = [
        requirement
        for distribution in distributions()
        for requirement in map(Requirement, distribution.requires or ())
        if requirement.extras
        and (not requirement.marker or requirement.marker.evaluate({"extra": ""}))
    ]

    assert wanted
    assert [
        str(requirement)
        for requirement in wanted
        if f"{requirement.name}[{','.join(sorted(requirement.extras))}]==" not in pinned
    ] == []


def test_the_package_asks_for_what_is_pinned() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    wanted = [Requirement(text) for text in project["dependencies"]]
    pinned = pins("requirements")

    assert {canonicalize_name(entry.name) for entry in wanted} == {
        canonicalize_name(entry.name) for entry in entries("requirements")
    }
    assert [str(r) for r in wanted if pinned[canonicalize_name(r.name)] not in r.specifier] == []


def test_what_runs_before_a_commit_are_the_linters_of_the_tests() -> None:
    script = (REPOSITORY / "scripts" / "test").read_text()
    (local,) = yaml.safe_load((REPOSITORY / ".pre-commit-config.yaml").read_text())["repos"]

    assert local["repo"] == "local"
    assert [hook["entry"] for hook in local["hooks"]] == [
        f".venv/bin/{linter}"
        for linter in re.findall(r"^ *run (?!pytest)(.*)", script, re.MULTILINE)
    ]
    assert {(hook["language"], hook["pass_filenames"]) for hook in local["hooks"]} == {
        ("system", False)
    }


@pytest.mark.parametrize("defect", ["moved_since", "overlooked_pauses"])
def test_a_daemon_with_a_defect_finds_in_the_code_what_it_spoils(defect: str) -> None:
    program = REPOSITORY / "bench" / "ordeal" / f"{defect}.py"

    # Else the benchmark would fail for another reason than the defect.
    subprocess.run([sys.executable, "-P", program, "--help"], check=True, capture_output=True)
