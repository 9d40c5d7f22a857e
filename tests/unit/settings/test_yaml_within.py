"""Where a character of a text stands in the file, however YAML spells the text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsherald.settings.yaml.places import Place
from smsherald.settings.yaml.reader import read_yaml
from smsherald.settings.yaml.within import within


@pytest.mark.parametrize(
    ("text", "spot", "place"),
    [
        pytest.param("b: one two\n", (1, 5), (1, 8), id="a plain text"),
        pytest.param("b: 'one two'\n", (1, 5), (1, 9), id="between quotes"),
        pytest.param("b: 'it''s two'\n", (1, 6), (1, 11), id="behind an apostrophe"),
        pytest.param('b: "say \\"hi\\" \\\\ two"\n', (1, 12), (1, 19), id="behind quotes"),
        pytest.param("b: \"it''s two\"\n", (1, 7), (1, 11), id="where one sign is not two"),
        pytest.param('b: "\\u0041 two"\n', (1, 3), (1, 4), id="behind an escape: the beginning"),
        pytest.param("b: |\n  one\n\n    two\n", (1, 1), (2, 3), id="the first line of a block"),
        pytest.param("b: |\n  one\n\n    two\n", (3, 3), (4, 5), id="an indented line of a block"),
        pytest.param("b: |\n  one\n    two\n", (2, 1), (3, 5), id="white space: what is behind it"),
        pytest.param("b: |-  # c\n  one\n", (1, 2), (2, 4), id="a block with a comment"),
        pytest.param("b: >\n  one\n  two\n", (1, 5), (3, 3), id="a folded block"),
        pytest.param("b: 'one\n\n  two'\n", (2, 2), (3, 4), id="a quoted text of lines"),
        pytest.param("b: one\n   two\n", (1, 6), (2, 5), id="a plain text of lines"),
        pytest.param("b: &x |\n  one\nc: *x\n", (1, 1), (2, 3), id="a block with an anchor"),
        pytest.param("a: &x one\nb: *x\n", (1, 2), (2, 4), id="an alias: itself"),
        pytest.param("b: [a]\n", (1, 1), (1, 4), id="no text"),
    ],
)
def test_a_character_has_its_place(
    text: str, spot: tuple[int, int], place: tuple[int, int]
) -> None:
    document = read_yaml(text, "a.yaml")

    assert within(document, ("b",), *spot) == Place("a.yaml", *place)


LINES = st.lists(st.text("ab 'x\"\\{}#:", max_size=9), min_size=1, max_size=4)


@given(LINES, st.sampled_from(["'", '"', "|"]), st.data())
def test_what_stands_at_the_place_is_the_character(lines: list[str], style: str, data: Any) -> None:
    text = "\n".join([*lines, "end"])
    written = {
        "'": "'" + text.replace("'", "''").replace("\n", "\n\n") + "'",
        '"': json.dumps(text),
        "|": "|2\n" + "\n".join(f"  {line}" for line in text.split("\n")),
    }[style]
    document = read_yaml(f"b: {written}\n", "a.yaml")
    value: str = document.data["b"]
    index = data.draw(st.sampled_from([at for at, c in enumerate(value) if not c.isspace()]))
    line, column = value.count("\n", 0, index) + 1, index - value.rfind("\n", 0, index)

    place = within(document, ("b",), line, column)

    escaped = style == '"' and "\n" in value[:index]
    row = document.lines[place.line - 1][place.column - 1 :]
    spelled = {'"': '\\"', "\\": "\\\\"} if style == '"' else {}
    assert row.startswith(spelled.get(value[index], value[index]) if not escaped else style)
