"""Time zones by their names in the tz database (`Europe/Berlin`)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_REMEMBERED = 64
"""Zones; bounded, for an event may name one."""


@lru_cache(_REMEMBERED)
def zone(name: str) -> ZoneInfo:
    """Return a time zone. Raises ValueError with a sentence."""
    # Only who needs another zone than UTC waits for the library.
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    if name not in _names():
        raise ValueError(_unknown(name))
    return ZoneInfo(name)


def check_zone(name: str) -> None:
    """Raise ValueError, with a sentence, for what names no time zone."""
    # Without the library for what mostly stands there.
    if name != "UTC" and name not in _names():
        raise ValueError(_unknown(name))


@lru_cache(1)
def _names() -> frozenset[str]:
    """Return all names: of the package, for what a machine has beside it differs."""
    from importlib.resources import files  # noqa: PLC0415

    return frozenset(files("tzdata").joinpath("zones").read_text("utf-8").split())


def _unknown(name: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415

    # `Etc/GMT+1` is an hour behind, and whoever writes GMT+1 means one ahead.
    known = {each.casefold(): each for each in _names() if not each.startswith("Etc/")}
    wanted = name.casefold().replace(" ", "_")
    cities = [lower for lower in known if lower.rpartition("/")[2] == wanted]
    near = cities or get_close_matches(wanted, known, 1)
    hint = f"did you mean `{known[near[0]]}`?" if near else "Europe/Berlin is one"
    return f"is no time zone of the tz database; {hint}"
