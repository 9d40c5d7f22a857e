"""What flows make of an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Literal

from smsherald.errors import Reason
from smsherald.model.event import Event


class OnUnknown(StrEnum):
    """What becomes of an SMS that Twilio may or may not have taken, after the quarantine."""

    LOOKUP = "lookup"
    HOLD = "hold"
    RESEND = "resend"


@dataclass(frozen=True, slots=True)
class Account:
    """The public half of a Twilio account: no credential is in it."""

    name: str
    sid: str
    sender: str
    """The account's own sender: E.164 number, short code, alphanumeric name or `MG…`."""
    senders: frozenset[str]
    """All senders that the account owns, its own among them."""


@dataclass(frozen=True, slots=True)
class Segments:
    """What a carrier bills."""

    encoding: Literal["gsm7", "ucs2"]
    count: int
    """At least 1."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What Twilio is asked for: what a look-up must find again, and a notification must say."""

    account: str
    account_sid: str
    """The account itself: its name may be given to another, which does not list this text."""
    sender: str
    to: str
    text: str
    segments: Segments


@dataclass(frozen=True, slots=True)
class Sms:
    """One text for one recipient, made by one flow of one event."""

    key: str
    """Digest of event identity, flow and recipient: the row of the ledger."""
    fingerprint: str
    """Digest of account SID, recipient and text: two alike cannot be told apart at Twilio."""
    event: Event
    flow: str
    reference: str | None
    asked: Asked
    expires: float | None
    """After this the text is skipped. Seconds since the epoch."""
    on_unknown: OnUnknown
    once: bool = False
    """`key` is of what the flow says is to be texted once, whichever events say it."""
    refused: Reason | None = None
    """Why its own flow has it recorded and told, but not sent."""
    media: tuple[str, ...] = ()
    """Links to what is sent with it; a listing does not show them, so they are in no digest."""
    options: Mapping[str, str] = field(default_factory=dict)
    """What else Twilio is told of it, by Twilio's names of parameters."""


@dataclass(frozen=True, slots=True)
class SmsEvent:
    """One text as an event of its own, which a flow publishes in place of an SMS; another sends it.

    The ledger does not know it, and nothing expires it: it has the time of the event that it was
    made of, and the flow that sends it goes by its own `max_age`.
    """

    word: ClassVar[str] = "published"

    key: str
    """As an SMS's: the same text of the same event has the same, however often it comes."""
    flow: str
    to: str
    routing_key: str
    body: Mapping[str, Any]
    """JSON."""
    event: Event
    """What it was made of."""
    reference: str | None


@dataclass(frozen=True, slots=True)
class Defect:
    """What a flow could not make of an event; `flow` is None where no flow came so far."""

    flow: str | None
    reason: Reason
    detail: str
    reference: str | None = None
    """The flow's, as far as it could be made of the event all the same."""


@dataclass(frozen=True, slots=True)
class Made:
    """What the flows made of one event."""

    smses: tuple[Sms, ...]
    defects: tuple[Defect, ...]
    published: tuple[SmsEvent, ...] = ()
