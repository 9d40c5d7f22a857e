"""The letters of patterns for dates and times, and what is wrong with a pattern.

UTS #35, part 4, Date Field Symbol Table; of its letters those that a text to a person may need.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

_WORDS = ("short", "medium", "long", "full")
_DAY = frozenset("GyqQMLwdEc")
_CLOCK = frozenset("abBhHKkmsS")
ZONE = frozenset("zZOvVxX")
"""What needs to know when, and where."""
_MOST = {
    **dict.fromkeys("wdhHKkms", 2),
    **dict.fromkeys("yzVO", 4),
    **dict.fromkeys("GQqMLcabBvZxX", 5),
    **dict.fromkeys("ES", 6),
}
_ONLY = {"c": (1, 3, 4, 5), "v": (1, 4), "O": (4,)}
_LONGEST = 100
_QUOTED = re.compile(r"''|'(?:[^']|'')*'")
_TOKEN = re.compile(r"''|'(?:[^']|'')*'|([A-Za-z])\1*")

_INSTEAD = {
    "Y": "is the year that a week belongs to, which differs around New Year: write `yyyy`",
    "D": "is the day of the year: the day of the month is `d`",
    "d": "is none: the day of the month is `d` or `dd`, the weekday `EEE` or `EEEE`",
    "A": "is none: whether it is before or after noon is `a`",
    "n": "is none: minutes are `mm`",
    "e": "is none: the weekday is `EEE` or `EEEE`",
    "u": "is none: the year is `yyyy`",
    "O": "is none: the zone is `z` or `OOOO`",
}


class Kind(StrEnum):
    """What is written; the filter's name."""

    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"

    @property
    def letters(self) -> frozenset[str]:
        """The letters that its patterns may have."""
        day = _DAY if self is not Kind.TIME else frozenset()
        clock = _CLOCK if self is not Kind.DATE else frozenset()
        zone = ZONE if self is not Kind.DATE else frozenset()
        return day | clock | zone


def letters(pattern: str) -> Iterator[str]:
    """Yield what stands for something in a pattern: each letter as often as it stands in a row."""
    for match in _TOKEN.finditer(pattern):
        if match[1]:
            yield match[0]


def check_pattern(kind: Kind, pattern: str) -> None:
    """Raise ValueError, with a sentence, for what is no pattern of this kind."""
    if len(pattern) > _LONGEST:
        raise ValueError(f"a pattern has at most {_LONGEST} characters")
    if pattern.isalpha():
        from difflib import get_close_matches  # noqa: PLC0415

        if near := get_close_matches(pattern.lower(), _WORDS, 1):
            raise ValueError(f"there is no form `{pattern}`; did you mean `{near[0]}`?")
    if "%" in pattern:
        raise ValueError("a pattern is CLDR's and has no `%`: `dd.MM.yyyy`, `HH:mm`")
    if "'" in _QUOTED.sub("", pattern):
        raise ValueError("a quote in the pattern does not end; one that is printed is `''`")
    used = list(letters(pattern))
    if not used:
        raise ValueError(
            "nothing in the pattern stands for a date or a time: `dd.MM.yyyy`, `HH:mm`"
        )
    for field in used:
        _check_field(kind, field)
    if {"h", "K"} & {field[0] for field in used} and not {"a", "b", "B"} & {f[0] for f in used}:
        raise ValueError(
            "`h` counts to twelve and says not which half of the day: `HH`, or add `a`"
        )


def _check_field(kind: Kind, field: str) -> None:
    letter = field[0]
    if letter not in _DAY | _CLOCK | ZONE or not _is_long_enough(letter, len(field)):
        if letter in _INSTEAD:
            raise ValueError(f"`{field}` {_INSTEAD[letter]}")
        if letter in _MOST:
            raise ValueError(f"`{field}` is none: `{letter}` does not stand {len(field)} times")
        raise ValueError(f"`{field}` stands for nothing: text has quotes around it, as `'{field}'`")
    if letter in kind.letters:
        return
    if letter == "m":
        raise ValueError(f"`{field}` is minutes, which a date has not: the month is `MM`")
    if letter == "M":
        raise ValueError(f"`{field}` is the month, which a time has not: minutes are `mm`")
    raise ValueError(f"`{field}` is not of a {kind}: the filter `datetime` has both")


def _is_long_enough(letter: str, count: int) -> bool:
    return count in _ONLY[letter] if letter in _ONLY else count <= _MOST[letter]
