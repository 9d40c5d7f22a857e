"""What a text takes: its segments, and which characters make it UCS-2."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from smsherald.model import Segments
from smsherald.sms import alphabet, as_gsm7, measure, split
from smsherald.sms.links import links

GSM7 = "gsm7"
_ROOM = {GSM7: (160, 153), "ucs2": (70, 67)}
"""Units of a segment that is alone, and of each of several (3GPP TS 23.040)."""


def segments_of(text: str, measured: Segments) -> list[Mapping[str, Any]]:
    """Return what each segment says, how many units it takes and how many it holds."""
    alone, each = _ROOM[measured.encoding]
    parts = split(text)
    room = alone if len(parts) == 1 else each
    return [
        {"text": part, "units": _units(part, measured.encoding), "room": room} for part in parts
    ]


def foreign_of(text: str) -> list[Mapping[str, Any]]:
    """Return the characters that force UCS-2, in their order, each with its places, from 1."""
    places: dict[str, list[int]] = {}
    for at, character in alphabet.foreign(text):
        places.setdefault(character, []).append(at)
    within = [range(*link) for link in links(text)]
    return [
        {
            "character": character,
            "code_point": f"U+{ord(character):04X}",
            "name": unicodedata.name(character, "without a name"),
            "at": [at + 1 for at in found],
            "replaced_by": None
            if any(at in link for at in found for link in within)
            else as_gsm7(character),
        }
        for character, found in places.items()
    ]


def in_gsm7(text: str) -> Mapping[str, Any] | None:
    """Return how many segments `encoding: gsm7` would take; None where it cannot be had."""
    spelled = as_gsm7(text)
    if not spelled or alphabet.is_gsm7(text):
        return None
    return {"segments": measure(spelled).count}


def _units(part: str, encoding: str) -> int:
    if encoding == GSM7:
        return len(alphabet.septets(part))
    return len(part.encode("utf-16-le", "surrogatepass")) // 2
