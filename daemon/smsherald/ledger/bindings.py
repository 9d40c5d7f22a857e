"""The routing keys that we bound to a queue: AMQP cannot list them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, insert, select

from smsherald.ledger.sql.database import Database
from smsherald.ledger.sql.schema import bound_key


class Bindings:
    """Remembers them in one database, on the thread that has the connection."""

    def __init__(self, database: Database) -> None:
        self._connection = database.connection

    def keys(self, queue: str) -> frozenset[str]:
        """Return those that are remembered for a queue."""
        wanted = select(bound_key.c.routing_key).where(bound_key.c.queue == queue)
        with self._connection.begin():
            return frozenset(self._connection.execute(wanted).scalars())

    def remember(self, queue: str, keys: Collection[str]) -> None:
        """Replace them."""
        rows = [{"queue": queue, "routing_key": key} for key in sorted(set(keys))]
        with self._connection.begin():
            self._connection.execute(delete(bound_key).where(bound_key.c.queue == queue))
            if rows:
                self._connection.execute(insert(bound_key), rows)
