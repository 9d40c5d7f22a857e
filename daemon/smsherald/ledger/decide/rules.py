"""What all decisions depend on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """What decisions depend on beside the rows; `quarantine` in seconds, of what is claimed now."""

    owner: str
    quarantine: float
