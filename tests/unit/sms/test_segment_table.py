"""Counts by hand, from 3GPP TS 23.038 (alphabet, escapes) and 23.040 (140 octets, 6 of a header).

One segment has room for 160 septets or 70 UTF-16 code units, one of several for 153 or 67.
"""

# ruff: noqa: RUF001 - that they look alike is the point.

from __future__ import annotations

from collections.abc import Iterator

import pytest

from smsherald.sms import forcing, measure, split

FAMILY = "👨\u200d👩\u200d👧\u200d👦"  # 11 units.
FLAG = "🇩🇪"  # 4.
THUMB = "👍🏽"  # 4.
HEART = "❤\ufe0f"  # 2.
KEYCAP = "1\ufe0f\u20e3"  # 3.
ACUTE = "x\u0301"  # 2, and no single character for them.
JAMO = "\u1112\u1161\u11ab"  # 3, a syllable.
PIRATE = "🏴\u200d☠\ufe0f"  # 5.

CHART = (
    "@£$¥èéùìòÇ\nØø\rÅå",
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ",
    " !\"#¤%&'()*+,-./",
    "0123456789:;<=>?",
    "¡ABCDEFGHIJKLMNO",
    "PQRSTUVWXYZÄÖÑÜ§",
    "¿abcdefghijklmno",
    "pqrstuvwxyzäöñüà",
)
"""The alphabet by columns of 16; in the second an escape stands between Ξ and Æ."""
EXTENDED = "\f^{}\\[~]|€"
NOT_IN_GSM7 = (
    "`\t\0\x1b\x0b\x85\xa0\xad\u0301\u200b\u2009\u2028\ufeff"
    "çÁÀíóúâêôëïőűŁłŞşığœĐ°«»“”‘’„–—…•·×−©®½²₤¢✓µαλСЖ中あ한אב"
)

GSM7 = [
    # Borders, of septets of one.
    *[("a" * n, 1) for n in (0, 1, 2, 153, 154, 159, 160)],
    *[("a" * n, 2) for n in (161, 162, 305, 306)],
    *[("a" * n, 3) for n in (307, 458, 459)],
    *[("a" * n, 4) for n in (460, 611, 612)],
    *[("a" * n, 5) for n in (613, 765)],
    *[("a" * n, 10) for n in (1378, 1529, 1530)],
    *[("a" * n, 11) for n in (1531, 1600)],
    # They need not be ASCII.
    *[(c * 160, 1) for c in "éΩÅß@ \n\r¿"],
    *[(c * 161, 2) for c in "éΩÅß@ \n\r¿"],
    *[(c * 307, 3) for c in "éΩÅß@ \n\r¿"],
    # Each that needs an escape takes two septets.
    *[(c, 1) for c in EXTENDED],
    *[(c * 80, 1) for c in EXTENDED],
    *[(c * 81, 2) for c in EXTENDED],
    *[("a" * 158 + c, 1) for c in EXTENDED],
    *[("a" * 159 + c, 2) for c in EXTENDED],
    # An escape and its character stay together, so such a segment holds 152.
    *[(c * 152, 2) for c in EXTENDED],
    *[(c * 153, 3) for c in EXTENDED],
    *[("a" * 152 + c + "a" * 151, 2) for c in EXTENDED],
    *[("a" * 152 + c + "a" * 152, 3) for c in EXTENDED],
    *[("a" * 151 + c + "a" * 153, 2) for c in EXTENDED],
    *[("a" * 151 + c + "a" * 154, 3) for c in EXTENDED],
    ("a" * 152 + "€" * 77, 3),
    ("a" * 152 + "€" * 76, 2),
    ("a" + "€" * 152, 2),
    ("a" + "€" * 153, 3),
    ("a€" * 102, 2),
    ("€a" * 102, 2),
    ("€a" * 51 + "a" * 153, 2),
    ("a" * 305 + "€", 3),
    ("a" * 304 + "€", 2),
    ("€" + "a" * 158, 1),
    ("€" + "a" * 159, 2),
    # CR LF is two characters, and may be parted.
    ("a" * 158 + "\r\n", 1),
    ("a" * 159 + "\r\n", 2),
    ("a" * 152 + "\r\n" + "a" * 152, 2),
    ("\r\n" * 80, 1),
    ("\r\n" * 81, 2),
    ("\r\n" * 153, 2),
    ("\r\n" * 154, 3),
    ("a" * 159 + "\n", 1),
    ("a" * 158 + "\n\f", 2),
    ("a" * 157 + "\n\f", 1),
]

UCS2 = [
    # One foreign character, and each takes a code unit.
    ("ş", 1),
    ("ş" + "a" * 69, 1),
    ("a" * 69 + "ş", 1),
    ("a" * 70 + "ş", 2),
    ("a" * 133 + "ş", 2),
    ("a" * 134 + "ş", 3),
    ("a" * 160 + "ş", 3),
    ("a" * 200 + "ş", 3),
    ("a" * 201 + "ş", 4),
    ("a" * 669 + "ş", 10),
    ("a" * 670 + "ş", 11),
    # What takes two septets takes one unit.
    ("€" * 69 + "ş", 1),
    ("€" * 70 + "ş", 2),
    ("€" * 134 + "ş", 3),
    ("€" * 153 + "ş", 3),
    *[(c * 70, 1) for c in "СЖ中あ한אب`"],
    *[(c * 71, 2) for c in "СЖ中あ한אب`"],
    *[(c * 134, 2) for c in "СЖ中あ한אب`"],
    *[(c * 135, 3) for c in "СЖ中あ한אب`"],
    # A surrogate pair is two units that stay together.
    *[("😀" * n, 1) for n in (1, 35)],
    *[("😀" * n, 2) for n in (36, 66)],
    *[("😀" * n, 3) for n in (67, 99)],
    ("😀" * 100, 4),
    ("𝒳" * 35, 1),
    ("𝒳" * 36, 2),
    ("😀" + "a" * 68, 1),
    ("😀" + "a" * 69, 2),
    ("a" * 66 + "😀" + "a" * 65, 2),
    ("a" * 66 + "😀" + "a" * 66, 3),
    ("a" * 65 + "😀" + "a" * 67, 2),
    ("a" * 65 + "😀" + "a" * 68, 3),
    # So do the parts of what a reader takes for one character.
    *[(FAMILY * n, 1) for n in (1, 6)],
    *[(FAMILY * n, 2) for n in (7, 12)],
    (FAMILY * 13, 3),
    *[(FLAG * n, 1) for n in (1, 17)],
    *[(FLAG * n, 2) for n in (18, 32)],
    (FLAG * 33, 3),
    *[(THUMB * n, 1) for n in (1, 17)],
    *[(THUMB * n, 2) for n in (18, 32)],
    (THUMB * 33, 3),
    (HEART * 35, 1),
    (HEART * 36, 2),
    (HEART * 66, 2),
    (HEART * 67, 3),
    (KEYCAP * 23, 1),
    (KEYCAP * 24, 2),
    (KEYCAP * 44, 2),
    (KEYCAP * 45, 3),
    (ACUTE * 35, 1),
    (ACUTE * 36, 2),
    (ACUTE * 66, 2),
    (ACUTE * 67, 3),
    (JAMO * 23, 1),
    (JAMO * 24, 2),
    (JAMO * 44, 2),
    (JAMO * 45, 3),
    (PIRATE * 14, 1),
    (PIRATE * 15, 2),
    (PIRATE * 26, 2),
    (PIRATE * 27, 3),
    ("a" * 66 + ACUTE + "a" * 65, 2),
    ("a" * 66 + ACUTE + "a" * 66, 3),
    ("a" * 65 + ACUTE + "a" * 67, 2),
    ("a" * 57 + FAMILY + "a" * 56, 2),
    ("a" * 57 + FAMILY + "a" * 57, 3),
    ("a" * 56 + FAMILY + "a" * 67, 2),
    ("a" * 56 + FAMILY + "a" * 68, 3),
    ("a" * 64 + FLAG + "a" * 63, 2),
    ("a" * 64 + FLAG + "a" * 64, 3),
    ("a" * 63 + FLAG + "a" * 67, 2),
    # Three halves of flags: a flag and a letter.
    ("a" * 65 + "🇩🇪🇫" + "a" * 61, 2),
    ("a" * 65 + "🇩🇪🇫" + "a" * 62, 3),
    # A text of one segment needs no cut.
    ("a" * 59 + FAMILY, 1),
    ("a" * 60 + FAMILY, 2),
    # What no segment has room for is cut somewhere.
    ("x" + "\u0301" * 69, 1),
    ("x" + "\u0301" * 70, 2),
    ("a" * 40 + "x" + "\u0301" * 66, 2),
    ("a" * 40 + "x" + "\u0301" * 66 + "a", 3),
    ("a" * 40 + "x" + "\u0301" * 67, 2),
    ("x" + "\u0301" * 133, 2),
    ("x" + "\u0301" * 134, 3),
    # CR LF, as in GSM-7.
    ("ş" + "a" * 65 + "\r\n" + "a" * 66, 2),
    ("ş" + "a" * 65 + "\r\n" + "a" * 67, 3),
    ("ş" + "\r\n" * 34, 1),
    ("ş" + "\r\n" * 35, 2),
    # Half a pair is a unit.
    ("\ud83d" * 70, 1),
    ("\ud83d" * 71, 2),
]


def rows() -> Iterator[tuple[str, str, int]]:
    yield from ((text, "gsm7", count) for text, count in GSM7)
    yield from ((character, "gsm7", 1) for column in CHART for character in column)
    yield from ((text, "ucs2", count) for text, count in UCS2)
    yield from ((character, "ucs2", 1) for character in NOT_IN_GSM7)


def shown(text: str) -> str:
    """Name a text: its first characters and its length."""
    return f"{ascii(text[:3])[1:-1]}-{len(text)}"


@pytest.mark.parametrize(
    ("text", "encoding", "count"),
    [pytest.param(*row, id=f"{shown(row[0])}-{row[2]}") for row in rows()],
)
def test_as_the_standard_counts(text: str, encoding: str, count: int) -> None:
    measured = measure(text)

    assert (measured.encoding, measured.count, len(split(text))) == (encoding, count, count)


def test_the_table_is_large_and_its_alphabet_whole() -> None:
    assert len({text for text, _ in GSM7 + UCS2}) >= 200
    assert len(set("".join(CHART))) == 127
    assert len(set(EXTENDED)) == 10


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("", ""),
        ("".join(CHART) + EXTENDED, ""),
        ("Hi “Ann”, it’s “ready”…", "“”’…"),
        ("x̂ 👍🏽", "\u0302👍🏽"),
        ("`\t", "`\t"),
    ],
)
def test_what_forces_ucs2_is_named_once_and_in_order(text: str, foreign: str) -> None:
    assert forcing(text) == foreign


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", [""]),
        ("Hi Ann.", ["Hi Ann."]),
        ("a" * 152 + "€" + "b" * 6, ["a" * 152 + "€" + "b" * 6]),
        ("a" * 152 + "€" + "b" * 10, ["a" * 152, "€" + "b" * 10]),
        ("a" * 159 + "\r\n", ["a" * 153, "a" * 6 + "\r\n"]),
        ("a" * 152 + "\r\n" + "b" * 10, ["a" * 152 + "\r", "\n" + "b" * 10]),
        ("ş" * 70, ["ş" * 70]),
        ("ş" * 71, ["ş" * 67, "ş" * 4]),
        ("ş" * 66 + "😀" + "b" * 9, ["ş" * 66, "😀" + "b" * 9]),
        ("ş" * 60 + FAMILY, ["ş" * 60, FAMILY]),
        ("ş" * 40 + "x" + "\u0301" * 67, ["ş" * 40 + "x" + "\u0301" * 26, "\u0301" * 41]),
    ],
)
def test_a_text_is_split_there(text: str, parts: list[str]) -> None:
    assert split(text) == parts
