"""The words of the system as frozen values. Nothing here does anything.

A `Delivery` carries an `Event`; flows make `Sms`es of it; the ledger answers a claim with a
`Claim`; policy and Twilio give an `Answer`; the ledger records it, which makes an `Outcome`;
all outcomes of an event make its `Settlement`, on which the consumer acts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from smsherald.errors import Reason

Json: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What AMQP handed over: bytes that nobody has looked at yet."""

    body: bytes
    properties: Mapping[str, Any]
    """AMQP's basic properties by their names; absent ones are left out, but `headers` is there."""
    exchange: str
    routing_key: str
    redelivered: bool
    tag: int
    readable: bool = True  # Routing key and properties are as they came.


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in the shop, read and bounded."""

    id: str
    """Readable form of `identity`: logs, notifications, AMQP's `correlation_id`."""
    identity: tuple[str, ...]
    """What makes two deliveries the same event; the first part names the rule that found it."""
    digest: str
    """SHA-256 of routing key and body: tells an event from another that took its identity."""
    routing_key: str
    body: Json
    headers: Mapping[str, Any]
    """The publisher's own headers: those of ours (`x-smsherald-…`) are left out."""
    time: float
    """When it happened: the AMQP timestamp, else when we first saw it. Seconds since the epoch."""
    attempt: int = 0
    """How often it was deferred for a reason that counts against `retry.attempts`."""
    only_flow: str | None = None
    """The copy is for this flow alone."""
    had_parameters: bool = False
    """Its envelope had `parameters`, which are left out of `body`."""


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
class Asked:
    """What Twilio is asked for: what a look-up must find again, and a notification must say."""

    account: str
    sender: str
    to: str
    text: str


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


@dataclass(frozen=True, slots=True)
class Defect:
    """What a flow could not make of an event; `flow` is None where no flow came so far."""

    flow: str | None
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Made:
    """What the flows made of one event."""

    smses: tuple[Sms, ...]
    defects: tuple[Defect, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """Twilio took it."""

    asked: Asked
    sid: str
    status: str | None
    """Twilio's word for it at that moment: `queued`, `accepted`, …"""
    at: float


@dataclass(frozen=True, slots=True)
class Failed:
    """It can never be sent."""

    asked: Asked
    reason: Reason
    code: int | None
    at: float
    claim_number: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """Policy decided against it."""

    asked: Asked
    reason: Reason
    at: float
    claim_number: int


Ended: TypeAlias = Sent | Failed | Skipped


@dataclass(frozen=True, slots=True)
class Duplicate:
    """It had ended, and had been told, before this delivery came."""

    ended: Ended


@dataclass(frozen=True, slots=True)
class Parked:
    """A person must look."""

    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """It comes again, in `wait` seconds or as its attempt's number says; `code` is Twilio's."""

    reason: Reason
    wait: float | None
    code: int | None = None


Outcome: TypeAlias = Sent | Failed | Skipped | Duplicate | Parked | Deferred


@dataclass(frozen=True, slots=True)
class Fresh:
    """The row is ours and nobody has asked Twilio: send."""

    sms: Sms
    claim_number: int
    claimed: float
    """Monotonic clock from before the claim was written: the fence counts from it."""
    asked: Asked
    resend: bool = False
    """It may have been sent before, and the operator chose to send again: policy is not asked."""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """The row is ours after its quarantine; Twilio may have been asked: look up."""

    sms: Sms
    claim_number: int
    asked: Asked
    since: float
    """When the first request may have gone out, by the ledger's clock."""


@dataclass(frozen=True, slots=True)
class Done:
    """The SMS has ended; `told` says whether its notification is confirmed."""

    told: bool
    ended: Ended


@dataclass(frozen=True, slots=True)
class Busy:
    """Somebody has it, or it waits for a person; ask again in `wait` seconds."""

    reason: Reason
    wait: float


@dataclass(frozen=True, slots=True)
class Refused:
    """The row belongs to another event."""

    reason: Reason
    detail: str


Claim: TypeAlias = Fresh | TakenOver | Done | Busy | Refused
Mine: TypeAlias = Fresh | TakenOver


@dataclass(frozen=True, slots=True)
class Accepted:
    """Twilio has it, by its answer or by a look-up (`found`)."""

    sid: str
    status: str | None
    found: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """Twilio will never take it."""

    reason: Reason
    code: int | None


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Twilio certainly does not have it; again after `wait` seconds."""

    reason: Reason
    wait: float | None = None
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Twilio may or may not have it."""


@dataclass(frozen=True, slots=True)
class Absent:
    """The look-up read all there was and did not find it."""


@dataclass(frozen=True, slots=True)
class Unlisted:
    """The look-up itself failed."""


@dataclass(frozen=True, slots=True)
class Skip:
    """Policy says no."""

    reason: Reason


Answer: TypeAlias = Accepted | Rejected | NotTaken | Unknown | Absent | Unlisted | Skip


class EventOutcome(StrEnum):
    """How a delivery ends."""

    HANDLED = "handled"
    IGNORED = "ignored"
    PARKED = "parked"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True)
class Settlement:
    """All that the consumer needs to settle one delivery."""

    outcome: EventOutcome
    results: tuple[tuple[Sms, Outcome], ...] = ()
    defects: tuple[Defect, ...] = ()
