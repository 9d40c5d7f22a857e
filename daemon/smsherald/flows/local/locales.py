"""Which of a flow's messages is for a reader of a locale.

Locales come as BCP 47 has them (`pt-BR`), as POSIX does (`pt_BR.UTF-8`, `sr_RS@latin`) or as a
browser sends them (`pt-BR,pt;q=0.9`), and with codes that were withdrawn. Two that mean the same
are one here; what is told apart only by a script or a region may stand in for the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_LONGEST = 200
"""Characters of what an event gives that are looked at."""
_MOST = 8
"""Parts of a tag, and tags of a list."""

_NEW = {"iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro", "tl": "fil", "sh": "sr-latn"}
"""Withdrawn codes (IANA Language Subtag Registry, `Preferred-Value`; `sh`, `tl`: CLDR)."""
_SCRIPTS = {
    "zh-cn": "zh-hans",
    "zh-sg": "zh-hans-sg",
    "zh-my": "zh-hans-my",
    "zh-tw": "zh-hant",
    "zh-hk": "zh-hant-hk",
    "zh-mo": "zh-hant-mo",
    "zh-hans-cn": "zh-hans",
    "zh-hant-tw": "zh-hant",
    "zh-chs": "zh-hans",
    "zh-cht": "zh-hant",
    "sr-me": "sr-latn-me",
}
"""What the region says of the script (CLDR, likely subtags); `chs` and `cht` are Windows'."""
_AKIN = {"nb": ("no", "nn"), "nn": ("no", "nb"), "no": ("nb", "nn"), "zh": ("zh-hans",)}
"""What stands in for a language: Norwegian has a code for both of its ways to be written."""
_MODIFIERS = {"latin": "latn", "cyrillic": "cyrl"}
_POSIX = re.compile(r"(?P<tag>[^.@]*)(?:\.[^@]*)?(?:@(?P<modifier>.*))?")


def choose(wanted: str, there: Iterable[str]) -> str | None:
    """Return which of the locales that are there is for a reader of the one that is wanted.

    It is the same one, else one that is less exact by a region, a script or the like, else one of
    a language that stands in for it; None where there is none. Of a list with commas, the first
    that there is something for counts.
    """
    known: dict[str, str] = {}
    for each in there:
        known.setdefault(_meant(each), each)
    for text in wanted[:_LONGEST].split(",")[:_MOST]:
        for tag in _less_and_less(_meant(text)):
            if tag in known:
                return known[tag]
    return None


def _meant(text: str) -> str:
    """Write a locale in the one way that is used here; "" for what is none."""
    match = _POSIX.fullmatch(text.partition(";")[0].strip().replace("_", "-").casefold())
    if match is None:
        return ""
    language, *rest = match["tag"].split("-")[:_MOST]
    if modifier := _MODIFIERS.get(match["modifier"] or ""):
        rest = [modifier, *rest]
    first, _, script = _NEW.get(language, language).partition("-")
    tag = "-".join([first, *([script] if script else []), *rest])
    return _with_script(tag)


def _with_script(tag: str) -> str:
    for less in _shorter(tag):
        if less in _SCRIPTS:
            return _SCRIPTS[less] + tag.removeprefix(less)
    return tag


def _less_and_less(tag: str) -> Iterator[str]:
    language = ""
    for language in _shorter(tag):
        yield language
    yield from _AKIN.get(language, ())


def _shorter(tag: str) -> Iterator[str]:
    """Yield a tag, and what is left of it without its last part, without the last two and so on."""
    while tag:
        yield tag
        tag = tag.rpartition("-")[0]
