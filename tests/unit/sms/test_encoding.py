"""All of a text becomes what GSM-7 has, or none of it."""

# ruff: noqa: RUF001 - that they look alike is the point.

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsherald.sms import as_gsm7, measure, normalised
from smsherald.sms.replacements import REPLACEMENTS

SPACES = (
    "\t\xa0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        pytest.param("Grüße für 5 €", "Grüße für 5 €", id="GSM-7 has them"),
        pytest.param("“Hi”, it’s „so“ «far»…", '"Hi", it\'s "so" "far"...', id="quotes"),
        pytest.param("‹a› ‚b‘", "<a> 'b'", id="those that Twilio has otherwise"),
        pytest.param("9–17 — ‒ ― ‐ \u2011 −5", "9-17 - - - - - -5", id="dashes"),
        pytest.param("a\tb\xa0c\u202fd\u3000e", "a b c d e", id="spaces are one for one"),
        pytest.param("\ufeffa\u200bb\xadc\u200e\u2060", "abc", id="what is not seen goes"),
        pytest.param("a\x85b\x0bc", "a\nb\nc", id="line breaks of other machines"),
        pytest.param("naïve façade, Señor Núñez", "naive facade, Señor Nuñez", id="accents"),
        pytest.param("Łódź, Đorđe, ığüş, œuvre", "Lodz, Dorde, igüs, oeuvre", id="letters"),
        pytest.param("Þór, Það, ẞ, ĸŋ, Ħħ", "Thor, Thad, SS, kn, Hh", id="more letters"),
        pytest.param("őűŐŰ Việt ệ", "ouOU Viet e", id="two accents"),
        pytest.param("ǻ ǿ ǽ ǖ", "å ø æ ü", id="one accent stays where GSM-7 has it"),
        pytest.param("x\u0302\u0323y", "xy", id="accents without a letter of their own"),
        pytest.param("e\u0301 A\u030a \u2126", "é Å Ω", id="composed first"),
        pytest.param("Ώ", "Ω", id="Greek that is there"),
        pytest.param("ＡＢＣ１２３！ ﬁ ㎏ № ™", "ABC123! fi kg No TM", id="other forms"),
        pytest.param("2 × 3 ÷ 1 → ok ©®", "2 x 3 / 1 -> ok (c)(R)", id="signs"),
        pytest.param("½ l, 2½ l, 2 ⅓", "1/2 l, 2 1/2 l, 2 1/3", id="fractions stay apart"),
        pytest.param("m², 1º, 5 m³!", "m2, 1o, 5 m3!", id="powers behind a letter"),
        pytest.param("©\ufe0f 5*\ufe0f", "(c) 5*", id="how a character looks"),
        pytest.param("`a´", "'a'", id="the accents that stand alone"),
    ],
)
def test_a_text_is_spelled_so(text: str, spelled: str) -> None:
    assert as_gsm7(text) == spelled


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Hi “Ann” 😀", id="an emoji"),
        pytest.param("“Привет”", id="another alphabet"),
        pytest.param("“λ”", id="small Greek"),
        pytest.param("…中", id="Chinese"),
        pytest.param("10⁵", id="a power behind a figure"),
        pytest.param("①②", id="two figures in circles"),
        pytest.param("½5", id="a fraction before a figure"),
        pytest.param("3¹½", id="a power before a fraction"),
        pytest.param("a ≠ b", id="a stroke says the opposite"),
        pytest.param("a =\u0338 b", id="so does one of its own"),
        pytest.param("1\ufe0f\u20e3", id="a key"),
        pytest.param("\u0301a", id="an accent on nothing"),
        pytest.param("¨", id="an accent on a space"),
        pytest.param("\x1b", id="an escape"),
        pytest.param("\ud83d", id="half a pair"),
        pytest.param("“20 °C”", id="a degree"),
        pytest.param("¢", id="a currency"),
        pytest.param("\u202eabc", id="a reversal"),
    ],
)
def test_or_nothing_is_had(text: str) -> None:
    assert as_gsm7(text) is None


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("“https://x.de/a”", '"https://x.de/a"'),
        ("„https://x.de/ł“.", '"https://x.de/%C5%82".'),
        ("https://x.de/’s–…a…", "https://x.de/%E2%80%99s%E2%80%93%E2%80%A6a..."),
        ("http://x.de?q=ç`&ß=é#“a", "http://x.de?q=%C3%A7%60&ß=é#%E2%80%9Ca"),
        ("HTTPS://X.DE/中 …", "HTTPS://X.DE/%E4%B8%AD ..."),
        ("https://x.de/😀\xa0ok", "https://x.de/%F0%9F%98%80 ok"),
        ("https://x.de/ſ\u200bş", "https://x.de/%C5%BFs"),
        ("www.x.de/ş shop.de/ç", "www.x.de/%C5%9F shop.de/%C3%A7"),
        ("https://bücher.de/ ş", "https://bücher.de/ s"),
        ("https://księgarnia.pl/ ş", None),
        ("https://x.de/\ud83d", None),
        ("https://x.de/ł 😀", None),
        ("https:// ş", "https:// s"),
    ],
)
def test_a_link_is_only_percent_encoded(text: str, spelled: str | None) -> None:
    assert as_gsm7(text) == spelled


@pytest.mark.parametrize("space", SPACES)
def test_a_space_is_one_space(space: str) -> None:
    assert as_gsm7(f"a{space}b") == "a b"


def test_all_that_stands_for_something_is_gsm7() -> None:
    assert {c for c, into in REPLACEMENTS.items() if measure(into).encoding != "gsm7"} == set()
    assert {c for c in REPLACEMENTS if measure(c).encoding == "gsm7"} == set()
    assert {c for c in REPLACEMENTS if unicodedata.combining(c)} == set()


def test_whatever_the_character_it_is_gsm7_or_nothing() -> None:
    spelled = {
        chr(code): into for code in range(0x3000) if (into := as_gsm7(f"q{chr(code)}")) is not None
    }

    assert len(spelled) > 1200
    assert {c for c, into in spelled.items() if measure(into).encoding != "gsm7"} == set()
    assert all(into.startswith("q") for into in spelled.values())


tricky = st.sampled_from(
    ("https://x.de/", "www.", "a", "1", " ", "é", "ş", "½", "²", "“", "…", "\u0301", "\ufe0f", "Ł")
)


@given(st.lists(tricky | st.text(max_size=2), max_size=12).map("".join))
def test_spelled_again_it_stays(text: str) -> None:
    spelled = as_gsm7(text)

    if spelled is not None:
        assert measure(spelled).encoding == "gsm7"
        assert as_gsm7(spelled) == spelled
        assert as_gsm7(normalised(text)) == spelled
    if measure(text).encoding == "gsm7":
        assert spelled == text


@given(st.text())
def test_a_normalised_text_is_composed(text: str) -> None:
    assert normalised(text) == unicodedata.normalize("NFC", text)


def test_what_is_composed_already_is_the_very_text() -> None:
    text = sys.intern("Hi Ann.")

    assert normalised(text) is text
