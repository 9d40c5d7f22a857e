"""A row of the ledger as a person sees it, and as the sweeper takes it up."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import ColumnElement, RowMapping, and_, case, select

from smsherald.ledger.rows import Row, State
from smsherald.ledger.schema import second_sid, sms
from smsherald.model import Asked, Event, Json, OnUnknown, Sms

Columns: TypeAlias = RowMapping


@dataclass(frozen=True, slots=True)
class Entry:
    """One SMS, without its text and with the end of its number only.

    Times are seconds since the epoch, by the database's clock.
    """

    key: str
    state: State
    event_id: str
    routing_key: str
    flow: str
    reference: str | None
    account: str
    sender: str
    phone_tail: str
    sid: str | None
    second_sids: tuple[str, ...]
    """Messages at Twilio beyond the first: this SMS was sent more than once."""
    result: Json
    """What an ended row says: `status` of a sent one, `reason` and `code` of the others."""
    owner: str
    claim_number: int
    in_vain: int
    since: float
    claimed_at: float
    ended_at: float | None
    notified_at: float | None


FIRST_SID: ColumnElement[str | None] = case(
    (
        and_(sms.c.sid.is_(None), sms.c.state == State.SENT),
        select(second_sid.c.sid).where(second_sid.c.key == sms.c.key).limit(1).scalar_subquery(),
    ),
    else_=sms.c.sid,
)
"""A row that was sent with a SID that another has holds none itself."""

COLUMNS = (*(column for column in sms.c if column.name != "sid"), FIRST_SID.label("sid"))


def entry_of(columns: Columns, second_sids: Iterable[str]) -> Entry:
    """Return what a person may see of a row."""
    names = Entry.__slots__
    shown = {name: columns[name] for name in names if name in columns}
    shown |= {"state": State(columns["state"]), "result": _result(columns)}
    return Entry(**shown, second_sids=tuple(second_sids))


def sms_of(columns: Columns) -> Sms:
    """Return the SMS as far as its row remembers it.

    Of its event only id, digest, routing key and attempt are known, and that it happened before
    `since`; its expiry and `on_unknown` belong to the flow.
    """
    event = Event(
        id=columns["event_id"],
        identity=(),
        digest=columns["event_digest"],
        routing_key=columns["routing_key"],
        body={},
        headers={},
        time=columns["since"],
        attempt=columns["attempt"],
    )
    return Sms(
        key=columns["key"],
        fingerprint=columns["fingerprint"],
        event=event,
        flow=columns["flow"],
        reference=columns["reference"],
        asked=_asked(columns),
        expires=None,
        on_unknown=OnUnknown.LOOKUP,
    )


def row_of(columns: Columns) -> Row:
    """Return the row as the ledger decides on it."""
    return Row(
        key=columns["key"],
        event_digest=columns["event_digest"],
        state=State(columns["state"]),
        owner=columns["owner"],
        claim_number=columns["claim_number"],
        since=columns["since"],
        claimed_at=columns["claimed_at"],
        asked=_asked(columns),
        sid=columns["sid"],
        result=_result(columns),
        ended_at=columns["ended_at"],
        told=columns["notified_at"] is not None,
    )


def _asked(columns: Columns) -> Asked:
    return Asked(columns["account"], columns["sender"], columns["to"], columns["text"])


def _result(columns: Columns) -> Json:
    return {} if columns["result"] is None else json.loads(columns["result"])
