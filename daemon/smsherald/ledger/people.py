"""What a person asks of the ledger, and a person's word on a doubtful SMS.

Runs on the thread that has the connection; what only reads keeps nobody from writing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import replace
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.exc import IntegrityError

from smsherald.ledger import phones
from smsherald.ledger.sql.database import Database, reading
from smsherald.ledger.sql.queries import in_state, rows_where
from smsherald.ledger.sql.schema import locked, second_sid, sms
from smsherald.model import Row, State


class Resolved(StrEnum):
    """What became of a person's decision on a row."""

    DONE = "done"
    NOT_THERE = "not_there"
    IN_QUARANTINE = "in_quarantine"
    """It is `sending`, and whoever claimed it may still be at work."""
    NOT_OPEN = "not_open"
    """It is neither `held` nor `sending`: there is nothing to decide."""
    SID_TAKEN = "sid_taken"
    """Another SMS has that SID."""


class People:
    """Answers on one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.connection

    def find(self, wanted: str, most: int) -> list[Row]:
        """Return the rows with this key, SID (a second one too), reference or event id.

        The newest come first. Of a key its beginning is enough. By reference or event id it reads
        through the whole ledger.
        """
        by_second = select(second_sid.c.key).where(second_sid.c.sid == wanted)
        for condition in (
            or_(_key_begins(wanted), sms.c.sid == wanted, sms.c.key.in_(by_second)),
            or_(sms.c.reference == wanted, sms.c.event_id == wanted),
        ):
            if found := self._rows(condition, most):
                return found
        return []

    def find_phone(self, number: str, most: int) -> list[Row]:
        """Return the rows of a recipient (E.164); the newest first. Reads the whole ledger."""
        return self._rows(
            sms.c.phone_digest == phones.digest(self._database.phone_key, number), most
        )

    def of_events(self, events: Collection[tuple[str, str | None]], most: int) -> list[Row]:
        """Return all rows of events, by id and, where it is not None, digest; the newest first.

        It reads through the whole ledger, once for all of them.
        """
        if not events:
            return []
        rows = self._rows(sms.c.event_id.in_({event_id for event_id, _ in events}), most)
        return [
            row
            for row in rows
            if (row.event_id, row.event_digest) in events or (row.event_id, None) in events
        ]

    def latest(self, state: State | None, since: float | None, most: int) -> list[Row]:
        """Return the rows in a state, of the last `since` seconds; the newest first."""
        conditions: list[ColumnElement[bool]] = []
        if state is not None:
            conditions.append(in_state(state))
        if since is not None:
            conditions.append(sms.c.since >= self._database.ago(since))
        return self._rows(and_(True, *conditions), most)  # noqa: FBT003 - SQLAlchemy's "no condition"

    def keys(self, beginning: str, most: int) -> list[str]:
        """Return keys that begin so."""
        wanted = select(sms.c.key).where(_key_begins(beginning)).limit(most)
        with reading(self._connection) as connection:
            return list(connection.execute(wanted).scalars())

    def resolve(self, key: str, sid: str | None) -> Resolved:
        """Write a person's decision: sent with this SID, or, where it is None, not taken at all.

        A row that is `sending` is left alone in its own quarantine.
        """
        now = self._database.clock
        # Retention counts from now: it waits for its event to be published again.
        decided: dict[str, Any] = {"state": State.FREE, "in_vain": 0, "claimed_at": now}
        if sid is not None:
            result = json.dumps({"status": None})
            decided = {"state": State.SENT, "sid": sid, "result": result, "ended_at": now}
        open_row = and_(
            sms.c.key == key,
            locked,
            or_(sms.c.state == State.HELD, sms.c.claimed_at <= now - sms.c.quarantine),
        )
        try:
            with self._connection.begin():
                if sid is not None and self._is_taken(sid):
                    return Resolved.SID_TAKEN
                if self._connection.execute(update(sms).where(open_row).values(decided)).rowcount:
                    return Resolved.DONE
                state = self._connection.execute(select(sms.c.state).where(sms.c.key == key))
                return _why_not(state.scalar())
        except IntegrityError:
            return Resolved.SID_TAKEN

    def _rows(self, condition: ColumnElement[bool], most: int) -> list[Row]:
        """Read the newest rows, with all their SIDs."""
        with reading(self._connection) as connection:
            rows = rows_where(connection, condition, sms.c.since.desc(), most)
            keys = [row.key for row in rows]
            others = select(second_sid.c.key, second_sid.c.sid).where(second_sid.c.key.in_(keys))
            seconds = connection.execute(others).all()
        return [
            replace(
                row,
                second_sids=tuple(sid for key, sid in seconds if key == row.key and sid != row.sid),
            )
            for row in rows
        ]

    def _is_taken(self, sid: str) -> bool:
        by_row = select(sms.c.key).where(sms.c.sid == sid)
        by_second = select(second_sid.c.key).where(second_sid.c.sid == sid)
        return self._connection.execute(by_row.union_all(by_second)).first() is not None


def _key_begins(beginning: str) -> ColumnElement[bool]:
    """Choose keys by their first digits, ten or more, of which the index makes a range."""
    if not re.fullmatch("[0-9a-f]{10,63}", beginning, re.ASCII):
        return sms.c.key == beginning
    return and_(sms.c.key >= beginning, sms.c.key < f"{beginning}g")


def _why_not(state: str | None) -> Resolved:
    match state:
        case None:
            return Resolved.NOT_THERE
        case State.SENDING:
            return Resolved.IN_QUARANTINE
        case _:
            return Resolved.NOT_OPEN
