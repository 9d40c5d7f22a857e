"""The migrations: `version_N` leads from the version before to version N, and back.

Each has `upgrade(operations)` and, but for the first, `downgrade(operations)`. They are handed
Alembic's operations in a transaction that they must neither end nor leave. They say what tables are
by themselves, for `schema` goes on changing. The table `meta` keeps its two columns: programs of
every version read the version in it.

What went out must be known to the older version too. Where a way back would lose that, or what no
other place knows, `downgrade` raises NoWayBackError, and all stays as it was.
"""

from __future__ import annotations


class NoWayBackError(Exception):
    """Why tables cannot become those of the version before: a clause, with what can be done."""
