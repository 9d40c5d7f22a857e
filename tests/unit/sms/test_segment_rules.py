"""What holds of the segments of any text."""

from __future__ import annotations

from itertools import accumulate, pairwise

import regex
from hypothesis import example, given
from hypothesis import strategies as st

from smsherald.sms import measure, split
from smsherald.sms.graphemes import graphemes, stand_alone

PIECES = (
    *("a", "b ", "é", "€", "{", "\f", "\n", "\r", "\r\n", "ş", "中", "한", "😀", "\ud83d"),
    *("👨\u200d👩\u200d👧\u200d👦", "👨", "👍🏽", "🏽", "🇩🇪", "🇩", "❤\ufe0f", "1\ufe0f\u20e3"),
    *("\u0301", "\u200d", "\ufe0f", "\u1112", "\u1161", "\u11ab", "\u0915", "\u094d", "\u0600"),
)
EXTENDED = "\f^{}\\[~]|€"

repeated = st.builds(
    lambda piece, times: piece * times, st.sampled_from(PIECES), st.integers(1, 160)
)
few = st.sampled_from(PIECES)
texts = st.lists(few | repeated | st.text(max_size=3), max_size=12).map("".join)
gsm7_texts = st.lists(
    st.builds(lambda piece, times: piece * times, st.sampled_from("a€{\n"), st.integers(1, 160)),
    max_size=8,
).map("".join)


def units(text: str) -> int:
    return sum(2 if ord(character) > 0xFFFF else 1 for character in text)


def septets(text: str) -> int:
    return sum(2 if character in EXTENDED else 1 for character in text)


@given(texts | gsm7_texts)
def test_joined_they_are_the_text_and_as_many_as_are_counted(text: str) -> None:
    parts = split(text)

    assert "".join(parts) == text
    assert len(parts) == measure(text).count
    assert all(parts) or parts == [""]


@given(texts | gsm7_texts)
def test_none_is_too_large(text: str) -> None:
    parts = split(text)
    size, alone, each = (septets, 160, 153) if measure(text).encoding == "gsm7" else (units, 70, 67)

    assert max(map(size, parts)) <= (alone if len(parts) == 1 else each)


@given(gsm7_texts)
def test_none_of_gsm7_has_room_for_what_comes_next(text: str) -> None:
    assert all(septets(part + after[0]) > 153 for part, after in pairwise(split(text)))


@given(texts)
def test_no_grapheme_that_fits_is_cut(text: str) -> None:
    if measure(text).encoding == "gsm7":
        return
    cuts = set(accumulate(map(len, split(text))))
    start = 0
    for grapheme in regex.findall(r"\X", text):
        if grapheme != "\r\n" and units(grapheme) <= 67:
            assert not cuts & set(range(start + 1, start + len(grapheme)))
        start += len(grapheme)


@given(texts | gsm7_texts, few | st.characters())
@example("ş" + "a" * 39 + "x" + "\u0301" * 66, "\u0301")
@example("a" * 152 + "€" * 152, "ş")
@example("€" * 80, "ş")
def test_one_more_character_never_takes_fewer(text: str, more: str) -> None:
    counts = [measure(text + more[:length]).count for length in range(len(more) + 1)]

    assert counts == sorted(counts)


@given(gsm7_texts, st.integers(0, 1000), st.sampled_from("a€ş"))
def test_in_gsm7_not_even_one_in_between(text: str, at: int, more: str) -> None:
    assert measure(text[:at] + more + text[at:]).count >= measure(text).count


def test_what_is_said_to_stand_alone_joins_nothing() -> None:
    alone = "".join(filter(stand_alone, map(chr, range(0x110000))))
    breaks = r"[\p{GCB=Other}\p{GCB=LV}\p{GCB=LVT}\p{GCB=Control}\p{GCB=LF}\p{GCB=CR}]*"

    assert len(alone) > 40_000
    assert regex.fullmatch(breaks, alone)


@given(texts)
def test_graphemes_are_unicodes_but_for_cr_lf(text: str) -> None:
    expected = [
        part
        for grapheme in regex.findall(r"\X", text)
        for part in (grapheme if grapheme == "\r\n" else [grapheme])
    ]

    assert graphemes(text) == expected
