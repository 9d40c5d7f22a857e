"""What a text becomes before it is sent: composed, and by wish all of it GSM-7."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote

from smsherald.sms.alphabet import forcing, foreign, is_gsm7
from smsherald.sms.links import links
from smsherald.sms.replacements import REPLACEMENTS

_BEHIND_HOST = re.compile(r"(?<![:/])[/?#].*")

_BESIDE = 200
"""From this combining class on a mark stands above or below its letter; strokes are of others."""

_NO_MARK = re.compile("[\u034f\ufe00-\ufe0f]")
"""These choose how the character before them looks, and are not seen themselves."""


def normalised(text: str) -> str:
    """Return the text composed (NFC): `e` and its acute accent are one character."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def as_gsm7(text: str) -> str | None:
    """Return the text with nothing but GSM-7 in it; None if that cannot be had for all of it.

    A text of GSM-7 is returned as it is. A link is never spelled otherwise: behind its host it is
    percent-encoded (UTF-8), and a foreign host cannot be had. Elsewhere a character becomes what
    the table has for it, else what Unicode decomposes it into, without accents. The result can
    take more segments than the text: a character of a link takes up to twelve septets.
    """
    if is_gsm7(text):
        return text
    text = unicodedata.normalize("NFC", text)
    parts: list[str | None] = []
    done = 0
    for start, end in links(text):
        parts += [_spelled(text[done:start]), _encoded(text[start:end])]
        done = end
    parts.append(_spelled(text[done:]))
    had = [part for part in parts if part is not None]
    return "".join(had) if len(had) == len(parts) else None


def _encoded(link: str) -> str | None:
    encoded = _BEHIND_HOST.sub(lambda rest: _percent(rest[0]), link, count=1)
    return encoded if is_gsm7(encoded) else None


def _percent(text: str) -> str:
    try:
        return text.translate({ord(character): quote(character, "") for character in forcing(text)})
    except UnicodeEncodeError:
        # Half a surrogate pair has no UTF-8.
        return text


def _spelled(text: str) -> str | None:
    """Spell what is no link."""
    if is_gsm7(text):
        return text
    spelled: list[str] = []
    done = 0
    for at, character in foreign(text):
        one = _accent(character) if at else None
        if one is None:
            one = _figure(text, at) if _is_figure(character) else _one(character)
        if one is None:
            return None
        spelled += (text[done:at], one)
        done = at + 1
    return "".join(spelled) + text[done:]


def _accent(character: str) -> str | None:
    """Return nothing for a mark that can go, None for what is no mark or means something."""
    can_go = unicodedata.combining(character) >= _BESIDE or _NO_MARK.match(character)
    return "" if can_go else None


def _is_figure(character: str) -> bool:
    """Say whether it is a number of another kind than digits: a fraction, a power, in a circle."""
    return unicodedata.category(character) == "No"


def _figure(text: str, at: int) -> str | None:
    """Spell the figure there, but never into one number with its neighbours: 2½ is not 21/2."""
    one = _one(text[at])
    if one is None or text[at + 1 : at + 2].isnumeric():
        return None
    if not text[:at][-1:].isnumeric():
        return one
    return f" {one}" if "/" in one else None


@lru_cache(maxsize=1024)
def _one(character: str) -> str | None:
    """Spell a character by itself."""
    if is_gsm7(character):
        return character
    if (known := REPLACEMENTS.get(character)) is not None:
        return known
    tag, _, rest = f" {unicodedata.decomposition(character)}".rpartition(">")
    into = "".join(chr(int(code, 16)) for code in rest.split())
    if not into or (tag and into.startswith(" ") and len(into) > 1):
        # An accent that stands alone decomposes into a space that has it.
        return None
    spelled = [_one(into[0])]
    for part in into[1:]:
        accent = _accent(part)
        spelled.append(_one(part) if accent is None else accent)
    return None if None in spelled else "".join(filter(None, spelled))
