"""How many segments a text takes, which, and in which encoding (3GPP TS 23.038 and 23.040)."""

from __future__ import annotations

from collections.abc import Iterator

from smsherald.model import Asked, Segments
from smsherald.sms import alphabet
from smsherald.sms.graphemes import graphemes, stand_alone

_GSM7_ALONE = 160
_GSM7_EACH = 153
_UCS2_ALONE = 70
_UCS2_EACH = 67

_ONE = Segments("gsm7", 1)
_all_basic = alphabet.ALL_BASIC.fullmatch


def measure(text: str) -> Segments:
    """Count the segments of a text that is sent as it is.

    One segment holds 160 septets or 70 UTF-16 code units; of several, each gives some up to its
    header and holds 153 or 67. What takes two units is never cut in half, nor is a grapheme that
    fits into a segment (Twilio's message-segment-calculator). One more character at the end never
    takes fewer segments.
    """
    if _all_basic(text):
        length = len(text)
        return _ONE if length <= _GSM7_ALONE else Segments("gsm7", -(-length // _GSM7_EACH))
    if alphabet.is_gsm7(text):
        return Segments("gsm7", sum(1 for _ in _septets(alphabet.septets(text))))
    return Segments("ucs2", sum(1 for _ in _units(text)))


def split(text: str) -> list[str]:
    """Return what each segment says: as many as `measure` counts; joined they are the text."""
    if alphabet.is_gsm7(text):
        septets = alphabet.septets(text)
        return [part.replace(alphabet.ESCAPE, "") for part in _septets(septets)]
    return list(_units(text))


def asked(account: str, account_sid: str, sender: str, to: str, text: str) -> Asked:
    """Return what Twilio is asked for, measured: its segments travel with it."""
    return Asked(account, account_sid, sender, to, text, measure(text))


def _septets(septets: str) -> Iterator[str]:
    """Cut septets into segments: an escape never ends one."""
    if len(septets) <= _GSM7_ALONE:
        yield septets
        return
    start = 0
    while start < len(septets):
        end = start + _GSM7_EACH
        if septets[end - 1 : end] == alphabet.ESCAPE:
            end -= 1
        yield septets[start:end]
        start = end


def _units(text: str) -> Iterator[str]:
    """Cut a text of UCS-2 into segments."""
    length = _width(text)
    if length <= _UCS2_ALONE:
        yield text
        return
    if length == len(text) and stand_alone(text):
        yield from (text[at : at + _UCS2_EACH] for at in range(0, length, _UCS2_EACH))
        return
    start, end, room = 0, 0, _UCS2_EACH
    for grapheme in _that_fit(text):
        width = 1 if len(grapheme) == 1 and grapheme <= "\uffff" else _width(grapheme)
        if width > room:
            yield text[start:end]
            start, room = end, _UCS2_EACH
        end += len(grapheme)
        room -= width
    yield text[start:]


def _that_fit(text: str) -> Iterator[str]:
    """Return the graphemes; of one that is larger than a segment, its characters."""
    for grapheme in graphemes(text):
        if len(grapheme) * 2 <= _UCS2_EACH or _width(grapheme) <= _UCS2_EACH:
            yield grapheme
        else:
            yield from grapheme


def _width(text: str) -> int:
    """Count the UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) >> 1
