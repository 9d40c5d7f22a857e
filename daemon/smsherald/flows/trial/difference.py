"""Shows where two texts differ: also by what nobody sees, and by what only looks the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from difflib import SequenceMatcher

_WIDTH = 72
_INDENT = " " * 4
_TOKEN = re.compile(r"\w+|.", re.DOTALL)
_MOST_NAMES = 6
_SHOWN = {"\t": "\\t", "\r": "\\r", "\v": "\\v", "\f": "\\f"}

_Spans: TypeAlias = list[tuple[int, int]]


class _Row(NamedTuple):
    sign: str
    line: str
    differ: _Spans = []  # noqa: RUF012 - nobody changes it.
    """Where it differs from its other half, from and to; none where all of it does."""


def of_values(expected: object, made: object) -> str:
    """Show two short values in a line."""
    shown = "nothing" if made is None else repr(made)
    message = f"expected {expected!r}, made {shown}"
    if isinstance(expected, str) and isinstance(made, str):
        message += "".join(f" ({note})" for note in _notes([(expected, made)]))
    return message


def of_texts(expected: str, made: str) -> str:
    """Show two texts line by line below a sentence; `^` marks what differs within a line."""
    rows: list[_Row] = []
    pairs: list[tuple[str, str]] = []
    old, new = expected.split("\n"), made.split("\n")
    for tag, i1, i2, j1, j2 in _matcher(old, new).get_opcodes():
        if tag == "equal":
            rows += [_Row(" ", line) for line in old[i1:i2]]
            continue
        both = min(i2 - i1, j2 - j1)
        for left, right in zip(old[i1 : i1 + both], new[j1 : j1 + both], strict=True):
            found = list(_replaced(left, right))
            pairs += [(left[a:b], right[c:d]) for (a, b), (c, d) in found]
            rows.append(_Row("-", left, [_within(left, right, *each)[0] for each in found]))
            rows.append(_Row("+", right, [_within(left, right, *each)[1] for each in found]))
        rows += [_Row("-", line) for line in old[i1 + both : i2]]
        rows += [_Row("+", line) for line in new[j1 + both : j2]]
    lines = [line for row in rows for line in _drawn(row)] + list(_notes(pairs))
    return "\n".join(["expected (-) and made (+) differ:", *(_INDENT + line for line in lines)])


def _matcher(old: Sequence[str], new: Sequence[str]) -> SequenceMatcher[str]:
    # Only who has a difference waits for the library.
    from difflib import SequenceMatcher  # noqa: PLC0415

    return SequenceMatcher(None, old, new, autojunk=False)


def _replaced(left: str, right: str) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield what differs, whole words of it: where it stands in both lines."""
    old, new = _TOKEN.findall(left), _TOKEN.findall(right)
    for tag, i1, i2, j1, j2 in _matcher(old, new).get_opcodes():
        if tag != "equal":
            yield _columns(old, i1, i2), _columns(new, j1, j2)


def _columns(tokens: Sequence[str], first: int, last: int) -> tuple[int, int]:
    start = len("".join(tokens[:first]))
    return start, start + len("".join(tokens[first:last]))


def _within(
    left: str, right: str, old: tuple[int, int], new: tuple[int, int]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Leave out what both begin and end with."""
    (a, b), (c, d) = old, new
    while a < b and c < d and left[a] == right[c]:
        a, c = a + 1, c + 1
    while a < b and c < d and left[b - 1] == right[d - 1]:
        b, d = b - 1, d - 1
    return (a, b), (c, d)


def _drawn(row: _Row) -> Iterator[str]:
    """Yield a line as far as it fits, and below it where it differs."""
    cells = list(_cells(row))
    # Where all of a line differs, there is nothing to point at.
    points = any(marked for _, marked in cells) and not all(marked for _, marked in cells)
    start, lead = 0, f"{row.sign} "
    while True:
        end = _end(cells, start)
        piece = cells[start:end]
        yield (lead + "".join(shown for shown, _ in piece)).rstrip()
        marks = "".join(("^" if marked else " ") * _width(shown) for shown, marked in piece)
        if points and marks.strip():
            yield f"  {marks}".rstrip()
        if end == len(cells):
            return
        start, lead = end, f"{row.sign}…"


def _cells(row: _Row) -> Iterator[tuple[str, bool]]:
    """Yield each character as it is shown, and whether it differs."""
    if not row.line and row.sign != " ":
        yield "(an empty line)", False
    line = row.line
    differ: set[int] = set()
    bare = set(range(len(line.rstrip()), len(line)))
    for first, last in row.differ:
        differ |= set(range(first, last))
        if line[first:last].isspace():
            bare |= set(range(first, last))
    for at, character in enumerate(line):
        yield ("·" if character == " " and at in bare else _visible(character)), at in differ


def _end(cells: Sequence[tuple[str, bool]], start: int) -> int:
    """Return where a line is broken: at a space, if there is one."""
    width = 0
    for at in range(start, len(cells)):
        width += _width(cells[at][0])
        if width > _WIDTH:
            spaces = [i for i in range(start + 1, at) if cells[i][0] in " ·"]
            return spaces[-1] + 1 if spaces else max(at, start + 1)
    return len(cells)


def _visible(character: str) -> str:
    if character in _SHOWN:
        return _SHOWN[character]
    if character.isprintable() and unicodedata.category(character) not in ("Mn", "Cf"):
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - the BMP.


def _width(shown: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in shown)


def _notes(pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Name the characters that one cannot tell from others by looking at them."""
    old: dict[str, None] = {}
    new: dict[str, None] = {}
    for left, right in pairs:
        alike = _same_but_for_form(left, right)
        for character in (*left, *right):
            told = character != " " and (alike or _is_odd(character))
            if told and (character in left) != (character in right):
                (old if character in left else new)[character] = None
    for sign, characters in (("-", old), ("+", new)):
        if characters:
            named = ", ".join(map(_named, list(characters)[:_MOST_NAMES]))
            yield f"{sign} has {named}"


def _same_but_for_form(left: str, right: str) -> bool:
    """Say whether two texts look alike: composed another way, or of letters of another script."""
    if unicodedata.normalize("NFKC", left) == unicodedata.normalize("NFKC", right):
        return True
    if len(left) != len(right):
        return False
    others = [(a, b) for a, b in zip(left, right, strict=True) if a != b]
    return all(a.isalpha() and b.isalpha() and _script(a) != _script(b) for a, b in others)


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _is_odd(character: str) -> bool:
    """Say whether it is a sign or a space outside of ASCII, and no picture."""
    return not character.isascii() and unicodedata.category(character)[0] in "PZCM"


def _named(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, 'without a name')}"
