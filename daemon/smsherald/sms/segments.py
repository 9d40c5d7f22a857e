"""How many segments a text takes, and in which encoding (3GPP TS 23.038 and 23.040)."""

from __future__ import annotations

import re

from smsherald.model import Asked, Segments

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "\f^{}\\[~]|€"
"""Each of these takes two septets: an escape and itself."""

_ALL_BASIC = re.compile(f"[{re.escape(_BASIC)}]*")
_ALL_GSM = re.compile(f"[{re.escape(_BASIC + _EXTENDED)}]*")
_ANY_EXTENDED = re.compile(f"[{re.escape(_EXTENDED)}]")


def measure(text: str) -> Segments:
    """Count the segments of a text that is sent as it is.

    One segment holds 160 septets or 70 UTF-16 code units; of several, each gives some up to its
    header and holds 153 or 67. What takes two units is never cut in half.
    """
    if _ALL_BASIC.fullmatch(text):
        return Segments("gsm7", 1 if len(text) <= 160 else -(-len(text) // 153))  # noqa: PLR2004 - the docstring's figures.
    if _ALL_GSM.fullmatch(text):
        widths = [2 if _ANY_EXTENDED.match(character) else 1 for character in text]
        return Segments("gsm7", _count(widths, 160, 153))
    widths = [2 if character > "\uffff" else 1 for character in text]
    return Segments("ucs2", _count(widths, 70, 67))


def asked(account: str, account_sid: str, sender: str, to: str, text: str) -> Asked:
    """Return what Twilio is asked for, measured: its segments travel with it."""
    return Asked(account, account_sid, sender, to, text, measure(text))


def _count(widths: list[int], alone: int, each: int) -> int:
    if sum(widths) <= alone:
        return 1
    count, room = 1, each
    for width in widths:
        if width > room:
            count, room = count + 1, each
        room -= width
    return count
