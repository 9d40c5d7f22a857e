"""Where a template stands."""

from __future__ import annotations

from typing import NamedTuple


class Here(NamedTuple):
    """The locale and the time zone that a template writes in; never the event's."""

    locale: str = "en"
    """A language tag (BCP 47): the one that its message stands under."""
    time_zone: str = "UTC"
    """A name of the tz database: of times that the event gives without a zone, and of all that
    are written."""


HERE = Here()
