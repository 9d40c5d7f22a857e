"""Bringing back a SQLite file that has vanished from its place under those who have it open.

Whoever has it open has all of it, and has its locks: so the processes that do agree, each in its
turn under the write lock, on the one file that stands in its place from then on.

What the old file takes after that, is nobody's: who wrote it looks at its place before he acts on
it (`Storage.check`), and writes it again.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from smsherald.ledger.sql import lineage
from smsherald.ledger.sql.beside import kept_at
from smsherald.ledger.sql.copies import copied, put
from smsherald.ledger.sql.database import AwayError, GoneError
from smsherald.ledger.sql.files import UNTIL, Files, in_words
from smsherald.ledger.sql.lineage import Kind, Lineage


@dataclass(frozen=True, slots=True)
class Mended:
    """The ledger's file is at its place; `connection` has it open, and not the one before."""

    connection: sqlite3.Connection
    file: os.stat_result
    how: str

    @contextmanager
    def unless_it_fails(self) -> Iterator[None]:
        """Close the connection again where what is inside fails."""
        try:
            yield
        except BaseException:
            self.connection.close()
            raise


@dataclass(frozen=True, slots=True)
class Mender:
    """Brings back the file that `driver` has open."""

    driver: sqlite3.Connection
    files: Files
    ledger_id: str | None
    """What the ledger's was when it was opened."""
    begin: Callable[[], object]
    """Begins a transaction that writes; raises AwayError."""
    connect: Callable[[], sqlite3.Connection]
    """Opens what stands at the place; makes nothing."""

    def mend(self) -> Mended | None:
        """Return what was done; None where there was nothing to do.

        Raises AwayError where the file is not back.
        """
        try:
            try:
                self.files.check()
            except GoneError as error:
                mended = self._bring_back(error)
                with mended.unless_it_fails():
                    self._let_go_of_kept(mended.connection)
                return mended
            self._require_not_over()
            self._let_go_of_kept(self.driver)
        except (OSError, sqlite3.Error) as error:
            message = (
                f"{self.files.path} is gone, and cannot be brought back: {self._said(error)}; "
                f"{UNTIL}"
            )
            raise AwayError(message) from None
        return None

    def _bring_back(self, error: GoneError) -> Mended:
        standing = self.files.standing()
        if standing is None and (mended := self._write_back()):
            return mended
        if standing is not None and self.files.is_opened(standing):
            raise error
        with self._locked():
            found, ours = lineage.of_file(self.files.path), self._ours()
            if found.continues(ours):
                return self._take(found)
        path, what = self.files.path, _what(found, ours)
        message = f"{path} is {what}, not the file that was opened; {UNTIL}: {self._kept(ours)}"
        raise AwayError(message)

    def _write_back(self) -> Mended | None:
        """Return None where somebody was faster."""
        self._require_not_over()
        with self._copied(Kind.WRITTEN_BACK) as (copy, _):
            if self.files.standing() is not None:
                return None
            self.files.clear_beside()
            lineage.end(self.driver)
            put(copy, self.files.place)
            self.driver.execute("COMMIT")
            return self._opened("had vanished, and was written back")

    def _take(self, found: Lineage) -> Mended:
        """Open what continues this ledger."""
        if not found.is_unopened:
            return self._opened("had vanished, and another process has written it back")
        self.files.clear_beside()
        mended = self._opened("had been replaced, and its copy was put there", found)
        with mended.unless_it_fails():
            lineage.end(self.driver)
            self.driver.execute("COMMIT")
        # Where it was copied to its place, and not moved. It says of itself nothing that is kept.
        with suppress(OSError):
            self._delete_kept(found, found.marks[-1])
        return mended

    def _require_not_over(self) -> None:
        """Raise AwayError where others have gone on with another file, which is gone by now."""
        if self._ours().is_over:
            message = f"{self.files.path} lacks what other processes have written since; {UNTIL}"
            raise AwayError(message)

    def _opened(self, how: str, unopened: Lineage | None = None) -> Mended:
        before = self.files.standing()
        with ExitStack() as undo:
            connection = undo.enter_context(closing(self.connect()))
            if unopened is not None:
                lineage.add_mark(connection, unopened.marks, lineage.mark(Kind.WRITTEN_BACK))
            connection.execute("PRAGMA journal_mode = WAL")
            # Only now is there a write-ahead log, and this the file that it belongs to.
            lineage.of_open(connection)
            after = self.files.standing()
            if before is None or after is None or not os.path.samestat(before, after):
                message = f"{self.files.path} has been deleted or moved; {UNTIL}"
                raise AwayError(message)
            undo.pop_all()
        return Mended(connection, after, f"{self.files.path} {how}")

    def _ours(self) -> Lineage:
        """Read it from the file that is open. Raises AwayError where that is not whole any more.

        A program that opened another file in its place had its write-ahead log taken for that
        one's, and has written there: no copy may be made of what is read here.
        """
        ours = lineage.of_open(self.driver)
        if ours.ledger_id == self.ledger_id:
            return ours
        path = self.files.path
        kept = kept_at(path, self.ledger_id)
        whole = lineage.of_file(kept).ledger_id == self.ledger_id
        message = (
            f"another program has opened the file at {path}, and has written into the write-ahead "
            "log of the ledger, which was replaced there: nothing is sent; stop what uses the "
            f"ledger, and put in its place {kept if whole else 'the newest copy that you have'}, "
            "with no -wal and no -shm beside it"
        )
        raise AwayError(message)

    # --- the copy that is kept while another file stands at the place ---

    def _kept(self, ours: Lineage) -> str:
        """Keep one, unless there is one; return what a person can do."""
        kept = kept_at(self.files.path, self.ledger_id)
        try:
            if ours.kept not in lineage.of_file(kept).marks:
                with self._copied(Kind.KEPT) as (copy, its_mark):
                    # Another process may have kept one, and a person have put it there, just now:
                    # with another that is kept, that one would be an older copy.
                    if lineage.of_file(self.files.path).continues(self._ours()):
                        message = f"{self.files.path} has just been put there; {UNTIL}"
                        raise AwayError(message)
                    put(copy, kept)
                    lineage.remember_kept(self.driver, its_mark)
                    self.driver.execute("COMMIT")
        except (OSError, sqlite3.Error) as error:
            return f"move that away; no copy can be kept at {kept}: {self._said(error)}"
        return f"move that away, or put in its place {kept}, which is a copy"

    def _let_go_of_kept(self, driver: sqlite3.Connection) -> None:
        """Delete it: what is written from now on is not in it, and it holds numbers and texts."""
        ours = lineage.of_open(driver)
        if ours.kept is None:
            return
        self._delete_kept(ours, ours.kept)
        lineage.forget_kept(driver)

    def _delete_kept(self, ours: Lineage, its_mark: str) -> None:
        kept = kept_at(self.files.path, ours.ledger_id)
        if its_mark in lineage.of_file(kept).marks:
            kept.unlink()

    def _said(self, error: OSError | sqlite3.Error) -> str:
        """Return what was said, without any path of another file than the ledger's own."""
        if isinstance(error, OSError):
            return str(error.strerror)
        return in_words(error, self.files.path)

    # --- the write lock of all that have the old file open ---

    @contextmanager
    def _copied(self, kind: Kind) -> Iterator[tuple[Path, str]]:
        """Copy all that anybody has written, and let nobody write for the time of the context."""
        owner, new = self.files.owner, lineage.mark(kind)
        before, ours = self._changes(), lineage.of_open(self.driver)
        with copied(self.driver, self.files.place, owner, ours.marks, new) as copy, self._locked():
            if self._changes() != before:
                message = f"{self.files.path} is gone, and is still written to; {UNTIL}"
                raise AwayError(message)
            yield copy, new

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.begin()
        try:
            yield
        finally:
            self.driver.rollback()

    def _changes(self) -> int:
        """Return what is another number once another process has written."""
        (version,) = self.driver.execute("PRAGMA data_version").fetchone()
        return int(version)


def _what(found: Lineage, ours: Lineage) -> str:
    if found.ledger_id is None:
        return "no ledger"
    return "an older copy" if found.ledger_id == ours.ledger_id else "another ledger"
