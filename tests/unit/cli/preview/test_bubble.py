"""A text as a phone shows it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from smsherald.cli.flows.preview.bubble import MARK, bubble, shown
from smsherald.sms import split
from smsherald.sms.graphemes import graphemes


def lines(*segments: str, width: int = 10) -> list[str]:
    """Return what stands within the frame."""
    top, *within, bottom = bubble(segments, width=width)
    assert (top[0], top[-1], bottom[0], bottom[-1]) == ("╭", "╮", "╰", "╯")
    return [line.removeprefix("│ ").removesuffix(" │").rstrip() for line in within]


@pytest.mark.parametrize(
    ("segments", "within"),
    [
        pytest.param(["Hi Ann"], ["Hi Ann"], id="short"),
        pytest.param(["Hi Ann, how are you"], ["Hi Ann,", "how are", "you"], id="at spaces"),
        pytest.param(["abcdefghijklm"], ["abcdefghij", "klm"], id="a long word"),
        pytest.param(["ab abcdefghijklm"], ["ab abcdefg", "hijklm"], id="a long word behind one"),
        pytest.param(["abcdefghij ab"], ["abcdefghij", "ab"], id="a whole line"),
        pytest.param(["a\nb\r\nc\rd"], ["a", "b", "c", "d"], id="line breaks"),
        pytest.param(["a\n\nb"], ["a", "", "b"], id="an empty line"),
        pytest.param(["ab", "cd"], [f"ab{MARK}cd"], id="segments"),
        pytest.param(["日本日本日本"], ["日本日本日", "本"], id="wide characters"),
        pytest.param(["👩\u200d👩\u200d👧a"], ["👩\u200d👩\u200d👧a"], id="a family"),
        pytest.param(["e\u0301" * 11], ["e\u0301" * 10, "e\u0301"], id="combining"),
        pytest.param(["a\x1b[2J"], ["a\\u001b[2J"], id="an escape"),
        pytest.param(["a\u202eb"], ["a\\u202eb"], id="a turn of direction"),
        pytest.param(["a\u00a0b\tc"], ["a b c"], id="other spaces"),
        pytest.param(["\ud83d"], ["\\ud83d"], id="half a pair"),
    ],
)
def test_it_breaks_where_a_phone_would(segments: list[str], within: list[str]) -> None:
    assert lines(*segments) == within


@given(st.text(min_size=1, max_size=200), st.integers(8, 40))
def test_each_line_is_as_wide_as_the_frame_and_nothing_is_lost(text: str, width: int) -> None:
    drawn = list(bubble(split(text), width=width))

    assert {sum(cell_len(each) for each in graphemes(line)) for line in drawn} == {width + 4}
    kept = "".join(line[2:-2] for line in drawn[1:-1]).replace(MARK, "")
    due = "".join(map(shown, graphemes(text.replace("\r", "\n")))).replace(MARK, "")
    assert "".join(kept.split()) == "".join(due.replace("\\u000a", "").split())
