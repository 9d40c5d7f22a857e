"""All that `growing` does, and then a name that is there already."""

from __future__ import annotations

from alembic.operations import Operations

from support.migrations import growing


def upgrade(operations: Operations) -> None:
    """Fail, with nearly all of the work done."""
    growing.upgrade(operations)
    operations.execute("INSERT INTO meta (name, value) VALUES ('phone_key', '')")
