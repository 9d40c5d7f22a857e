"""Facts that wait to be told: written with what they are about, deleted once they are told.

Who tells one may end before it is deleted: then it is told again, with the same id.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select

from smsherald.errors import Reason
from smsherald.ledger.sql.database import Database, reading
from smsherald.ledger.sql.schema import outbox
from smsherald.model import Event, Fact, Held, OnUnknown, Row, Sms, Told
from smsherald.sms import asked

OTHERS_AFTER = 60.0
"""Seconds after which a fact is told by another process than the one that wrote it."""
_EVENT = ("event_id", "event_digest", "routing_key", "attempt")
_SMS = ("key", "fingerprint", "flow", "reference")
_ASKED = ("account", "account_sid", "sender", "to", "text")


def held(row: Row) -> tuple[str, str, str]:
    """Return the columns `statements.FACT` of an SMS that is held by its next claim number."""
    told = Told(row.key, Held.word, None, row.claim_number + 1)
    body: dict[str, Any] = {name: getattr(row, name) for name in (*_EVENT, *_SMS)}
    body |= {name: getattr(row.asked, name) for name in _ASKED}
    body["claim_number"] = told.claim_number
    return f"{told.key}/{told.word}/{told.proof}", f"sms.{Held.word}", json.dumps(body)


class Outbox:
    """Works on one database, on the thread that has the connection."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.connection

    def waiting(self, owner: str, most: int) -> list[Fact]:
        """Return facts that this process has written, or that their own was too late for.

        What cannot be read another version may have written: it stays, and is counted.
        """
        mine = or_(outbox.c.owner == owner, outbox.c.at < self._database.ago(OTHERS_AFTER))
        wanted = select(outbox).where(_known(), mine).order_by(outbox.c.at, outbox.c.id)
        with reading(self._connection) as connection:
            found = connection.execute(wanted.limit(10 * most)).all()
        facts = (_fact(row.id, row.body, row.at) for row in found)
        return [fact for fact in facts if fact is not None][:most]

    def forget(self, ids: Collection[str]) -> None:
        """Delete what was told."""
        with self._connection.begin():
            self._connection.execute(delete(outbox).where(outbox.c.id.in_(ids)))

    def count(self) -> int:
        """Count all that wait, also those that only another version can tell."""
        with reading(self._connection) as connection:
            return int(connection.execute(select(func.count()).select_from(outbox)).scalar_one())


def _known() -> ColumnElement[bool]:
    # What another version writes is for its own daemons to tell: here it would hide the others.
    return outbox.c.routing_key == f"sms.{Held.word}"


def _fact(identifier: str, text: str, at: float) -> Fact | None:
    try:
        return _read(identifier, json.loads(text), at)
    except (ValueError, TypeError, LookupError, AttributeError):
        return None


def _read(identifier: str, body: dict[str, Any], at: float) -> Fact:
    event_id, digest, routing_key, attempt = (body[name] for name in _EVENT)
    event = Event(event_id, (), digest, routing_key, {}, {}, time=at, attempt=attempt)
    key, fingerprint, flow, reference = (body[name] for name in _SMS)
    asked_for = asked(*(body[name] for name in _ASKED))
    sms = Sms(key, fingerprint, event, flow, reference, asked_for, None, on_unknown=OnUnknown.HOLD)
    return Fact(identifier, sms, Held(asked_for, Reason.HELD, at, body["claim_number"]))
