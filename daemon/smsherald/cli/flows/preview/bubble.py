"""A text as a phone shows it, with marks where segments end."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from smsherald.sms.graphemes import graphemes

WIDTH = 34
"""Columns of a terminal."""
MARK = "┊"
"""Stands where one segment ends and the next begins."""

_JOINERS = frozenset("\u200c\u200d")
_TAGS = range(0xE0020, 0xE0080)


class _Cell(NamedTuple):
    shown: str
    width: int


_NEW_LINE = _Cell("\n", 0)
_BORDER = _Cell(MARK, 1)


def bubble(
    segments: Sequence[str], *, mark: Callable[[str], str] = str, width: int = WIDTH
) -> Iterator[str]:
    """Draw a frame with the text in it; `mark` paints the mark between segments.

    A grapheme is never broken, and takes as many columns as a terminal gives it; what nobody sees
    stands as its code.
    """
    yield f"╭{'─' * (width + 2)}╮"
    for line in _lines(_cells(segments), width):
        shown = "".join(mark(cell.shown) if cell is _BORDER else cell.shown for cell in line)
        yield f"│ {shown}{' ' * (width - _width(line))} │"
    yield f"╰{'─' * (width + 2)}╯"


def shown(grapheme: str) -> str:
    """Return a grapheme as a terminal may have it: nothing that moves the cursor."""
    if grapheme.isprintable():
        return grapheme
    joined = len(grapheme) > 1
    return "".join(_seen(character, joined=joined) for character in grapheme)


def _seen(character: str, *, joined: bool) -> str:
    if character.isprintable():
        return character
    if joined and (character in _JOINERS or ord(character) in _TAGS):
        return character
    if unicodedata.category(character) == "Zs" or character == "\t":
        return " "
    return f"\\u{ord(character):04x}"


def _cells(segments: Sequence[str]) -> Iterator[_Cell]:
    for number, segment in enumerate(segments):
        if number:
            yield _BORDER
        for grapheme in graphemes(segment.replace("\r\n", "\n").replace("\r", "\n")):
            yield _NEW_LINE if grapheme == "\n" else _cell(shown(grapheme))


def _cell(text: str) -> _Cell:
    if text.isascii():
        return _Cell(text, len(text))
    # Imported here: most texts do not need it.
    from rich.cells import cell_len

    return _Cell(text, cell_len(text))


def _lines(cells: Iterator[_Cell], width: int) -> Iterator[list[_Cell]]:
    """Break at spaces, and a word that is longer than a line where the line ends."""
    line: list[_Cell] = []
    for word in _words(cells):
        room = width - _width(line)
        if word == [_NEW_LINE]:
            yield line
            line = []
        elif _width(word) <= room:
            line += word
        elif word[0].shown == " ":
            yield line
            line = []
        else:
            if line and _width(word) <= width:
                yield line
                line = []
            for cell in word:
                if _width(line) + cell.width > width:
                    yield line
                    line = []
                line.append(cell)
    yield line


def _words(cells: Iterator[_Cell]) -> Iterator[list[_Cell]]:
    word: list[_Cell] = []
    for cell in cells:
        if cell is _NEW_LINE or cell.shown == " ":
            if word:
                yield word
            yield [cell]
            word = []
        else:
            word.append(cell)
    if word:
        yield word


def _width(cells: Sequence[_Cell]) -> int:
    return sum(cell.width for cell in cells)
