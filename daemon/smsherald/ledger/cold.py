"""The statements that are not hot: what a person asks, what the sweeper takes up, retention.

Everything here runs on the thread that has the connection, in short transactions; what only reads
keeps nobody from writing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Float,
    and_,
    delete,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.exc import IntegrityError

from smsherald.ledger import phones
from smsherald.ledger.database import Database, reading
from smsherald.ledger.entry import COLUMNS, Columns, Entry, entry_of, row_of, sms_of
from smsherald.ledger.rows import State, ended
from smsherald.ledger.schema import is_free, locked, second_sid, sms, told, untold
from smsherald.model import Ended, Sms

_ENDED = (State.SENT, State.FAILED, State.SKIPPED)


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


class Cold:
    """Slow or rare work on one database; `quarantine` in seconds."""

    def __init__(self, database: Database, quarantine: float) -> None:
        self._connection = database.connection
        self._phone_key = database.phone_key
        self._quarantine = quarantine
        self._now: ColumnElement[float] = literal_column(database.now, Float)

    # --- for a person ---

    def find(self, wanted: str, most: int) -> list[Entry]:
        """Return the rows with this key, SID (a second one too) or reference; the newest first.

        Of a key its beginning is enough. By reference it reads through the whole ledger.
        """
        by_second = select(second_sid.c.key).where(second_sid.c.sid == wanted)
        for condition in (
            or_(_key_begins(wanted), sms.c.sid == wanted, sms.c.key.in_(by_second)),
            sms.c.reference == wanted,
        ):
            if found := self._entries(condition, most):
                return found
        return []

    def find_phone(self, number: str, most: int) -> list[Entry]:
        """Return the rows of a recipient (E.164); the newest first. Reads the whole ledger."""
        return self._entries(sms.c.phone_digest == phones.digest(self._phone_key, number), most)

    def latest(self, state: State | None, since: float | None, most: int) -> list[Entry]:
        """Return the rows in a state, of the last `since` seconds; the newest first."""
        conditions: list[ColumnElement[bool]] = []
        if state is not None:
            conditions.append(_in_state(state))
        if since is not None:
            conditions.append(sms.c.since >= self._ago(since))
        return self._entries(and_(True, *conditions), most)  # noqa: FBT003 - SQLAlchemy's "no condition"

    def keys(self, beginning: str, most: int) -> list[str]:
        """Return keys that begin so."""
        wanted = select(sms.c.key).where(_key_begins(beginning)).limit(most)
        with reading(self._connection) as connection:
            return list(connection.execute(wanted).scalars())

    def resolve(self, key: str, sid: str | None) -> Resolved:
        """Write a person's decision: sent with this SID, or, where it is None, not taken at all.

        A row that is `sending` is left alone in its quarantine.
        """
        # Retention counts from now: it waits for its event to be published again.
        decided: dict[str, Any] = {"state": State.FREE, "in_vain": 0, "claimed_at": self._now}
        if sid is not None:
            result = json.dumps({"status": None})
            decided = {"state": State.SENT, "sid": sid, "result": result, "ended_at": self._now}
        open_row = and_(
            sms.c.key == key,
            locked,
            or_(sms.c.state == State.HELD, sms.c.claimed_at <= self._ago(self._quarantine)),
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

    # --- retention ---

    def prunable(self, retention: float) -> int:
        """Count the rows that `prune` would delete."""
        with reading(self._connection) as connection:
            counts = [
                connection.execute(select(func.count()).select_from(sms).where(condition)).scalar()
                for condition in self._outlived(retention)
            ]
        return sum(count or 0 for count in counts)

    def prune(self, retention: float, most: int) -> int:
        """Delete rows that nobody needs any more, `most` at once; return how many that were.

        They have ended, and are told, or are free and nobody came back for them, for more than
        `retention` seconds. Never one that is `sending` or `held`, and none of an event that has
        such an SMS beside it, or a free one that is younger: if that event comes, all of it comes.
        """
        gone = 0
        with self._connection.begin():
            for condition in self._outlived(retention):
                some = select(sms.c.key).where(condition).limit(most - gone)
                # Said twice: what another process changes in between is not what was chosen.
                doomed = delete(sms).where(sms.c.key.in_(some), condition)
                gone += self._connection.execute(doomed).rowcount
            orphans = delete(second_sid).where(
                second_sid.c.at < self._ago(retention),
                ~select(sms.c.key).where(sms.c.key == second_sid.c.key).exists(),
            )
            self._connection.execute(orphans)
        return gone

    # --- for the sweeper ---

    def stuck(self, most: int) -> list[Sms]:
        """Return SMSes `sending` for longer than twice the quarantine that nobody looks after."""
        left_alone = sms.c.claimed_at < self._ago(self._quarantine)
        return [sms_of(row) for row in self._rows(and_(self._unresolved(), left_alone), most)]

    def untold(self, most: int) -> list[tuple[Sms, Ended]]:
        """Return SMSes that ended longer than a quarantine ago, and how, that nobody was told."""
        condition = and_(untold, sms.c.ended_at < self._ago(self._quarantine))
        found = []
        for row in self._rows(condition, most):
            end = ended(row_of(row))
            if end is not None:
                found.append((sms_of(row), end))
        return found

    def unresolved(self, most: int) -> tuple[int, list[str]]:
        """Count the rows `sending` for longer than twice the quarantine; name the oldest."""
        condition = self._unresolved()
        with reading(self._connection) as connection:
            counted = connection.execute(select(func.count()).select_from(sms).where(condition))
            keys = select(sms.c.key).where(condition).order_by(sms.c.since).limit(most)
            return counted.scalar_one(), list(connection.execute(keys).scalars())

    # --- inside ---

    def _entries(self, condition: ColumnElement[bool], most: int) -> list[Entry]:
        with reading(self._connection) as connection:
            wanted = select(*COLUMNS).where(condition)
            wanted = wanted.order_by(sms.c.since.desc(), sms.c.key).limit(most)
            rows = connection.execute(wanted).mappings().all()
            keys = [row["key"] for row in rows]
            others = select(second_sid.c.key, second_sid.c.sid).where(second_sid.c.key.in_(keys))
            seconds = connection.execute(others).all()
        return [
            entry_of(row, [sid for key, sid in seconds if key == row["key"] and sid != row["sid"]])
            for row in rows
        ]

    def _ago(self, seconds: float) -> ColumnElement[float]:
        """Return the time so long ago, by the database's clock."""
        return self._now - literal(seconds)

    def _rows(self, condition: ColumnElement[bool], most: int) -> Sequence[Columns]:
        with reading(self._connection) as connection:
            wanted = select(*COLUMNS).where(condition).order_by(sms.c.since).limit(most)
            return connection.execute(wanted).mappings().all()

    def _unresolved(self) -> ColumnElement[bool]:
        old = sms.c.since < self._ago(2 * self._quarantine)
        return and_(_in_state(State.SENDING), old)

    def _outlived(self, retention: float) -> tuple[ColumnElement[bool], ...]:
        before = self._ago(retention)
        event = tuple_(sms.c.event_id, sms.c.event_digest)
        is_over = event.not_in(_events_that_may_come(before))
        return (
            and_(told, sms.c.ended_at < before, sms.c.state.in_(_ENDED), is_over),
            and_(is_free, sms.c.claimed_at < before, is_over),
        )

    def _is_taken(self, sid: str) -> bool:
        by_row = select(sms.c.key).where(sms.c.sid == sid)
        by_second = select(second_sid.c.key).where(second_sid.c.sid == sid)
        return self._connection.execute(by_row.union_all(by_second)).first() is not None


def _in_state(state: State) -> ColumnElement[bool]:
    """Choose a state, by its small index where it has one."""
    match state:
        case State.SENDING | State.HELD:
            return and_(locked, sms.c.fingerprint >= "", sms.c.state == state)
        case State.FREE:
            return and_(is_free)
        case _:
            return sms.c.state == state


def _key_begins(beginning: str) -> ColumnElement[bool]:
    """Choose keys by their first digits, ten or more, of which the index makes a range."""
    if not re.fullmatch("[0-9a-f]{10,63}", beginning, re.ASCII):
        return sms.c.key == beginning
    return and_(sms.c.key >= beginning, sms.c.key < f"{beginning}g")


def _events_that_may_come(before: ColumnElement[float]) -> CompoundSelect[tuple[str, str]]:
    """Choose the events of which an SMS is `sending`, `held`, or free and claimed since `before`.

    They are few, and read from small indexes once a statement, not once a row.
    """
    other = sms.alias("other")
    events = select(other.c.event_id, other.c.event_digest)
    return union_all(
        events.where(locked, other.c.fingerprint >= ""),
        events.where(is_free, other.c.claimed_at >= before),
    )


def _why_not(state: str | None) -> Resolved:
    match state:
        case None:
            return Resolved.NOT_THERE
        case State.SENDING:
            return Resolved.IN_QUARANTINE
        case _:
            return Resolved.NOT_OPEN
