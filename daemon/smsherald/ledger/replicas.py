"""Which daemons there are on one ledger. Runs on the thread that has the connection."""

from __future__ import annotations

import secrets

from sqlalchemy import ColumnElement, RowMapping, delete, insert, select

from smsherald.ledger.sql.database import Database, reading
from smsherald.ledger.sql.schema import replica
from smsherald.model import Replica

LATELY = 60.0
"""Seconds: who has not been seen for longer is there no more."""
FORGOTTEN_AFTER = 86_400.0
_TRIED_WITH = 65_536
"""Signs that a trial writes: more than what is left where a transaction has just found no room."""


class Replicas:
    """Works on one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.connection
        self._said: tuple[str, float] | None = None
        """What `here` wrote last: who, and when."""
        self._other: RowMapping | None = None
        """What it found there, of late and not ours: of another daemon with our name, or of one
        that was killed."""

    def here(self, instance: str, version: str) -> bool:
        """Write down that a daemon is there; those of yesterday are forgotten.

        Return whether another of its name was seen, this time and the time before.
        """
        of_name = replica.c.instance == instance
        row = {"instance": instance, "version": version, "seen_at": self._database.clock}
        of_late = select(replica).where(of_name, replica.c.seen_at >= self._database.ago(LATELY))
        with self._connection.begin():
            found = self._connection.execute(of_late).mappings().one_or_none()
            self._connection.execute(delete(replica).where(of_name | self._old()))
            self._connection.execute(insert(replica).values(row))
            wanted = select(replica.c.seen_at).where(of_name)
            said = (instance, self._connection.execute(wanted).scalar_one())
        other = None if found is None or (instance, found["seen_at"]) == self._said else found
        # One alone may be of who was killed before us.
        is_shared = other is not None and self._other is not None
        self._said, self._other = said, other
        return is_shared

    def gone(self) -> None:
        """Take that back, as the daemon ends: what another of its name has said, stands."""
        if self._said is None:
            return
        instance, seen_at = self._said
        mine = (replica.c.instance == instance) & (replica.c.seen_at == seen_at)
        with self._connection.begin():
            was_mine = self._connection.execute(delete(replica).where(mine)).rowcount
            if was_mine and self._other is not None:
                self._connection.execute(insert(replica).values(dict(self._other)))

    def require_writable(self) -> None:
        """Raise where the ledger takes nothing that is written; what is written is taken back.

        It is committed: until then SQLite writes nothing. Of one killed before it is taken back,
        every daemon believes that it was last seen in 1970, and forgets it.
        """
        name = f"trial/{secrets.token_hex(8)}"
        # Random signs, for PostgreSQL would compress others.
        row = {"instance": name, "version": secrets.token_hex(_TRIED_WITH // 2), "seen_at": 0.0}
        with self._connection.begin():
            self._connection.execute(insert(replica).values(row))
        with self._connection.begin():
            self._connection.execute(delete(replica).where(replica.c.instance == name))

    def _old(self) -> ColumnElement[bool]:
        return replica.c.seen_at < self._database.ago(FORGOTTEN_AFTER)

    def lately(self) -> list[Replica]:
        """Return those that were seen within the last minute, by name."""
        wanted = select(replica).where(replica.c.seen_at >= self._database.ago(LATELY))
        with reading(self._connection) as connection:
            rows = connection.execute(wanted.order_by(replica.c.instance)).all()
        return [Replica(row.instance, row.version, row.seen_at) for row in rows]
