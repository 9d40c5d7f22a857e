"""An event's line for a reader: what became of it, on one line of a terminal where it can be.

    09:30:00 sent      order.created → +1•••••••09 order-created 131 ms SM…

Its fields are those of `event_line.py`; what is left out here is in the JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_COLOURS = {
    "sent": 32,
    "handled": 32,
    "failed": 31,
    "skipped": 33,
    "deferred": 33,
    "parked": 35,
    "duplicate": 36,
    "published": 32,
    "ignored": 2,
}
_TIME = slice(11, 19)
_WIDEST = 9
_NEEDED = {"timestamp", "outcome", "routing_key", "duration_ms"}


def is_event(fields: Mapping[str, Any]) -> bool:
    """Say whether this is the line of a delivery."""
    return fields.get("message") == "event" and fields.keys() >= _NEEDED


def compact(fields: Mapping[str, Any], *, colours: bool) -> str:
    """Return the line."""
    several = fields.get("smses")
    word = str(fields["outcome"] if several else fields.get("sms", fields["outcome"]))
    words = [str(fields["routing_key"])]
    if not several:
        words += _about(fields)
    words.append(f"{fields['duration_ms']:.0f} ms")
    words += _ending(fields)
    line = " ".join(words)
    if several:
        each = (" ".join([sms["sms"], *_about(sms), *_ending(sms)]) for sms in several)
        line = f"{line}: {'; '.join(each)}"
    shown = f"{word:<{_WIDEST}}"
    if colours and word in _COLOURS:
        shown = f"\x1b[{_COLOURS[word]}m{shown}\x1b[0m"
    return f"{fields['timestamp'][_TIME]} {shown} {printable(line)}"


def printable(text: str) -> str:
    """Escape what would move the cursor: an event's id is a stranger's text."""
    if text.isprintable():
        return text
    return "".join(
        sign
        if sign.isprintable()
        else sign.encode("unicode_escape", "surrogatepass").decode("ascii")
        for sign in text
    )


def _about(fields: Mapping[str, Any]) -> list[str]:
    words = [f"→ {fields['to']}"] if "to" in fields else []
    return [*words, fields["flow"]] if "flow" in fields else words


def _ending(fields: Mapping[str, Any]) -> list[str]:
    """Say why, and with which SID."""
    words = []
    if earlier := fields.get("earlier"):
        other = fields.get("earlier_event_id")
        words.append(
            f"{earlier} before" if other is None else f"{earlier} before for event {other}"
        )
    if reason := fields.get("reason"):
        words.append(f"{reason}: {fields['detail']}" if fields.get("detail") else str(reason))
    if code := fields.get("twilio_code") or fields.get("failure"):
        words.append(f"({code})")
    if wait := fields.get("wait_s"):
        words.append(f"again in {wait:g} s")
    if sid := fields.get("sid"):
        words.append(sid)
    return words
