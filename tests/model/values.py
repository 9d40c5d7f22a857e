"""Values of the model as the daemon has them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import NamedTuple

from model.state import Claim, Delivery, Row
from smsherald.events import decode
from smsherald.model import Delivery as RealDelivery
from smsherald.model import Event, Fresh, Mine, OnUnknown, TakenOver
from smsherald.model import Row as RealRow
from smsherald.model import Sms as RealSms
from smsherald.sms import asked
from smsherald.testing import a_row

OWNER = "a process"
"""Of all of them: claim numbers alone must tell who may record."""
NOW = 1.0
"""When each event was first seen."""
NUMBER, SERVICE = "+15550100", "MG0"
"""Two senders that are one to a look-up: the service sends from that number."""


class Sms(NamedTuple):
    """The SMS of a delivery, with the text as it was rendered for it."""

    delivery: Delivery
    sender: str
    text: int
    on_unknown: OnUnknown
    attempts: int | None
    """How many attempts are told apart; without, none."""
    once: bool = False
    """It has the key of all others that are sent once."""


def delivery_of(event: int) -> RealDelivery:
    """Return an event as the broker brings it at first."""
    properties = {"app_id": "shop", "message_id": f"event {event + 1}", "headers": {}}
    return RealDelivery(b"{}", properties, "events", "order.created", redelivered=False, tag=1)


@cache
def event_of(delivery: Delivery) -> Event:
    """Return an event after so many attempts."""
    first = decode(delivery_of(delivery.event), now=NOW, max_body=2)
    return replace(first, attempt=delivery.attempt)


@cache
def sms_of(sms: Sms) -> RealSms:
    """Return it as the pipeline has it."""
    event = event_of(sms.delivery)
    text = f"text {sms.text}"
    what = asked("default", "AC0", sms.sender, "+15550199", text)
    key = "once" if sms.once else event.id
    return RealSms(key, text, event, "flow", None, what, 0.5, sms.on_unknown, once=sms.once)


def claim_of(claim: Claim, sms: Sms) -> Mine:
    """Return a claim as the pipeline has it: asked is what the row says, not what is rendered."""
    asked = sms_of(sms._replace(text=claim.text)).asked
    before = TakenOver(sms_of(sms), claim.number, asked, claim.since or 0)
    if claim.since is not None and not claim.resend:
        return before
    resend = before if claim.resend else None
    return Fresh(sms_of(sms), claim.number, claim.claimed, asked, resend, claim.brake)


def row_of(row: Row | None, sms: Sms, quarantine: float) -> RealRow | None:
    """Return a row as the ledger reads it."""
    if row is None:
        return None
    made_by = sms.delivery._replace(event=row.event) if sms.once else sms.delivery
    real = sms_of(sms._replace(text=row.text, delivery=made_by))
    sid = None if row.sid is None else str(row.sid)
    return a_row(
        real,
        state=row.state,
        owner=OWNER,
        claim_number=row.number,
        since=row.since,
        claimed_at=row.claimed_at,
        quarantine=quarantine,
        sid=sid,
        result=dict(row.result),
        ended_at=0.0,
        notified_at=0.0 if row.told else None,
    )
