"""Where a ledger is: the file that its URL names, or what a log may show of the URL.

A log may show scheme, host, port and database, and nothing else: libpq takes secrets in many
places, as a password and as options under several names.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sqlite3
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.engine import URL

from smsherald.errors import LedgerError
from smsherald.ledger.sql.files import AS_DAEMON, why_not_in
from smsherald.paths import Kind, kind_of
from smsherald.unit import whom

_NEVER = (errno.ELOOP, errno.ENAMETOOLONG)
"""Of these no later look is better."""
_USUAL = "5432"
_PORTS = 65_536
_NUMBER = re.compile(r"[1-9][0-9]{0,4}")
_IPV6 = re.compile(r"[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*:[0-9A-Fa-f.:]*(%\w+)?")
_SURELY_A_HOST = re.compile(r"^localhost$|[.:]")


def address(url: URL) -> str:
    """Return where it is; a file by its whole path.

    A port is left out where it is PostgreSQL's own, or may be a password.
    """
    if url.drivername.startswith("sqlite"):
        return str(Path(url.database or "").absolute())
    names = [url.database] if url.database else _given(url, "dbname")
    where = ",".join(f"{host}{port and f':{port}'}" for host, port in _places(url))
    return f"{url.drivername}://{where}/{','.join(quote(_alone(name), safe='') for name in names)}"


def _places(url: URL) -> list[tuple[str, str]]:
    """Return the hosts, each with its port or an empty text; as libpq, what the query says wins."""
    if url.host:
        places = [(_host(url.host), _of_authority(url))]
    else:
        places = [_split(part) for part in _given(url, "host") or _given(url, "hostaddr")]
    if not places:
        places = [("", _of_authority(url))]
    ports = _given(url, "port")
    if len(ports) == 1:
        ports *= len(places)
    if len(ports) == len(places):
        return [(host, _port(port)) for (host, _), port in zip(places, ports, strict=True)]
    return places


def _given(url: URL, name: str) -> list[str]:
    """Return what the query says of a name: once, several times, or in a list."""
    said = url.query.get(name, ())
    values = (said,) if isinstance(said, str) else said
    return [part for value in values for part in value.split(",")]


def _of_authority(url: URL) -> str:
    """Return the port before the path, unless it may be a password.

    Without an `@` before it, `name:number` may be a user and a password whose host was forgotten.
    """
    is_host = url.username is not None or _SURELY_A_HOST.search(url.host or "")
    return _port(str(url.port)) if is_host else ""


def _port(text: str) -> str:
    """Return a port that has to be named."""
    is_port = _NUMBER.fullmatch(text) and int(text) < _PORTS
    return text if is_port and text != _USUAL else ""


def _split(part: str) -> tuple[str, str]:
    """Return host and port of one that the query names; none of what stands behind an `@`."""
    alone = _alone(part)
    match = re.fullmatch(r"(?P<host>\[.*\]|[^:]*):(?P<port>[0-9]*)", alone)
    if match is None:
        return _host(alone), ""
    return _host(match["host"].strip("[]")), _port(match["port"]) if alone == part else ""


def _host(name: str) -> str:
    """Write a host as in a URL; what is no IPv6 address has no colon."""
    name = name.strip("[]")
    return f"[{name}]" if _IPV6.fullmatch(name) else quote(name.partition(":")[0], safe="")


def _alone(part: str) -> str:
    """Leave out whoever is named before a host."""
    return part.rpartition("@")[2]


def is_cut(text: str, url: URL) -> bool:
    """Say whether a password with an `@` may be in pieces; `url` is what was read of the text."""
    if url.drivername.startswith("sqlite"):
        return "@" in (url.host or "")
    before_query = text.partition("?")[0]
    return text.count("@") > 1 or (url.username is None and "@" in before_query)


def names_file(url: URL) -> bool:
    """Say whether a SQLite URL names a file, and nothing else."""
    return url.database not in {None, "", ":memory:"} and not url.query


def file_of(url: URL) -> Path:
    """Return the file that a SQLite URL names; LedgerError where it is none that can be."""
    path = Path(url.database or "")
    if kind_of(path.absolute().parent) not in {Kind.FOLDER, Kind.UNSEEN}:
        message = f"{path}: the folder does not exist"
        raise LedgerError(message)
    if kind_of(path) is Kind.FOLDER:
        message = f"{path}: is a folder"
        raise LedgerError(message)
    if never := _why_never(path):
        message = f"{path}: {never}"
        raise LedgerError(message)
    return path


def is_missing_file(url: URL) -> bool:
    """Say whether it names a SQLite file that is not there; LedgerError where nobody may look."""
    path = Path(url.database or "")
    kind = kind_of(path) if url.drivername == "sqlite" else Kind.OTHER
    if kind is Kind.UNSEEN:
        message = f"{path}: {_why_never(path) or _why_unseen(path)}"
        raise LedgerError(message)
    return kind is Kind.MISSING


def _why_never(path: Path) -> str | None:
    """Say why its name leads nowhere, as where links lead in a circle; of all else nothing."""
    try:
        path.stat()
    except OSError as error:
        return error.strerror if error.errno in _NEVER else None
    return None


def _why_unseen(path: Path) -> str:
    folder = path.resolve().parent
    if kind_of(folder) is Kind.FOLDER and not os.access(folder, os.X_OK, effective_ids=True):
        return why_not_in(folder)
    return f"may not be looked at by {whom(os.environ)}: {AS_DAEMON}, or as root"


def forget_empty(url: URL) -> None:
    """Take a SQLite file away into which nothing was ever written, and nobody is writing."""
    path = Path(url.database or "")
    if url.drivername != "sqlite" or kind_of(path) is not Kind.FILE or path.stat().st_size:
        return
    uri = f"{path.absolute().as_uri()}?mode=rw"
    with (
        contextlib.suppress(sqlite3.Error, FileNotFoundError),
        contextlib.closing(sqlite3.connect(uri, uri=True, timeout=0)) as alone,
    ):
        alone.execute("BEGIN EXCLUSIVE")
        if path.stat().st_size == 0:
            path.unlink()
