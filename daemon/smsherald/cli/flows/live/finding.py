"""What was looked at, what was found, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How a finding stands."""

    OK = "ok"
    WARNING = "warning"
    """It works, and will surprise."""
    ERROR = "error"
    """Texts do not go out."""
    UNSEEN = "cannot look"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line; `todo` is empty where nothing is to be done."""

    mark: Mark
    subject: str
    found: str
    todo: str = ""
