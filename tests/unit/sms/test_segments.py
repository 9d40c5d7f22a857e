"""Segments are counted as carriers bill them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsherald.model import Segments
from smsherald.sms import measure


@pytest.mark.parametrize(
    ("text", "encoding", "count"),
    [
        pytest.param("", "gsm7", 1, id="nothing is a segment still"),
        pytest.param("Hi Ann.", "gsm7", 1, id="a short text"),
        pytest.param("a" * 160, "gsm7", 1, id="160 septets fit into one"),
        pytest.param("a" * 161, "gsm7", 2, id="161 take two"),
        pytest.param("a" * 306, "gsm7", 2, id="two hold 153 each"),
        pytest.param("a" * 307, "gsm7", 3, id="one more takes a third"),
        pytest.param("€" * 80, "gsm7", 1, id="an extended character takes two septets"),
        pytest.param("€" * 81, "gsm7", 2, id="so 81 of them take two segments"),
        pytest.param("€" * 152, "gsm7", 2, id="76 pairs fit into 153 septets"),
        pytest.param("€" * 153, "gsm7", 3, id="a pair is not cut in half"),
        pytest.param("a" * 152 + "€" + "a" * 152, "gsm7", 3, id="a pair at the edge moves on"),
        pytest.param("a" * 151 + "€" + "a" * 153, "gsm7", 2, id="a pair that fits stays"),
        pytest.param("Grüße, Ω!", "gsm7", 1, id="GSM 7-bit has more than ASCII"),
        pytest.param("`", "ucs2", 1, id="and not all of ASCII"),
        pytest.param("ç", "ucs2", 1, id="a small cedilla is not in it"),
        pytest.param("é" * 69 + "ş", "ucs2", 1, id="one foreign character changes all: 70 fit"),
        pytest.param("é" * 70 + "ş", "ucs2", 2, id="71 take two"),
        pytest.param("ş" * 134, "ucs2", 2, id="two hold 67 each"),
        pytest.param("ş" * 135, "ucs2", 3, id="one more takes a third"),
        pytest.param("😀" * 35, "ucs2", 1, id="an emoji is two code units"),
        pytest.param("😀" * 36, "ucs2", 2, id="so 36 take two segments"),
        pytest.param("😀" * 66, "ucs2", 2, id="33 pairs fit into 67 units"),
        pytest.param("😀" * 67, "ucs2", 3, id="a surrogate pair is not cut in half"),
    ],
)
def test_a_text_takes_so_many_segments(text: str, encoding: str, count: int) -> None:
    measured = measure(text)

    assert (measured.encoding, measured.count) == (encoding, count)


@pytest.mark.parametrize("character", "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà\f^{}\\[~]|€")
def test_every_character_of_the_gsm_alphabet_is_known(character: str) -> None:
    assert measure(character).encoding == "gsm7"


@given(st.text(min_size=1, max_size=1600))
def test_the_count_lies_between_the_units_and_twice_the_waste(text: str) -> None:
    measured = measure(text)
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2

    if measured.encoding == "ucs2":
        assert measured == Segments("ucs2", 1) if units <= 70 else measured.count >= units / 67
        assert measured.count <= units / 66 + 1
    else:
        assert measured.count <= 2 * len(text) / 152 + 1
        assert measured.count >= len(text) / 160
