"""A ledger in a SQLite file that goes by another clock than the machine's."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import cast

from sqlalchemy.engine import URL

from smsherald.ledger import Opener
from smsherald.ledger.sql.database import Storage
from smsherald.ledger.sql.sqlite import DIALECT, open_storage

_NOW = "smsherald_now"


def by_clock(now: Callable[[], float]) -> Opener:
    """Return what opens such a file; `now` gives seconds since the epoch, on any thread."""

    def opened(url: URL, lock_timeout: float) -> Storage:
        storage = open_storage(url, lock_timeout)
        connection = storage.connection.connection.driver_connection
        driver = cast("sqlite3.Connection", connection)
        driver.create_function(_NOW, 0, now)
        # What a test leaves behind need not outlive the machine.
        driver.execute("PRAGMA synchronous = OFF")
        storage.dialect = replace(DIALECT, now=f"{_NOW}()")
        return storage

    return opened
