"""How a row of the ledger is read, whichever statement brings it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from smsherald.errors import word_of
from smsherald.ledger.sql.schema import quoted
from smsherald.model import Event, Json, OnUnknown, Row, Sms, State
from smsherald.sms import asked

_READ = (
    "key",
    "event_id",
    "event_digest",
    "routing_key",
    "attempt",
    "flow",
    "reference",
    "state",
    "fingerprint",
    "owner",
    "claim_number",
    "in_vain",
    "since",
    "claimed_at",
    "quarantine",
    "account",
    "account_sid",
    "sender",
    "to",
    "text",
    "phone_tail",
    "sid",
    "result",
    "ended_at",
    "notified_at",
)


def row_columns(alias: str) -> str:
    """Return the columns of a SELECT that `row_of` reads; `alias` is the table's name in it."""
    return ", ".join(_sid(alias) if name == "sid" else f'{alias}."{name}"' for name in _READ)


def _sid(alias: str) -> str:
    """Return the first SID: a row that was sent with one that another has holds none itself."""
    return (
        f"CASE WHEN {alias}.sid IS NULL AND {alias}.state = {quoted(State.SENT)}"  # noqa: S608 - Names of ours.
        f" THEN (SELECT s.sid FROM second_sid s WHERE s.key = {alias}.key LIMIT 1)"
        f" ELSE {alias}.sid END"
    )


def row_of(columns: Sequence[Any]) -> Row:
    """Return the row of `row_columns`."""
    (
        key,
        event_id,
        event_digest,
        routing_key,
        attempt,
        flow,
        reference,
        state,
        fingerprint,
        owner,
        claim_number,
        in_vain,
        since,
        claimed_at,
        quarantine,
        account,
        account_sid,
        sender,
        to,
        message,
        phone_tail,
        sid,
        result,
        ended_at,
        notified_at,
    ) = columns
    return Row(
        key=key,
        event_id=event_id,
        event_digest=event_digest,
        routing_key=routing_key,
        attempt=attempt,
        flow=flow,
        reference=reference,
        state=word_of(State, state),
        fingerprint=fingerprint,
        owner=owner,
        claim_number=claim_number,
        in_vain=in_vain,
        since=since,
        claimed_at=claimed_at,
        quarantine=quarantine,
        asked=asked(account, account_sid, sender, to, message),
        phone_tail=phone_tail,
        sid=sid,
        result={} if result is None else _read(result),
        ended_at=ended_at,
        notified_at=notified_at,
    )


def _read(result: str) -> Json:
    """Read what an ended row says; as text what another version has written in another way."""
    try:
        read = json.loads(result)
    except ValueError:
        read = None
    return read if isinstance(read, dict) else {"text": result}


def found_row(columns: Sequence[Any]) -> Row | None:
    """Return the row of `row_columns` behind an outer join; None where there was none."""
    return None if columns[0] is None else row_of(columns)


def sms_of(row: Row) -> Sms:
    """Return the SMS as far as its row remembers it.

    Of its event only id, digest, routing key and attempt are known, and that it happened before
    `since`; its expiry and `on_unknown` belong to the flow.
    """
    event = Event(
        id=row.event_id,
        identity=(),
        digest=row.event_digest,
        routing_key=row.routing_key,
        body={},
        headers={},
        time=row.since,
        attempt=row.attempt,
    )
    return Sms(
        key=row.key,
        fingerprint=row.fingerprint,
        event=event,
        flow=row.flow,
        reference=row.reference,
        asked=row.asked,
        expires=None,
        on_unknown=OnUnknown.LOOKUP,
    )
