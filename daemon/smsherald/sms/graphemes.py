"""What a reader takes for one character (Unicode Standard Annex 29, extended grapheme clusters)."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex

# Each of these stands alone beside each other one: their Grapheme_Cluster_Break is Other, LV, LVT
# or what always breaks (and CR, see below). They are all of GSM-7, most of what is written in
# Latin, Greek, Cyrillic, Chinese, Japanese and Korean, and emoji of one part.
_LONERS = re.compile(
    "["
    "\t\n\f\r\x20-\x7e\xa0-\xac\xae-\u02ff"
    "\u0370-\u0377\u037a-\u037f\u0384-\u038a\u038e-\u03a1\u03a3-\u0482\u048a-\u052f"
    "\u0531-\u0556\u0559-\u058a\u05d0-\u05ea"
    "\u1e00-\u1f15\u2010-\u2027\u2030-\u205e\u20a0-\u20c0\u2100-\u218b\u2190-\u23ff"
    "\u2500-\u2bff\u3000-\u3029\u3030-\u303f\u3041-\u3096\u309b-\u30ff\u3400-\u9fff"
    "\uac00-\ud7a3\uff01-\uff9d"
    "\U0001f300-\U0001f3fa\U0001f400-\U0001f64f\U0001f680-\U0001f6d7\U0001f900-\U0001f9ff"
    "]*"
)


def stand_alone(text: str) -> bool:
    """Say, fast, whether each character is a grapheme: no is no promise that there is another."""
    return _LONERS.fullmatch(text) is not None


def graphemes(text: str) -> list[str]:
    """Return the graphemes of a text; CR and LF are two, for Twilio counts them so.

    Source: Twilio's message-segment-calculator, which splits graphemes and then CR LF.
    """
    return list(text) if stand_alone(text) else _pattern().findall(text)


@cache
def _pattern() -> regex.Pattern[str]:
    # Imported here: it costs 20 ms and 3 MB, and many texts have no need of it.
    import regex  # noqa: PLC0415 - see above.

    return regex.compile(r"\r|\X")
