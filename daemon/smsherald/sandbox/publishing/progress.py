"""What became of an event that was published here, for the page that published it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one text of an event, or of the event itself, by now."""

    word: str
    """The outcome: `sent`, `failed`, `skipped`, `duplicate`, `parked`, `deferred`, …"""
    why: str = ""
    to: str | None = None
    sid: str | None = None
    """Of the text at Twilio, where it was taken."""


class Progress:
    """How far an event has come: whoever publishes tells it, for as long as it is read.

    `fates` are by whatever tells two texts apart. It is `over` once nothing comes any more.
    """

    def __init__(self) -> None:
        self.fates: Mapping[str, Fate] = {}
        self.over = False

    def tell(self, fates: Mapping[str, Fate], *, over: bool) -> None:
        """Take what is known now in place of what was known before."""
        self.fates = fates
        self.over = over
