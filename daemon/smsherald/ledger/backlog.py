"""What no delivery brings back: for the sweeper, and for who watches it.

Each row says by itself how long its quarantine is.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from smsherald.ledger.outbox import Outbox
from smsherald.ledger.parked import ParkedList
from smsherald.ledger.sql.database import Database, reading
from smsherald.ledger.sql.queries import in_state, oldest
from smsherald.ledger.sql.rows import sms_of
from smsherald.ledger.sql.schema import ENDED, locked, sms, untold
from smsherald.model import Ended, Sms, State, Unfinished


class Backlog:
    """Works on one database, on the thread that has the connection."""

    def __init__(self, database: Database) -> None:
        self._connection = database.connection
        self._now = database.clock
        self._parked = ParkedList(database)
        self._outbox = Outbox(database)

    def stuck(self, most: int) -> list[Sms]:
        """Return SMSes `sending` for longer than twice the quarantine that nobody looks after."""
        self._bring_to_the_present()
        left_alone = sms.c.claimed_at < self._now - sms.c.quarantine
        # Begun in what is to come, and left alone all the same: since when, nobody knows.
        old = or_(self._unresolved(), and_(in_state(State.SENDING), sms.c.since > self._now))
        return [sms_of(row) for row in oldest(self._connection, and_(old, left_alone), most)]

    def untold(self, most: int) -> list[tuple[Sms, Ended]]:
        """Return SMSes that ended longer than a quarantine ago, and how, that nobody was told."""
        over = sms.c.ended_at < self._now - sms.c.quarantine
        # Ended otherwise is what another version knows: it would hide the others.
        condition = and_(untold, over, sms.c.state.in_(ENDED))
        return [
            (sms_of(row), row.ended)
            for row in oldest(self._connection, condition, most)
            if row.ended is not None
        ]

    def unresolved(self, most: int) -> tuple[int, list[str]]:
        """Count the rows `sending` for longer than twice the quarantine; name the oldest."""
        condition = self._unresolved()
        with reading(self._connection) as connection:
            counted = connection.execute(select(func.count()).select_from(sms).where(condition))
            keys = select(sms.c.key).where(condition).order_by(sms.c.since).limit(most)
            return counted.scalar_one(), list(connection.execute(keys).scalars())

    def held(self) -> int:
        """Count the rows that wait for a person's decision."""
        with reading(self._connection) as connection:
            wanted = select(func.count()).select_from(sms).where(in_state(State.HELD))
            return int(connection.execute(wanted).scalar_one())

    def unfinished(self, queue: str) -> Unfinished:
        """Count what waits for a person, or to be told."""
        return Unfinished(self.held(), self._parked.reasons(queue), self._outbox.count())

    def _bring_to_the_present(self) -> None:
        """Let quarantines that would begin in what is to come begin now.

        The clock was set back: without this they would last longer by as much.
        """
        to_come = and_(locked, sms.c.fingerprint >= "", sms.c.claimed_at > self._now)
        with reading(self._connection) as connection:
            if connection.execute(select(sms.c.key).where(to_come).limit(1)).first() is None:
                return
        with self._connection.begin():
            self._connection.execute(update(sms).where(to_come).values(claimed_at=self._now))

    def _unresolved(self) -> ColumnElement[bool]:
        return and_(in_state(State.SENDING), sms.c.since < self._now - 2 * sms.c.quarantine)
