"""Reads what Twilio answers: a taken text, a refusal's code, a page of texts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from smsherald.events.plain import is_whole
from smsherald.model import Accepted, Result
from smsherald.twilio import dates

_SID = re.compile(r"[A-Za-z0-9]{1,64}")
_LARGEST_CODE = 999_999
"""Twilio's have five digits. What has many more is no code, and no number for a database."""
_STATUS = re.compile(r"[a-z_-]{1,32}")


@dataclass(frozen=True, slots=True)
class Message:
    """A text that Twilio has. Twilio: Messages resource."""

    sid: str
    status: str | None
    text: str
    sender: str | None
    """`from`: empty at first where a Messaging Service sends."""
    service: str | None
    """`messaging_service_sid`."""
    created: float | None
    """`date_created` in seconds since the epoch, to the second; None where it is no date."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some texts, newest first, and the path of the next page."""

    result: ClassVar[Result] = "ok"

    messages: tuple[Message, ...]
    following: str | None


def accepted(body: str) -> Accepted | None:
    """Read the body of a 2xx to a request to send; None where it does not name the text."""
    answer = json_object(body)
    sid = _matching(_SID, answer.get("sid"))
    return Accepted(sid, _matching(_STATUS, answer.get("status"))) if sid else None


def error_code(body: str) -> int | None:
    """Read Twilio's error code; its own error bodies and RFC 9457's both name it `code`."""
    code = json_object(body).get("code")
    return code if is_whole(code) and 0 < code <= _LARGEST_CODE else None


def page(body: str) -> Page | None:
    """Read a page of the list of texts; None where any part of it cannot be read."""
    answer = json_object(body)
    entries, following = answer.get("messages"), answer.get("next_page_uri")
    if not isinstance(entries, list) or not isinstance(following, str | None):
        return None
    # Only a path: what it points to is always asked of the host that is configured.
    if following and not following.startswith("/"):
        return None
    messages = tuple(filter(None, map(_message, entries)))
    return Page(messages, following or None) if len(messages) == len(entries) else None


def _message(entry: object) -> Message | None:
    if not isinstance(entry, dict):
        return None
    sid, text = _matching(_SID, entry.get("sid")), entry.get("body")
    if not sid or not isinstance(text, str):
        return None
    return Message(
        sid=sid,
        status=_matching(_STATUS, entry.get("status")),
        text=text,
        sender=_text(entry.get("from")),
        service=_text(entry.get("messaging_service_sid")),
        created=dates.read(_text(entry.get("date_created")) or ""),
    )


def json_object(body: str) -> Mapping[str, Any]:
    """Read a body; empty where it is no object."""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _matching(pattern: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
