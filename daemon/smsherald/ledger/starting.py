"""What a daemon does with a ledger that has just been opened, until it can work with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from smsherald.errors import LedgerError
from smsherald.ledger.commit.worker import Worker
from smsherald.ledger.observer import Observer
from smsherald.ledger.sql import schema, versions
from smsherald.ledger.sql.database import AwayError, Database, GoneError, ReadOnlyError, Storage
from smsherald.ledger.sql.files import UNTIL
from smsherald.ledger.sql.versions import Change


async def brought_up(
    opened: list[Storage], opener: Callable[[], Storage], worker: Worker, observer: Observer
) -> Database:
    """Bring it up to date, and return it for use.

    `opened` holds what is open. What takes no writes is closed, and opened anew by `opener` as it
    is tried again: nobody has used anything of it yet, so another file may be there by then.
    """
    storage = opened[0]
    upgrades = storage.upgrades_at_start

    def bring_up() -> Change:
        if not opened:
            opened.append(_successor(storage, opener))
        try:
            return versions.bring_up(opened[0], upgrade=upgrades)
        except ReadOnlyError:
            opened.pop().close()
            raise
        except GoneError:
            if opened[0].found:
                raise
            # A command had made the empty file, and took it away again.
            before, opened[0] = opened[0], opener()
            before.close()
            return versions.bring_up(opened[0], upgrade=upgrades)

    if upgrades and versions.is_older(storage.found):
        slow = f"is being upgraded from version {storage.found} to {schema.VERSION}"
        change = await worker.run(bring_up, slow)
    else:
        change = await worker.run(bring_up)
    if change.before == 0:
        observer.made()
    if change.upgraded:
        observer.upgraded(change.before, change.after, change.seconds)
    database = await worker.run(partial(versions.ready, opened[0], is_new=change.before == 0))
    await worker.run(partial(opened[0].mark, database.id))
    return database


def _successor(before: Storage, opener: Callable[[], Storage]) -> Storage:
    """Open what stands in the place of one that was closed.

    Raises AwayError where that may be a file that is still on its way there, too.
    """
    if before.found:
        before.require_successor()
    try:
        storage = opener()
    except LedgerError as error:
        raise AwayError(str(error)) from None
    if before.found and not storage.found:
        storage.close()
        message = f"{before.place}: has been replaced, and is empty; {UNTIL}"
        raise AwayError(message)
    return storage
