"""What stands beside a SQLite file, and tells that it is not the file that is in use.

SQLite looks for a write-ahead log by its name alone. Where another file was put in the place of one
that a process has open, whoever opens it next reads it together with the log of the other: both are
spoilt. Where the log or the shared memory was deleted under that process, whoever opens the file
next makes another, and the two know nothing of each other's locks or commits. So that is looked for
before anything is opened.
"""

from __future__ import annotations

import contextlib
import math
import os
import time
from pathlib import Path

from smsherald.errors import LedgerError
from smsherald.ledger.sql import lineage
from smsherald.ledger.sql.database import AwayError
from smsherald.ledger.sql.lineage import Lineage
from smsherald.paths import Kind, kind_of

_LOCKS = Path("/proc/locks")
"""Every lock of every process in sight, a line each: see proc_locks(5)."""
_IN_USE = 0x40000002
"""The byte that everybody has locked who has a database with a log open: `SHARED_FIRST` in
SQLite's os.h."""
_SHARES = 128
"""The byte that everybody has locked who shares the memory of a log: `UNIX_SHM_DMS` in SQLite's
os_unix.c."""
_OWNER = "user.smsherald.ledger"
"""The attribute of a log that says whose it is: it goes where the log goes, and no further."""
_LOOKS, _BETWEEN = 25, 0.02
"""The locks of a process that opens or closes the database may be seen half."""


def require_own_log(place: Path) -> None:
    """Raise AwayError where a process has other files open than those that stand at `place`.

    Only the locks are looked at: to open either file and close it again would drop those that this
    process has on it. Locks of other machines and containers are not seen.
    """
    for _ in range(_LOOKS):
        if (problem := _problem(place)) is None:
            return
        time.sleep(_BETWEEN)
    raise AwayError(problem)


def _problem(place: Path) -> str | None:
    log, memory = (Path(f"{place}{part}") for part in ("-wal", "-shm"))
    sharing, using = _holders(memory, _SHARES), _holders(place, _IN_USE)
    untouched = "nothing is read or written until"
    if strangers := sharing - using:
        return (
            f"is not the file that process {min(strangers)} has open, and {log.name} is that "
            f"one's: its own file was deleted, moved or replaced; {untouched} it is back"
        )
    # SQLite would delete the log of what it takes for new.
    if sharing and _is_empty(place):
        return (
            f"was emptied while process {min(sharing)} has it open; {untouched} that one has ended"
        )
    # Who has a database with a log open has had its log open before, and longer than its memory.
    if sharing and kind_of(log) is Kind.MISSING:
        return (
            f"{log.name}, which process {min(sharing)} has open, was deleted or moved; {untouched} "
            "it is back, or that process is restarted"
        )
    if strangers := using - sharing:
        return (
            f"{memory.name} is not what process {min(strangers)} has open: its own was deleted, "
            f"moved or replaced, or it may only read; {untouched} it is back, or that process has "
            "ended"
        )
    return None


def mark_log(place: Path, ledger_id: str) -> None:
    """Write at the log whose it is, once the file itself says so; not every filesystem takes it."""
    with contextlib.suppress(OSError):
        os.setxattr(f"{place}-wal", _OWNER, ledger_id.encode())


def require_log_of(place: Path) -> None:
    """Raise LedgerError where a log that nobody has open is not of the ledger that stands there.

    It is what a ledger leaves that was killed; SQLite would write it into any file. A file that
    cannot be read alone may have been killed while its log was written into it, and needs that.
    """
    log = Path(f"{place}-wal")
    # What is in use is known to be what it should, and closing it here would drop its locks.
    if _is_empty(place) or kind_of(place) is Kind.MISSING or _holders(place, _IN_USE):
        return
    try:
        owner = os.getxattr(log, _OWNER).decode(errors="replace") if log.stat().st_size else None
    except OSError:
        return
    found = lineage.of_file(place).ledger_id
    if None not in {owner, found} and found != owner:
        message = (
            f"{place}: is not the ledger that {log.name} is of, which was killed with its last "
            f"commits in there; put that ledger back beside it, or, to go on with this one, move "
            f"{log.name} and {place.name}-shm away to where that ledger is; where all of them were "
            "copied here from a backup, delete them first, then copy them again"
        )
        raise LedgerError(message)


def users(place: Path) -> set[int]:
    """Return the other processes in sight that have a database open."""
    mine = {os.getpid()}
    return (_holders(place, _IN_USE) | _holders(Path(f"{place}-shm"), _SHARES)) - mine


def _is_empty(path: Path) -> bool:
    try:
        return path.stat().st_size == 0
    except FileNotFoundError:
        return False


def _holders(path: Path, byte: int) -> set[int]:
    """Return the processes that have locked a byte of a file."""
    try:
        status = path.stat()
        lines = _LOCKS.read_text().splitlines()
    except OSError:
        return set()
    # Some filesystems have another device there than here: of those no lock is seen.
    device = status.st_dev
    wanted = f"{os.major(device):02x}:{os.minor(device):02x}:{status.st_ino}"
    found = set()
    for line in lines:
        *_, process, file, start, end = line.split()
        if file == wanted and int(start) <= byte <= _end(end):
            found.add(int(process))
    return found


def _end(end: str) -> float:
    return math.inf if end == "EOF" else int(end)


def kept_at(path: Path, ledger_id: str | None) -> Path:
    """Return where the copy of a ledger is kept while another file stands at its place."""
    return Path(f"{path}.kept-{str(ledger_id)[:8]}")


def require_none_kept(path: Path, opened: Lineage) -> None:
    """Raise LedgerError where a copy is kept of a ledger that stood at `path`, and `opened` is not.

    To go on with what stands there would be to text again what that ledger knows.
    """
    beside = (each for each in path.parent.iterdir() if each.name.startswith(f"{path.name}.kept-"))
    for kept in sorted(beside):
        marks = lineage.of_file(kept).marks
        is_source = opened.kept is not None and opened.kept in marks
        is_copy = bool(marks) and opened.marks[: len(marks)] == marks
        if not (is_source or is_copy):
            message = (
                f"{path}: another ledger was in its place when {kept} was kept, which is a copy of "
                "that one: put it there instead (with no -wal and -shm beside it), or delete it to "
                "go on without; what it knows would be texted again"
            )
            raise LedgerError(message)
