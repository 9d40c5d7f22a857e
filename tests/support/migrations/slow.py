"""All that `growing` does, with a pause before the end; says so on stdout."""

from __future__ import annotations

import time

from alembic.operations import Operations

from support.migrations import growing

seconds = 600.0
"""The pause, half of it in a statement where there is one to wait in; a test makes it shorter."""


def upgrade(operations: Operations) -> None:
    """Take long."""
    growing.upgrade(operations)
    _take_long(operations)


def downgrade(operations: Operations) -> None:
    """Take long, too."""
    growing.downgrade(operations)
    _take_long(operations)


def _take_long(operations: Operations) -> None:
    print("halfway", flush=True)  # noqa: T201 - the test reads it
    time.sleep(seconds / 2)
    if operations.get_bind().dialect.name == "postgresql":
        operations.execute(f"SELECT pg_sleep({seconds / 2})")
