"""What the YAML parser could not take, said to who wrote it."""

from __future__ import annotations

import re
from typing import Any

import yaml

_NO_COLON = "a key needs a colon and a space"
_NEVER = "the quote that begins here is never closed"
_OTHERWISE = ("expected key", "expected '-' indicator", "expected <document start>")
"""What the parser misses where a line is indented otherwise than those beside it."""
_BEHIND_A_TEXT = ("expected key", "expected <document start>")
"""And what, where a comment has ended a text that stands where a key is due."""
_WORDS = (
    ("mapping values are not allowed", "a colon stands where no key can be"),
    ("mapping keys are not allowed", "a `?` stands where no key can be"),
    ("block sequence entries", "an item (`- `) stands where no list can be"),
    ("cannot start any token", "quote a text that begins with a sign such as @, % or `"),
    ("could not find expected ':'", _NO_COLON),
    ("unexpected end of stream", _NEVER),
    ("unexpected document indicator", _NEVER),
    ("unknown escape character", "in double quotes a backslash stands as \\\\"),
    ("hexdecimal number", "in double quotes a backslash stands as \\\\"),
    ("invalid Unicode character escape", "in double quotes a backslash stands as \\\\"),
    ("maximum nesting depth", "there are too many levels"),
    ("a tab character", "indent with spaces: this is a tab"),
    ("expected ',' or ']'", "in a list `,` or `]` is due here"),
    ("expected ',' or '}'", "in a mapping `,` or `}` is due here"),
    ("expected node content", "a value is due here"),
    ("alphabetic or numeric character", "quote a text that begins with `&` or `*`"),
    ("expected key", "a key is due here"),
    ("expected '-' indicator", "an item (`- `) is due here"),
    ("expected <document start>", "the document has ended, and something stands behind it"),
    ("indentation indicator", "behind `|` or `>` only a number from 1, `-` or `+` can stand"),
    ("comment or line break", "behind `|` or `>` the text begins in the next line"),
    ("tag", "tags (`!…`) are not read: put quotes around what is text"),
    ("directive", "a line that begins with `%` is not read: put quotes around what is text"),
    ("version number", "a line that begins with `%` is not read: put quotes around what is text"),
    ("incompatible YAML document", "a line that begins with `%` is not read"),
)
"""What the parser says, by a part of it, and what we say."""
_ENDLESS = (
    ("while scanning a quoted scalar", "found unexpected end of stream"),
    ("while scanning a quoted scalar", "found unexpected document indicator"),
    ("while scanning a simple key", "could not find expected ':'"),
)
_UNCLOSED = ("',' or ']'", "',' or '}'")
_TEMPLATE = re.compile(r"(?:^|[:-] +|[\[,] *)\{\{")
_TEMPLATE_FIRST = re.compile(r"\s*(?:- +)*(?:[^:]+: +)?\{\{")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_QUOTED_FIRST = re.compile(r"""\s*(?:"[^"]*"|'[^']*')\s*""")
_INSIDE = {
    "'": "an apostrophe inside '…' is written twice",
    '"': 'a quote inside "…" is written \\"',
}


def explain(
    error: yaml.MarkedYAMLError, lines: list[str], last: yaml.Event | None
) -> tuple[int, int, str]:
    """Return line and column, counted from 0, and a sentence.

    `lines` are the file's; `last` is what the parser could read before.
    """
    problem = error.problem or ""
    # What never ends was begun wrongly: the end says nothing.
    endless = (error.context, problem) in _ENDLESS
    mark = (error.context_mark if endless else None) or error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    row = lines[line] if line < len(lines) else ""
    said = next((said for part, said in _WORDS if part in problem), "it cannot be read from here")
    quoted = _closed_quote(last, mark)
    begun = error.context_mark
    if row[: column + 1].strip(" ").startswith("\t") or row[column : column + 1] == "\t":
        said = "indent with spaces: this is a tab"
    elif endless:
        pass
    elif quoted is None and begun and begun.line < line and problem.endswith(_UNCLOSED):
        what = "list" if problem.endswith("']'") else "mapping"
        said = f"the {what} that begins here is never closed"
        if any(row.strip() for row in lines[line:]):
            said += f", or a comma is missing before line {line + 1}, column {column + 1}"
        line, column = begun.line, begun.column
    elif quoted is not None and not _QUOTED_FIRST.fullmatch(row[:column]):
        start = quoted.start_mark
        said = _quote_hint(quoted, row, column)
        if start.line < quoted.end_mark.line:
            line, column = start.line, start.column
    else:
        line, column, hint = _hint(problem, lines, line, column)
        said = hint or said
    return line, column, f"this is no YAML: {said}"


def _hint(problem: str, lines: list[str], line: int, column: int) -> tuple[int, int, str]:
    """Return line and column to point at, and what mostly helps; empty where nobody knows."""
    row = lines[line] if line < len(lines) else ""
    if "mapping values are not allowed" in problem:
        return _colon_hint(lines, line, column)
    said = ""
    if _TEMPLATE.search(row):
        said = "put quotes around a text that begins with a template"
    elif not problem.endswith(_OTHERWISE):
        pass
    elif _QUOTED_FIRST.fullmatch(row[:column]):
        said = _NO_COLON
    elif problem.endswith(_BEHIND_A_TEXT) and (first := _without_colon(lines, line)) is not None:
        line, column, said = first, _begins(lines[first]), _NO_COLON
    elif row[:column].strip(" -") == "":
        said = "this line is indented otherwise than those beside it"
    return line, column, said


def _closed_quote(last: Any, mark: Any) -> Any:
    """Return what was read last, if it is a quoted text that ends where the parser stumbled."""
    style = getattr(last, "style", None)
    if style not in _INSIDE or mark is None:
        return None
    end = last.end_mark
    return last if end.line == mark.line and 0 <= mark.column - end.column <= 1 else None


def _quote_hint(quoted: Any, row: str, column: int) -> str:
    inside = _INSIDE[quoted.style]
    if quoted.start_mark.line < quoted.end_mark.line:
        place = f"line {quoted.end_mark.line + 1}, column {quoted.end_mark.column}"
        return f"the quote that begins here is closed in {place}; {inside}"
    if row[column - 1 : column] == quoted.style and row[column : column + 1].isalnum():
        return inside
    return f"quotes stand around a whole text; {inside}"


def _colon_hint(lines: list[str], line: int, column: int) -> tuple[int, int, str]:
    """Return line and column to point at, and what mostly helps."""
    row = lines[line]
    if _TEMPLATE_FIRST.match(row):
        return line, column, "put quotes around a text that begins with a template"
    if re.search(r":\s", row[:column]):
        return line, column, "a text with `: ` in it needs quotes"
    first = _without_colon(lines, line, is_item=True)
    if first is not None:
        said = f"{_NO_COLON}; a text that goes on in line {line + 1} needs quotes"
        return first, _begins(lines[first]), said
    hint = "is this line indented too far? A text with `: ` in it needs quotes"
    return line, _begins(row), hint


def _without_colon(lines: list[str], line: int, *, is_item: bool = False) -> int | None:
    """Return the line before this one that the parser took for the beginning of a text.

    None where a text begins behind a key, or in a list unless `is_item`: there it is one.
    """
    first = None
    for number in range(line - 1, -1, -1):
        row = _COMMENT.sub("", lines[number]).strip()
        if row.endswith(":") or row == "---":
            break
        if re.search(r":\s", row):
            return None
        if row.startswith("- "):
            return number if is_item else None
        if row:
            first = number
    return first


def _begins(row: str) -> int:
    return len(row) - len(row.lstrip(" -"))
