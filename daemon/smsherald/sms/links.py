"""Where the links of a text stand: they are neither rewritten nor cut."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# With a scheme, or what phones make a link of all the same: `www.` and a host with a path. What no
# reader sees (zero-width space, word joiner, byte order mark) ends one as a space does.
_LINK = re.compile(
    r"(?:https?://|(?<![\w.@-])(?:www\.|(?:[a-z0-9-]+\.)+[a-z]{2,}/))[^\s\x00-\x20\u200b\u2060\ufeff]+",
    re.IGNORECASE,
)
_NO_END = frozenset(".,;:!?'\")]}>")


def links(text: str) -> Iterator[tuple[int, int]]:
    """Go through the links of a text: where each begins and where it ends.

    The punctuation behind one, typographic too, is the sentence's.
    """
    for link in _LINK.finditer(text):
        start, end = link.span()
        while text[end - 1] in _NO_END or _is_typographic(text[end - 1]):
            end -= 1
        yield start, end


def _is_typographic(character: str) -> bool:
    return not character.isascii() and unicodedata.category(character).startswith("P")
