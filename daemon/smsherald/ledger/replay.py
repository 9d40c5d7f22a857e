"""What must be written before an event that was parked is brought again."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import and_, or_, select, update

from smsherald.ledger.sql.database import Database
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
        with self._connection.begin():
            found = self._connection.execute(columns.where(sms.c.event_id.in_(ids), open_again))
            keys = [
                key
                for key, event_id, digest, flow in found
                if {Again(event_id, digest, flow), Again(event_id, digest, None)} & wanted
            ]
            if keys:
                freed = update(sms).where(sms.c.key.in_(keys), open_again).values(fresh)
                self._connection.execute(freed)
        self._database.check()
        return len(keys)
