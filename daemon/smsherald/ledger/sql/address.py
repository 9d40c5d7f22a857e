"""Where a ledger is: the file that its URL names, or what a log may show of the URL.

A log may show scheme, host and database, and nothing else: libpq takes secrets in many places, as a
password and as options under several names.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.engine import URL

from smsherald.errors import LedgerError


def address(url: URL) -> str:
    """Return where it is; a file by its whole path."""
    if url.drivername.startswith("sqlite"):
        return str(Path(url.database or "").absolute())
    host = url.host and (f"[{url.host}]" if ":" in url.host else url.host)
    hosts = [host] if host else _given(url, "host") or _given(url, "hostaddr")
    names = [url.database] if url.database else _given(url, "dbname")
    where = ",".join(map(_shown, hosts))
    return f"{url.drivername}://{where}/{','.join(map(_shown, names))}"


def _given(url: URL, name: str) -> list[str]:
    """Return what the query says of a name: once, several times, or in a list."""
    said = url.query.get(name, ())
    values = (said,) if isinstance(said, str) else said
    return [part for value in values for part in value.split(",")]


def _shown(part: str) -> str:
    """Leave out a port, and whoever is named before a host."""
    alone = part.rpartition("@")[2]
    with_port = re.fullmatch(r"(\[.*\]|[^:]*):[0-9]*", alone)
    return quote(with_port[1] if with_port else alone, safe=":[]")


def names_file(url: URL) -> bool:
    """Say whether a SQLite URL names a file, and nothing else."""
    return url.database not in {None, "", ":memory:"} and not url.query


def file_of(url: URL) -> Path:
    """Return the file that a SQLite URL names; LedgerError where it is none that can be."""
    path = Path(url.database or "")
    if not path.absolute().parent.is_dir():
        message = f"{path}: the folder does not exist"
        raise LedgerError(message)
    if path.is_dir():
        message = f"{path}: is a folder"
        raise LedgerError(message)
    return path


def is_missing_file(url: URL) -> bool:
    """Say whether it names a SQLite file that is not there; LedgerError where nobody may look."""
    path = Path(url.database or "")
    try:
        return url.drivername == "sqlite" and not path.exists()
    except PermissionError:
        message = (
            f"{path}: permission denied: run this as the user that the daemon runs as, or as root"
        )
        raise LedgerError(message) from None


def forget_empty(url: URL) -> None:
    """Take a SQLite file away into which nothing was ever written, and nobody is writing."""
    path = Path(url.database or "")
    if url.drivername != "sqlite" or not path.is_file() or path.stat().st_size:
        return
    uri = f"{path.absolute().as_uri()}?mode=rw"
    with (
        contextlib.suppress(sqlite3.Error, FileNotFoundError),
        contextlib.closing(sqlite3.connect(uri, uri=True, timeout=0)) as alone,
    ):
        alone.execute("BEGIN EXCLUSIVE")
        if path.stat().st_size == 0:
            path.unlink()
