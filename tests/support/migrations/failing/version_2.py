"""All that `growing` does, and then a name that is there already."""

from __future__ import annotations

from alembic.operations import Operations

from support.migrations.growing import version_2


def upgrade(operations: Operations) -> None:
    """Fail, with nearly all of the work done."""
    version_2.upgrade(operations)
    operations.execute("INSERT INTO meta (name, value) VALUES ('phone_key', '')")
