"""Where a character of a text stands in the file: a text's lines are seldom the file's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smsherald.settings.yaml.places import Document, Path, Place

_ANCHOR = re.compile(r"&\S+\s+")
_PAIRS = {"'": {"''": "'"}, '"': {'\\"': '"', "\\\\": "\\"}}
"""What is written as two characters, by the quotes that stand around it."""


def within(document: Document, path: Path, line: int, column: int) -> Place:
    """Return the place of a character of the text at a path; both count from 1 within the text.

    The file is read beside the text, white space aside: YAML folds and indents that. Where a
    character is written by its number or the like, the text's beginning is as near
    as one gets.
    """
    mark = document.marks.get(path)
    if mark is None or mark.value.file != document.file:
        return document.at(path)
    text = _text(document, path)
    wanted = [each for each in _before(text, line, column) if not each.isspace()]
    written = _characters(document, mark.value)
    for each in wanted:
        character, _ = next(written, ("", mark.value))
        if character != each:
            return mark.value
    return next(written, ("", mark.value))[1]


def _text(document: Document, path: Path) -> str:
    value = document.data
    for step in path:
        value = value[step]
    return str(value)


def _before(text: str, line: int, column: int) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "".join([*lines[: line - 1], lines[line - 1][: column - 1]])


def _characters(document: Document, place: Place) -> Iterator[tuple[str, Place]]:
    """Go through what stands there and is no white space; what is written as two, as two."""
    row, column = place.line - 1, place.column - 1
    if anchor := _ANCHOR.match(document.lines[row], column):
        column = anchor.end()
    style = document.lines[row][column : column + 1]
    pairs = _PAIRS.get(style, {})
    if style in {"|", ">"}:
        row, column = row + 1, 0
    column += bool(pairs)
    while row < len(document.lines):
        line = document.lines[row]
        while column < len(line):
            pair = line[column : column + 2]
            if style == '"' and pair.startswith("\\") and pair not in pairs:
                return
            if not line[column].isspace():
                there = Place(document.file, row + 1, column + 1)
                yield pairs.get(pair, line[column]), there
            column += 2 if pair in pairs else 1
        row, column = row + 1, 0
