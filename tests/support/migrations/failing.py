"""All that `growing` does, and then what cannot be done."""

from __future__ import annotations

from alembic.operations import Operations

from smsherald.ledger.sql.migrations import NoWayBackError
from support.migrations import growing


def upgrade(operations: Operations) -> None:
    """Fail, with nearly all of the work done."""
    growing.upgrade(operations)
    operations.execute("INSERT INTO meta (name, value) VALUES ('phone_key', '')")


def downgrade(operations: Operations) -> None:
    """Fail, the same."""
    growing.downgrade(operations)
    message = "the moon would be forgotten"
    raise NoWayBackError(message)
