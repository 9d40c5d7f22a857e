"""The alphabet of SMS: GSM 7-bit and its extension table (3GPP TS 23.038, §6.2.1).

It is the default one, without national shift tables: Twilio uses none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""Each of these takes one septet; CR LF is two characters and takes two."""

EXTENDED = "\f^{}\\[~]|€"
"""Each of these takes two septets: an escape and itself."""

ESCAPE = "\x1b"

ALL_BASIC = re.compile(f"[{re.escape(BASIC)}]*")
_ALL_GSM = re.compile(f"[{re.escape(BASIC + EXTENDED)}]*")
_EXTENDED = re.compile(f"[{re.escape(EXTENDED)}]")
_FOREIGN = re.compile(f"[^{re.escape(BASIC + EXTENDED)}]")


def is_gsm7(text: str) -> bool:
    """Say whether the text can be sent in GSM-7."""
    return _ALL_GSM.fullmatch(text) is not None


def septets(text: str) -> str:
    """Return a text of GSM-7 with an escape before each character that needs one."""
    return _EXTENDED.sub(f"{ESCAPE}\\g<0>", text)


def forcing(text: str) -> str:
    """Return the characters that force UCS-2, each once, in the order in which they come."""
    return "".join(dict.fromkeys(_FOREIGN.findall(text)))


def foreign(text: str) -> Iterator[tuple[int, str]]:
    """Go through the characters that force UCS-2, each with its place."""
    return ((found.start(), found[0]) for found in _FOREIGN.finditer(text))
