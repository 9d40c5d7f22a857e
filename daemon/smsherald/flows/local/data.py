"""What Babel has of a locale."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

_REMEMBERED = 64


@lru_cache(_REMEMBERED)
def data_of(locale: str) -> Locale:
    """Return the data of a locale, or of what is left of it without its last parts.

    The first time takes some milliseconds, and about a megabyte. Raises ValueError with a sentence
    where there are none of its language either.
    """
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415

    parts = locale.replace("_", "-").split("-")
    while parts:
        try:
            return Locale.parse("-".join(parts), sep="-")
        except (UnknownLocaleError, ValueError):
            parts.pop()
    message = f"there are no data of the locale `{locale}`: dates and numbers cannot be written"
    raise ValueError(message)
