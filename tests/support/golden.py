"""The broken configurations of `tests/unit/settings/golden`, and what is said of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "unit" / "settings" / "golden"
ACCOUNT = " (and an account)"
_PART = re.compile(r"^-- (.*)\n", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """One of them."""

    name: str
    parts: tuple[tuple[str, str], ...]
    """What each file holds, and the environment; `says` at the end."""

    @property
    def says(self) -> str:
        return self.parts[-1][1]


def read(file: Path) -> tuple[str, list[Case]]:
    """Return what stands before the first case, and the cases."""
    head, *texts = re.split(r"^== ", file.read_text(), flags=re.MULTILINE)
    cases = []
    for text in texts:
        name, _, rest = text.partition("\n")
        _, *pieces = _PART.split(rest)
        parts = tuple(zip(pieces[::2], (piece.rstrip("\n") for piece in pieces[1::2]), strict=True))
        assert parts[-1][0] == "says", name
        cases.append(Case(name, parts))
    return head, cases


CASES = {
    f"{file.stem}: {case.name}": case
    for file in sorted(FOLDER.glob("*.txt"))
    for case in read(file)[1]
}
