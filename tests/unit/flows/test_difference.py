"""Two texts that differ are shown so that one sees where."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsherald.flows.trial.difference import of_texts, of_values


def shown(expected: str, made: str) -> list[str]:
    head, *lines = of_texts(expected, made).splitlines()
    assert head == "expected (-) and made (+) differ:"
    assert all(line.startswith("    ") for line in lines)
    return [line[4:] for line in lines]


@pytest.mark.parametrize(
    ("expected", "made", "lines"),
    [
        pytest.param(
            "Hi Bob, thanks", "Hi Ann, thanks",
            ["- Hi Bob, thanks", "     ^^^", "+ Hi Ann, thanks", "     ^^^"],
            id="a word",
        ),
        pytest.param("Hi", "Yes", ["- Hi", "+ Yes"], id="all of it: nothing to point at"),
        pytest.param(
            "order R1.", "order R2.",
            ["- order R1.", "         ^", "+ order R2.", "         ^"],
            id="the part of a word",
        ),
        pytest.param(
            "a\nb\nc", "a\nc",
            ["  a", "- b", "  c"],
            id="a line less",
        ),
        pytest.param("a\nc", "a\n\nc", ["  a", "+ (an empty line)", "  c"], id="a line more"),
        pytest.param(
            "a b", "a  b", ["- a b", "+ a ·b", "    ^"], id="a space too many"
        ),
        pytest.param(
            "a \nb", "a\nb", ["- a·", "   ^", "+ a", "  b"], id="a space at the end"
        ),
        pytest.param(
            "a b", "a\u00a0b",
            ["- a·b", "   ^", "+ a\\u00a0b", "   ^^^^^^", "+ has U+00A0 NO-BREAK SPACE"],
            id="a space of another kind",
        ),
        pytest.param(
            "it's", "it\u2019s",
            [
                "- it's", "    ^", "+ it\u2019s", "    ^",
                "+ has U+2019 RIGHT SINGLE QUOTATION MARK",
            ],
            id="a quote of another kind",
        ),
        pytest.param(
            "Anna x", "\u0410nna x",
            [
                "- Anna x", "  ^", "+ \u0410nna x", "  ^",
                "- has U+0041 LATIN CAPITAL LETTER A", "+ has U+0410 CYRILLIC CAPITAL LETTER A",
            ],
            id="a letter that looks the same",
        ),
        pytest.param(
            "caf\u00e9 x", "cafe\u0301 x",
            [
                "- caf\u00e9 x", "     ^", "+ cafe\\u0301 x", "     ^^^^^^^",
                "- has U+00E9 LATIN SMALL LETTER E WITH ACUTE",
                "+ has U+0065 LATIN SMALL LETTER E, U+0301 COMBINING ACUTE ACCENT",
            ],
            id="a letter that is composed another way",
        ),
        pytest.param(
            "\U0001f69a a", "\U0001f69a b",
            ["- \U0001f69a a", "     ^", "+ \U0001f69a b", "     ^"],
            id="a wide character before it",
        ),
        pytest.param("a\x1b[31m", "a", ["- a\\u001b[31m", "   ^^^^^^^^^^", "+ a"], id="an escape"),
    ],
)  # fmt: skip
def test_where_they_differ_is_seen(expected: str, made: str, lines: list[str]) -> None:
    assert shown(expected, made) == lines


def test_a_long_line_is_broken_and_pointed_at_in_each_of_its_parts() -> None:
    words = " ".join(f"word{number}" for number in range(30))

    lines = shown(words, words.replace("word2 ", "work2 ").replace("word29", "work29"))

    assert max(map(len, lines)) <= 74
    assert [line[:2] for line in lines if line[:2] != "  "] == [
        "- ", "-…", "-…", "+ ", "+…", "+…"
    ]  # fmt: skip
    assert [line.strip() for line in lines if line.startswith("  ")] == ["^"] * 4
    for line, marks in pairwise(lines):
        if "^" in marks:
            assert line[marks.index("^")] in "dk"


@pytest.mark.parametrize(
    ("expected", "made", "message"),
    [
        ("a", None, "expected 'a', made nothing"),
        ("+1", "+2", "expected '+1', made '+2'"),
        ("a", "a ", "expected 'a', made 'a '"),
        (
            "A1",
            "\u04101",
            (
                "expected 'A1', made '\u04101' (- has U+0041 LATIN CAPITAL LETTER A) "
                "(+ has U+0410 CYRILLIC CAPITAL LETTER A)"
            ),
        ),
    ],
)
def test_two_values_stand_in_a_line(expected: object, made: object, message: str) -> None:
    assert of_values(expected, made) == message


TEXTS = st.text(st.sampled_from("xz \n\t\u00a0\u0301\u0410é\U0001f69a\x1b\u200b"), max_size=200)


@given(TEXTS, TEXTS)
def test_whatever_they_hold_all_of_it_is_shown_and_nothing_moves_the_cursor(
    expected: str, made: str
) -> None:
    lines = shown(expected, made)

    assert all(line.isprintable() for line in lines)
    for sign, text in (("-", expected), ("+", made)):
        rows = [line for line in lines if line[:1] in {sign, " "}]
        letters = [each for row in rows for each in row if each in "xz"]
        assert letters == [each for each in text if each in "xz"]
