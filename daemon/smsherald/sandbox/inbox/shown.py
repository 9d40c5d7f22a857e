"""What the inbox page shows of all texts: those that were searched for, of them the newest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from smsherald.sandbox.messages import Message
from smsherald.sandbox.store import Store

MOST_PHONES: Final = 60
MOST_BUBBLES: Final = 40
"""At first the page shows the newest: it is read by a person, every second. It says so, and can
ask for more."""

_MOST_DIGITS: Final = 6
_AS_PHONES_WRITE: Final = re.compile(r"[0-9+()./ -]*[0-9][0-9+()./ -]*")
_NO_DIGIT: Final = re.compile("[^0-9]")


@dataclass(frozen=True, slots=True)
class Look:
    """What the page asks for."""

    query: str = ""
    phones: int = MOST_PHONES
    bubbles: Mapping[str, int] = field(default_factory=dict)
    """How many texts of a phone, by its number; the others show as many as at first."""


def read_look(query: str, phones: str, bubbles: Iterable[str]) -> Look:
    """Read what the page asks for; `bubbles` are as `+15558675309:80`. Nothing is refused."""
    asked = (it.rpartition(":") for it in bubbles)
    return Look(
        query=query,
        phones=_at_least(MOST_PHONES, phones),
        bubbles={to: _at_least(MOST_BUBBLES, count) for to, _, count in asked},
    )


def _at_least(least: int, text: str) -> int:
    usable = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return max(least, int(text)) if usable else least


def shown(store: Store, look: Look, now: float) -> dict[str, Any]:
    """Return the phones, who was texted last first, each newest text last; and how many there are.

    `total` and `count` are of all texts, of the sandbox and of a phone; `matching` of those that
    were searched for.
    """
    matches = finder(look.query, now)
    conversations: list[dict[str, Any]] = []
    phones = matching = 0
    for to, messages in store.conversations():
        found: Sequence[Message] = (
            messages if matches is None else [it for it in messages if matches(it)]
        )
        if not found:
            continue
        phones += 1
        matching += len(found)
        if phones <= look.phones:
            most = look.bubbles.get(to, MOST_BUBBLES)
            newest = list(islice(reversed(found), most))
            conversations.append(
                {
                    "to": to,
                    "count": len(messages),
                    "matching": len(found),
                    "messages": [_bubble(message, now) for message in reversed(newest)],
                }
            )
    return {
        "total": len(store),
        "matching": matching,
        "phones": phones,
        "forgotten": store.forgotten,
        "newest": store.accepted,
        "conversations": conversations,
    }


def finder(query: str, now: float) -> Callable[[Message], bool] | None:
    """Return what says whether a text is searched for: by its numbers, its words or its SID.

    None finds all. Upper and lower case are the same, and so is a number however it is written.
    """
    wanted = " ".join(query.split()).casefold()
    if not wanted:
        return None
    digits = _NO_DIGIT.sub("", wanted) if _AS_PHONES_WRITE.fullmatch(wanted) else ""

    spaced = " " in wanted

    def matches(message: Message) -> bool:
        text = message.text.casefold()
        if spaced:
            text = " ".join(text.split())
        return (
            wanted in text
            or wanted in message.sid.casefold()
            or any(
                wanted in number.casefold() or (digits and digits in number)
                for number in (message.to, message.sender_at(now), message.service)
                if number is not None
            )
        )

    return matches


def _bubble(message: Message, now: float) -> dict[str, Any]:
    return {
        "number": message.number,
        "sid": message.sid,
        "account": message.account,
        "from": message.sender_at(now),
        "service": message.service,
        "text": message.text,
        "media": list(message.media),
        "options": dict(message.options),
        "encoding": message.encoding,
        "segments": message.segments,
        "status": message.status(now).value,
        "time": message.created,
    }
