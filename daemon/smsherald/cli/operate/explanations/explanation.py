"""What is explained, as a value, and the sentences that stand in the JSON files beside."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from smsherald.errors import Foreign, Reason


class Kind(StrEnum):
    """What a word is."""

    REASON = "reason"
    CODE = "code"
    """One of Twilio's error codes."""
    STATUS = "status"
    """An HTTP status, as the log has it for a refusal without a code."""
    LABEL = "label"
    """A word of metrics and `status`: why a pause began, how a request ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """All there is to say about a word; sentences hold commands and settings in backticks."""

    kind: Kind
    word: str
    short: str
    """What follows the word in a headline: no sentence."""
    meaning: str
    does: Sequence[str]
    """What becomes of a text, in paragraphs."""
    advice: Sequence[str]
    see: Sequence[str]
    """Where more stands: files of the repository with a heading, and URLs."""
    facts: Mapping[str, Any]
    """What else a program may want to know, by names of its own."""


@dataclass(frozen=True, slots=True)
class Text:
    """What a file says of a word."""

    short: str
    meaning: str
    does: str
    advice: Sequence[str]
    see: Sequence[str]


@cache
def texts(name: str) -> Mapping[str, Text]:
    """Read one of the files beside: `codes`, `labels`, `reasons` or `statuses`, in its order."""
    data = json.loads(files(__package__).joinpath(f"{name}.json").read_text(encoding="utf-8"))
    return {word: _text(entry) for word, entry in data.items()}


def in_short(reason: Reason | Foreign) -> str:
    """Return a reason and, in a few words, what it means; of another version's nobody knows."""
    return reason if isinstance(reason, Foreign) else f"{reason}: {texts('reasons')[reason].short}"


def _text(entry: Mapping[str, Any]) -> Text:
    return Text(
        short=entry["short"],
        meaning=entry["meaning"],
        does=entry.get("does", ""),
        advice=tuple(entry.get("advice", ())),
        see=tuple(entry.get("see", ())),
    )
