"""What shows of a ledger that is a file while nobody opens it."""

from __future__ import annotations

import os
from pathlib import Path

from smsherald.paths import Kind, kind_of
from smsherald.settings.secret import Secret

_SCHEME = "sqlite:///"
_MAGIC = b"SQLite format 3\0"
"""How a file of SQLite begins (sqlite.org/fileformat2.html); an empty one is a database, too."""
_AS_THE_DAEMON = "run this as the user that the daemon runs as, or give it to that user"


def ledger_file(url: Secret) -> Path | None:
    """Return the file that a URL names; None where it is another database's."""
    text = url.reveal()
    return Path(text.removeprefix(_SCHEME)) if text.startswith(_SCHEME) else None


def why_unusable(path: Path) -> str | None:
    """Say why no daemon could use a ledger there; None where nothing shows."""
    kinds = kind, folder = kind_of(path), kind_of(path.absolute().parent)
    try:
        if Kind.UNSEEN in kinds:
            why = f"may not be looked at by you: {_AS_THE_DAEMON}"
        elif folder is not Kind.FOLDER:
            why = "the folder does not exist"
        elif kind is Kind.FOLDER:
            why = "is a folder"
        elif kind is not Kind.MISSING and not _is_sqlite(path):
            why = "is no SQLite file"
        elif not os.access(path.resolve().parent, os.W_OK | os.X_OK):
            why = f"its folder may not be written by you: {_AS_THE_DAEMON}"
        elif kind is not Kind.MISSING and not os.access(path, os.W_OK):
            why = f"may not be written by you: {_AS_THE_DAEMON}"
        else:
            return None
    except OSError as error:
        why = f"{error.strerror}: {_AS_THE_DAEMON}"
    return f"{path}: {why}"


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) in {b"", _MAGIC}
