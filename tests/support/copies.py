"""Ledgers that are copied to another database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from smsherald.errors import LedgerError
from smsherald.ledger import copy_ledger, open_for_command
from smsherald.ledger.moving import Copied, Wishes
from smsherald.settings.secret import Secret
from support.ledgers import LOCK_TIMEOUT, LedgerDatabase
from support.upgrades import whole


class CutOffError(BaseException):
    """What ends a copy wherever it is, as Ctrl-C does."""


def unheard(*_: object) -> None:
    """Hear of nothing."""


def copy(
    source: LedgerDatabase,
    target: LedgerDatabase,
    *,
    keep: bool = False,
    force: bool = True,
    on_wait: Callable[[str, float], None] = unheard,
    on_rows: Callable[[int, int], None] = unheard,
) -> Copied:
    """Copy as the command does."""
    wishes = Wishes(on_wait, on_rows, keep=keep, force=force)
    return copy_ledger(source.settings(), Secret(target.url), LOCK_TIMEOUT, wishes)


@contextmanager
def at_commit(number: int, do: Callable[[], None]) -> Iterator[None]:
    """Do something before a transaction of this process is committed: the first, second, …."""
    commits = 0

    def on_commit(_: Connection) -> None:
        nonlocal commits
        commits += 1
        if commits == number:
            do()

    event.listen(Engine, "commit", on_commit)
    try:
        yield
    finally:
        event.remove(Engine, "commit", on_commit)


def cut_off() -> None:
    """End what is going on."""
    raise CutOffError


def is_usable(database: LedgerDatabase) -> bool:
    """Say whether a daemon would go on with it."""
    try:
        with open_for_command(database.settings(), LOCK_TIMEOUT):
            return True
    except LedgerError:
        return False


def content(database: LedgerDatabase) -> Any:
    """Return all rows of a ledger, without what says something of its database alone."""
    _, tables = whole(database)
    rows = tables.get("meta", [])
    tables["meta"] = [row for row in rows if row["name"] not in NOT_COPIED]
    return tables


NOT_COPIED = {"version", "moved_to", "copy", "copy_of"}
