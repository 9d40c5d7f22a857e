"""A text in the sandbox: what was asked for, what it is at a moment, and how Twilio shows it.

Source: Twilio's Messages resource of the API version 2010-04-01.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

API_VERSION = "2010-04-01"

POOL_SENDER = "+15005550006"
"""The number that every Messaging Service of the sandbox sends from."""


class Status(StrEnum):
    """Twilio's words for the stations of an outbound text that arrives."""

    ACCEPTED = "accepted"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a client asked for, once it is found valid; either `sender` or `service` is there."""

    account: str
    to: str
    sender: str | None
    service: str | None
    text: str
    media: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    """What else it was asked for with, by Twilio's names of parameters."""


@dataclass(frozen=True, slots=True)
class Message:
    """A text that was taken. Times are seconds since the epoch.

    Where it stands is no state of its own: it follows from how long ago it was taken.
    """

    number: int
    """Counts from 1 in the order of acceptance."""
    sid: str
    account: str
    to: str
    sender: str | None
    service: str | None
    text: str
    media: tuple[str, ...]
    encoding: str
    """`gsm7` or `ucs2`."""
    segments: int
    created: float
    delay: float
    """Seconds from taken to sent, and again from sent to delivered."""
    listed: float
    """Lists do not show it before this."""
    options: Mapping[str, str] = field(default_factory=dict)

    def status(self, now: float) -> Status:
        """Say where it stands: at the very moment of acceptance it is never sent yet."""
        age = now - self.created
        if age > 2 * self.delay:
            return Status.DELIVERED
        if age > self.delay:
            return Status.SENT
        return Status.QUEUED if self.service is None else Status.ACCEPTED

    def sent_at(self, now: float) -> float | None:
        """Return when it was sent, None while it waits."""
        return self.created + self.delay if now - self.created > self.delay else None

    def sender_at(self, now: float) -> str | None:
        """Return the sending number: a Messaging Service chooses it only when it sends."""
        return self.sender or (POOL_SENDER if self.sent_at(now) is not None else None)

    def resource(self, now: float) -> dict[str, Any]:
        """Return it as Twilio's JSON shows it at a moment."""
        sent = self.sent_at(now)
        status = self.status(now)
        updated = self.created + 2 * self.delay if status is Status.DELIVERED else sent
        path = f"/{API_VERSION}/Accounts/{self.account}/Messages/{self.sid}"
        return {
            "account_sid": self.account,
            "api_version": API_VERSION,
            "body": self.text,
            "date_created": rfc2822(int(self.created)),
            "date_sent": None if sent is None else rfc2822(int(sent)),
            "date_updated": rfc2822(int(updated or self.created)),
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": self.sender_at(now),
            "messaging_service_sid": self.service,
            "num_media": str(len(self.media)),
            "num_segments": "0" if self.service and sent is None else str(self.segments),
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": status.value,
            "subresource_uris": {"media": f"{path}/Media.json"},
            "to": self.to,
            "uri": f"{path}.json",
        }


def new_sid(draft: Draft) -> str:
    """Return a fresh SID: Twilio begins it with `SM`, with media with `MM`."""
    return ("MM" if draft.media else "SM") + secrets.token_hex(16)


@lru_cache(maxsize=4096)
def rfc2822(seconds: int) -> str:
    """Return a time as Twilio writes it: `Thu, 24 Aug 2023 05:01:45 +0000`."""
    return format_datetime(datetime.fromtimestamp(seconds, UTC))
