"""Why a ledger is not copied, and which of its two databases says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from smsherald.errors import SmsheraldError, UnreachableError
from smsherald.ledger.sql.database import AwayError, Storage


class CopyError(SmsheraldError):
    """Now is not the time for it, or the copy was not the same: nothing has moved."""


class InUseError(SmsheraldError):
    """Another process uses the ledger, which nobody may for what is to be done."""


@contextmanager
def of(storage: Storage) -> Iterator[None]:
    """Turn a database's errors into LedgerError and UnreachableError, which name it.

    Those of the other one, on which work goes on inside, come through as they are.
    """
    try:
        with storage.translated():
            yield
    except AwayError as error:
        raise UnreachableError(f"the ledger: {error}") from None
    except DBAPIError as error:
        raise UnreachableError(f"the ledger: {storage.place}: {error.orig}") from None
