"""Broken configurations, and all that is said of each: files to be read by a person.

A case is a configuration in its files; `says` is what `smsherald check` finds. Where a case has no
settings or no flow, those are good; `(and an account)` adds what every settings file needs.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from smsherald.errors import ConfigurationError
from smsherald.settings.flows.check import check
from smsherald.settings.load import load
from support.configuration import FLOW, SETTINGS
from support.golden import ACCOUNT, CASES, FOLDER, Case, read

WRITE = "SMSHERALD_WRITE_TRANSCRIPT"
GOOD = SETTINGS + "      senders: [Shop]\n"
SENTENCE = re.compile(
    r"(?:warning: )?(?:[\w/. :-]+:[1-9]\d*:[1-9]\d*|environment:\w+): \S.*|"
    r"    (?:[-+ ]|did you mean ).*"
)
"""Or a line of two texts that differ, or what is said behind them."""
# What PyYAML, jinja2, marshmallow and Python say.
FOREIGN = re.compile(
    r"did not find|could not find|found |not allowed in this context|simple key|"
    r"[Uu]nexpected|[Ee]xpected (?:token|an expression)|Encountered|[Jj]inja|print statement|"
    r"Not a valid|Missing data|Unknown field|Field may|Invalid |Traceback|Errno|codec"
)


def found(case: Case, folder: Path) -> str:
    """Return what is said of a case; its files are written to the folder first."""
    files = dict(case.parts[:-1])
    environment = dict(
        line.split("=", 1) for line in files.pop("environment", "").splitlines() if line
    )
    if not any(name.startswith("smsherald.yaml") for name in files):
        files["smsherald.yaml"] = GOOD
    if not any(name.startswith("flows") for name in files):
        files["flows/good.yaml"] = (
            f"{FLOW}tests: [{{event: {{}}, expect: {{parked: missing_value}}}}]"
        )
    for name, text in files.items():
        path = folder / name.removesuffix(ACCOUNT)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n{SETTINGS if name.endswith(ACCOUNT) else ''}")
    try:
        loaded = load(Path("smsherald.yaml"), environment)
    except ConfigurationError as error:
        return "\n".join(map(str, error.problems))
    warnings = [f"warning: {warning}" for warning in loaded.warnings]
    return "\n".join([*warnings, *map(str, check(loaded))])


each_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


@pytest.mark.skipif(bool(os.environ.get(WRITE)), reason="they are written")
@each_case
def test_what_is_said_of_each_is_what_the_file_says(case: Case, here: Path) -> None:
    assert found(case, here) == case.says, f"if that is better, {WRITE}=1 writes it"


@each_case
def test_each_line_has_its_place_and_is_in_our_words(case: Case) -> None:
    lines = case.says.splitlines()

    assert lines
    assert [line for line in lines if not SENTENCE.fullmatch(line)] == []
    assert [line for line in lines if FOREIGN.search(line)] == []


def test_they_are_many_and_each_has_a_name_of_its_own() -> None:
    names = [case.name for file in FOLDER.glob("*.txt") for case in read(file)[1]]

    assert len(names) >= 120
    assert len(set(names)) == len(names)


@pytest.mark.skipif(not os.environ.get(WRITE), reason=f"{WRITE}=1 writes the files anew")
def test_write(here: Path) -> None:
    for file in FOLDER.glob("*.txt"):
        head, several = read(file)
        pieces = [head.rstrip("\n") + "\n"]
        for number, case in enumerate(several):
            folder = here / file.stem / str(number)
            folder.mkdir(parents=True)
            os.chdir(folder)
            files = "".join(f"-- {name}\n{text}\n" for name, text in case.parts[:-1])
            pieces.append(f"\n== {case.name}\n{files}-- says\n{found(case, folder)}\n")
        file.write_text("".join(pieces))
