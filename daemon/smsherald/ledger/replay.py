"""What must be written before an event that was parked is brought again."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import and_, or_, select, update

from smsherald.ledger.sql.database import Database, reading
from smsherald.ledger.sql.queries import in_state
from smsherald.ledger.sql.schema import sms
from smsherald.model import State


class Again(NamedTuple):
    """An event that comes again: by its id and digest, and for which flow; None is for all."""

    event_id: str
    digest: str
    flow: str | None


class Replay:
    """Works on one database, on the thread that has the connection."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.connection

    def free_failed(self, events: Collection[Again]) -> int:
        """Let SMSes of these events be sent that had failed; return how many.

        Those that were never found at Twilio are looked up anew, from the first time on. What was
        sent stays, and what was skipped. It reads the whole ledger, however many events there are.
        """
        wanted = set(events)
        open_again = or_(in_state(State.FAILED), and_(in_state(State.FREE), sms.c.in_vain > 0))
        ids = {event.event_id for event in wanted}
        columns = select(sms.c.key, sms.c.event_id, sms.c.event_digest, sms.c.flow)
        fresh = {
            "state": State.FREE,
            "claimed_at": self._database.clock,
            "in_vain": 0,
            "result": None,
            "ended_at": None,
            "notified_at": None,
        }
        # The whole ledger is read before anybody is kept from writing.
        with reading(self._connection) as connection:
            found = connection.execute(columns.where(sms.c.event_id.in_(ids), open_again)).all()
        keys = [
            key
            for key, event_id, digest, flow in found
            if {Again(event_id, digest, flow), Again(event_id, digest, None)} & wanted
        ]
        if not keys:
            return 0
        with self._connection.begin():
            freed = update(sms).where(sms.c.key.in_(keys), open_again).values(fresh)
            count = self._connection.execute(freed).rowcount
        self._database.check()
        return count

    def begun(self, events: Collection[Again]) -> frozenset[Again]:
        """Return those of which an SMS has been sent, or may have been."""
        ids = {event.event_id for event in events}
        columns = select(sms.c.event_id, sms.c.event_digest, sms.c.flow)
        gone_out = sms.c.state.in_((State.SENDING, State.HELD, State.SENT))
        with reading(self._connection) as connection:
            found = connection.execute(columns.where(sms.c.event_id.in_(ids), gone_out)).all()
        rows = {Again(event_id, digest, flow) for event_id, digest, flow in found}
        return frozenset(events) & (rows | {Again(row.event_id, row.digest, None) for row in rows})
