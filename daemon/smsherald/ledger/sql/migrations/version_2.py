"""An outbox for facts, a list of what is parked, and one of the daemons."""

from __future__ import annotations

from alembic.operations import Operations
from sqlalchemy import Column, Float, String, text

from smsherald.ledger.sql.migrations import NoWayBackError


def upgrade(operations: Operations) -> None:
    """Make the tables, empty: what is parked by now is listed by the next look at it."""
    operations.create_table(
        "outbox",
        Column("id", String, primary_key=True),
        Column("routing_key", String, nullable=False),
        Column("body", String, nullable=False),
        Column("at", Float, nullable=False),
        Column("owner", String, nullable=False),
    )
    operations.create_table(
        "parked",
        Column("queue", String, primary_key=True),
        Column("id", String, primary_key=True),
        Column("event_id", String),
        Column("routing_key", String),
        Column("flow", String),
        Column("reason", String, nullable=False),
        Column("detail", String, nullable=False),
        Column("reference", String),
        Column("at", Float),
        Column("written_at", Float, nullable=False),
    )
    operations.create_index("parked_event", "parked", ["event_id"])
    operations.create_index("parked_reference", "parked", ["reference"])
    operations.create_index("parked_reason", "parked", ["queue", "reason"])
    operations.create_table(
        "replica",
        Column("instance", String, primary_key=True),
        Column("version", String, nullable=False),
        Column("seen_at", Float, nullable=False),
    )


def downgrade(operations: Operations) -> None:
    """Drop them: who is parked, and who is there, others know; what is to be told, nobody does."""
    waiting = operations.get_bind().execute(text("SELECT count(*) FROM outbox")).scalar_one()
    if waiting:
        message = (
            f"version 1 cannot tell what waits to be told ({waiting} in the outbox): "
            "start the daemon once more, and stop it when it has told that"
        )
        raise NoWayBackError(message)
    for table in ("outbox", "parked", "replica"):
        operations.drop_table(table)
