"""CLDR's texts with signs that a short message can carry.

A no-break space or a minus that is none of GSM-7's would make a text of 160 characters one of 70,
and marks of direction are of no use in a text that has one.
"""

from __future__ import annotations

_SPACES = (
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u202f\u205f"
)  # fmt: skip
_DASHES = "\u2010\u2011\u2012\u2013\u2212"
_MARKS = (
    "\u00ad\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2066\u2067\u2068\u2069\ufeff"
)  # fmt: skip
_PLAIN = {
    **dict.fromkeys(map(ord, _SPACES), " "),
    **dict.fromkeys(map(ord, _DASHES), "-"),
    **dict.fromkeys(map(ord, _MARKS), ""),
    # What separates thousands in Switzerland.
    0x2019: "'",
}


def plain(text: str) -> str:
    """Return the text with plain spaces, hyphens and apostrophes, and without invisible marks."""
    return text if text.isascii() else text.translate(_PLAIN)
