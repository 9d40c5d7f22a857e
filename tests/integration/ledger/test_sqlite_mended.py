"""A SQLite file that vanishes under a daemon, which brings it back by itself."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from smsherald.errors import LedgerError, UnreachableError
from smsherald.ledger import ForCommand, SqlLedger, open_for_command
from smsherald.ledger.commit import worker
from smsherald.ledger.sql import mending, schema
from smsherald.ledger.sql.database import AwayError
from smsherald.ledger.sql.lineage import Lineage
from smsherald.model import Accepted, Busy, Done, Fresh, Sent
from support.disk import fill, small_disk
from support.ledgers import LedgerDatabase, Observed, a_sid, an_sms, fresh, made, sent
from support.waiting import PATIENCE

BEFORE, SECOND = an_sms("before"), an_sms("second")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "ledger"
    folder.mkdir()
    return folder / "ledger.db"


@pytest.fixture
async def ledger(
    database: LedgerDatabase, observed: Observed, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SqlLedger]:
    """Open it, with an SMS that was sent."""
    monkeypatch.setattr(worker, "_LONGEST_PAUSE", 0.2)
    async with database.open("one", observed) as opened:
        await sent(opened, BEFORE)
        yield opened


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - what it waits for sets no event
            await asyncio.sleep(0.01)


def part(path: Path, name: str) -> Path:
    return path.with_name(path.name + name)


def delete(path: Path, *parts: str) -> None:
    for name in parts:
        part(path, name).unlink()


def allow(path: Path, wanted: int) -> None:
    path.touch()
    path.chmod(wanted)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def put(file: Path, at: Path) -> None:
    file.rename(at)


def read(path: Path) -> bytes:
    return path.read_bytes()


def has(path: Path) -> bool:
    return path.exists()


def kept(path: Path, ledger: SqlLedger) -> Path:
    return part(path, f".kept-{ledger.id[:8]}")


def header(path: Path) -> list[int]:
    """Return what a file's header says of its program and version."""
    with closing(sqlite3.connect(path)) as connection:
        names = ("application_id", "user_version")
        return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]


def names_beside(path: Path) -> set[str]:
    return {each.name for each in path.parent.iterdir()}


GONE: dict[str, Callable[[Path], object]] = {
    "deleted": lambda path: delete(path, ""),
    "deleted with its write-ahead log": lambda path: delete(path, "", "-wal"),
    "deleted with its shared memory": lambda path: delete(path, "", "-shm"),
    "deleted with both": lambda path: delete(path, "-wal", "-shm", ""),
    "moved": lambda path: path.rename(path.parent.with_name("elsewhere")),
}


class TestGone:
    """It is written back at once, with all that was in it, and work goes on."""

    @pytest.mark.parametrize("way", GONE)
    async def test_what_is_asked_meanwhile_is_answered_and_stands_in_the_file(
        self,
        ledger: SqlLedger,
        observed: Observed,
        path: Path,
        database: LedgerDatabase,
        way: str,
    ) -> None:
        on_its_way = await fresh(ledger, SECOND)
        before = header(path)
        GONE[way](path)

        async with asyncio.timeout(PATIENCE):
            outcome = await ledger.record(on_its_way, Accepted(a_sid("2"), "queued"))
            done = await ledger.claim(BEFORE)
            third = await ledger.claim(an_sms("third"))

        assert isinstance(outcome, Sent)
        assert isinstance(done, Done)
        assert isinstance(third, Fresh)
        assert len(observed.troubles) == 2
        assert observed.troubles[-1] is None
        assert observed.mendings == [f"{path} had vanished, and was written back"]
        assert (header(path), mode(path)) == (before, 0o600)
        assert names_beside(path) == {"ledger.db", "ledger.db-wal", "ledger.db-shm"}
        rows = [database.row(each.key) or {} for each in (BEFORE, SECOND, an_sms("third"))]
        assert [row["state"] for row in rows] == ["sent", "sent", "sending"]

    async def test_while_nothing_is_asked_of_it(
        self, ledger: SqlLedger, observed: Observed, path: Path
    ) -> None:
        del ledger
        delete(path, "")

        await until(lambda: observed.troubles[-1:] == [None])

        assert has(path)

    async def test_again_and_again(
        self, ledger: SqlLedger, observed: Observed, path: Path, database: LedgerDatabase
    ) -> None:
        for number in range(5):
            delete(path, "")
            async with asyncio.timeout(PATIENCE):
                assert isinstance(await ledger.claim(an_sms(str(number))), Fresh)

        assert len(observed.mendings) == 5
        assert all(database.row(an_sms(str(number)).key) for number in range(5))

    async def test_a_commit_that_the_deleted_file_took_is_written_again_and_ours(
        self,
        ledger: SqlLedger,
        path: Path,
        database: LedgerDatabase,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        transactions = ledger._transactions  # noqa: SLF001 - the moment between two of its lines
        real, moments = transactions._claim, [path]  # noqa: SLF001

        def deleted_meanwhile(*arguments: object) -> None:
            real(*arguments)  # type: ignore[arg-type] # It is handed on as it came.
            if moments:
                delete(moments.pop(), "")

        monkeypatch.setattr(transactions, "_claim", deleted_meanwhile)
        claim = await asyncio.wait_for(ledger.claim(SECOND), PATIENCE)

        assert isinstance(claim, Fresh)
        assert claim.claim_number == 1
        assert (database.row(SECOND.key) or {})["state"] == "sending"

    async def test_who_may_read_it_stays(self, database: LedgerDatabase, path: Path) -> None:
        allow(path, 0o640)
        async with database.open() as ledger:
            delete(path, "")
            await asyncio.wait_for(ledger.claim(SECOND), PATIENCE)

        assert mode(path) == 0o640

    async def test_it_is_written_back_when_the_daemon_ends(
        self, database: LedgerDatabase, path: Path
    ) -> None:
        async with database.open("one") as ledger:
            claim = await fresh(ledger, BEFORE)
            delete(path, "")
            recording = asyncio.ensure_future(ledger.record(claim, Accepted(a_sid("1"), "queued")))
            await asyncio.sleep(0)
        assert isinstance(await recording, Sent)
        async with database.open("one") as ledger:
            delete(path, "", "-wal")

        assert names_beside(path) == {"ledger.db"}
        async with database.open("again") as again:
            assert isinstance(await again.claim(BEFORE), Done)

    async def test_a_full_disk_is_said_and_leaves_nothing_behind(self, tmp_path: Path) -> None:
        folder, observed = tmp_path / "disk", Observed()
        path = folder / "ledger.db"
        with small_disk(folder):
            async with LedgerDatabase(f"sqlite:///{path}").open("one", observed) as ledger:
                await sent(ledger, BEFORE)
                fill(folder / "filler")
                delete(path, "")
                claiming = asyncio.ensure_future(ledger.claim(SECOND))
                await until(lambda: len(observed.troubles) == 2)
                assert "filler" in names_beside(path)
                assert not has(path)
                assert not claiming.done()
                (folder / "filler").unlink()
                assert isinstance(await asyncio.wait_for(claiming, PATIENCE), Fresh)
                assert isinstance(await ledger.claim(BEFORE), Done)
                assert names_beside(path) == {"ledger.db", "ledger.db-wal", "ledger.db-shm"}

        assert observed.troubles[1] is not None
        assert "cannot be brought back" in observed.troubles[1]
        assert observed.troubles[2:] == [None]

    async def test_what_another_database_left_beside_it_is_never_read_with_it(
        self, ledger: SqlLedger, observed: Observed, path: Path
    ) -> None:
        delete(path, "-wal")
        part(path, "-wal").write_bytes(b"another's")
        delete(path, "")
        await until(lambda: len(observed.troubles) == 2)
        assert "ledger.db-wal is of another database" in str(observed.troubles[-1])
        assert part(path, "-wal").read_bytes() == b"another's"
        delete(path, "-wal")

        assert isinstance(await asyncio.wait_for(ledger.claim(BEFORE), PATIENCE), Done)

    async def test_a_command_writes_nothing_back(
        self, database: LedgerDatabase, path: Path
    ) -> None:
        async with database.open("one") as ledger:
            await sent(ledger, BEFORE)
        with pytest.raises(UnreachableError), open_for_command(database.settings()) as command:
            _resolve_in_what_is_deleted(command, path)

        assert not has(path)


def _resolve_in_what_is_deleted(command: ForCommand, path: Path) -> None:
    delete(path, "")
    command.people.resolve(BEFORE.key, None)


class TestTwo:
    """All that have it open end on one file."""

    async def test_who_was_not_first_goes_on_with_what_the_other_wrote_back(
        self, ledger: SqlLedger, observed: Observed, path: Path, database: LedgerDatabase
    ) -> None:
        other = Observed()
        async with database.open("two", other) as two:
            for number in range(3):
                delete(path, "")
                async with asyncio.timeout(PATIENCE):
                    claims = await asyncio.gather(
                        ledger.claim(an_sms(f"one {number}")), two.claim(an_sms(f"two {number}"))
                    )
                    assert all(isinstance(claim, Fresh) for claim in claims)
                    assert isinstance(await ledger.claim(an_sms(f"two {number}")), Busy)
                    assert isinstance(await two.claim(an_sms(f"one {number}")), Busy)

        hows = [*observed.mendings, *other.mendings]
        assert len(hows) == 6
        assert hows.count(f"{path} had vanished, and was written back") == 3

    async def test_who_has_missed_one_file_does_not_write_back_the_one_before(
        self, ledger: SqlLedger, path: Path, database: LedgerDatabase
    ) -> None:
        with database.storage() as stale:
            made(stale)
            delete(path, "")
            assert isinstance(await asyncio.wait_for(ledger.claim(SECOND), PATIENCE), Fresh)
            put(path, path.with_name("elsewhere"))
            with pytest.raises(AwayError, match="lacks what other processes have written"):
                stale.mend()
            assert isinstance(await asyncio.wait_for(ledger.claim(SECOND), PATIENCE), Busy)
            assert "another process" in str(stale.mend())


def make_no_database(path: Path) -> None:
    path.write_text("Not a database, and longer than the header of one: " + 10 * "no ")


async def _replaced(path: Path, by: str, ledger: SqlLedger) -> bytes:
    """Put another file in its place, at once; return what is in it."""
    other = path.with_name("other.db")
    match by:
        case "an empty file":
            other.touch()
        case "a text":
            make_no_database(other)
        case "another ledger":
            async with LedgerDatabase(f"sqlite:///{other}").open("other") as its:
                await its.claim(an_sms("another's"))
        case "a backup":
            with closing(sqlite3.connect(path)) as now, closing(sqlite3.connect(other)) as then:
                now.backup(then)
                then.execute("PRAGMA journal_mode = DELETE")
            await sent(ledger, an_sms("after the backup"))
    content = other.read_bytes()
    other.replace(path)
    return content


IS = {
    "an empty file": "no ledger",
    "a text": "no ledger",
    "another ledger": "another ledger",
    "a backup": "an older copy",
}
each_kind = pytest.mark.parametrize("by", IS)


class TestReplaced:
    """What stands there is never touched; ours is kept beside it, and comes back."""

    @each_kind
    async def test_what_stands_there_is_left_and_ours_kept(
        self, ledger: SqlLedger, observed: Observed, path: Path, by: str
    ) -> None:
        on_its_way = await fresh(ledger, SECOND)
        content = await _replaced(path, by, ledger)
        claiming = asyncio.ensure_future(ledger.claim(an_sms("third")))
        recording = asyncio.ensure_future(ledger.record(on_its_way, Accepted(a_sid("2"), "queued")))
        await until(lambda: len(observed.troubles) == 2)
        await asyncio.wait([claiming, recording], timeout=1.0)

        copy = kept(path, ledger)
        assert observed.troubles[-1] == (
            f"{path} is {IS[by]}, not the file that was opened; nothing is sent until it is back: "
            f"move that away, or put in its place {copy}, which is a copy"
        )
        assert read(path) == content
        assert not claiming.done()
        assert not recording.done()
        assert mode(copy) == 0o600
        assert names_beside(path) == {
            "ledger.db",
            "ledger.db-wal",
            "ledger.db-shm",
            copy.name,
        }
        delete(path, "")
        async with asyncio.timeout(PATIENCE):
            assert isinstance(await claiming, Fresh)
            assert isinstance(await recording, Sent)

    @each_kind
    @pytest.mark.parametrize(
        "back", ["it is moved away", "the kept one is put there", "a copy of it is put there"]
    )
    async def test_it_heals_and_nothing_is_left_of_the_copy(
        self, ledger: SqlLedger, observed: Observed, path: Path, by: str, back: str
    ) -> None:
        async with LedgerDatabase(f"sqlite:///{path}").open("two") as two:
            await _replaced(path, by, ledger)
            copy = kept(path, ledger)
            claiming = asyncio.gather(ledger.claim(SECOND), two.claim(an_sms("third")))
            await until(lambda: "which is a copy" in str(observed.troubles[-1:]))
            if back == "it is moved away":
                put(path, path.parent.with_name("aside"))
            elif back == "the kept one is put there":
                put(copy, path)
            else:
                shutil.copy(copy, path.with_name("again"))
                put(path.with_name("again"), path)

            async with asyncio.timeout(PATIENCE):
                second, third = await claiming
                assert isinstance(second, Fresh)
                assert isinstance(third, Fresh)
                assert isinstance(await two.claim(BEFORE), Done)
                assert isinstance(await two.claim(SECOND), Busy)
                assert isinstance(await ledger.claim(an_sms("third")), Busy)
            assert not has(copy)
            assert len(observed.mendings) == 1
            await until(lambda: observed.troubles[-1] is None)

    async def test_the_kept_one_may_be_copied_to_its_place_while_nobody_has_it_open(
        self, database: LedgerDatabase, path: Path
    ) -> None:
        observed = Observed()
        async with database.open("one", observed) as ledger:
            await sent(ledger, BEFORE)
            await _replaced(path, "another ledger", ledger)
            copy = kept(path, ledger)
            await until(lambda: "which is a copy" in str(observed.troubles[-1:]))
        with pytest.raises(LedgerError, match="another ledger was in its place"):
            async with database.open("two"):
                pytest.fail("it was opened")
        shutil.copy(copy, path)

        async with database.open("two") as again:
            assert isinstance(await again.claim(BEFORE), Done)

    def test_the_kept_one_is_taken_also_where_it_is_put_there_while_another_process_looks(
        self, database: LedgerDatabase, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with database.storage() as one, database.storage() as two:
            copy = path.with_name(f"ledger.db.kept-{made(one).id[:8]}")
            made(two)
            make_no_database(path.with_name("other"))
            path.with_name("other").replace(path)
            with pytest.raises(AwayError, match="which is a copy"):
                one.mend()
            real = mending.Mender._kept  # noqa: SLF001 - the moment before it

            def just_now(mender: mending.Mender, ours: Lineage) -> str:
                copy.rename(path)
                return real(mender, ours)

            monkeypatch.setattr(mending.Mender, "_kept", just_now)
            with pytest.raises(AwayError, match="has just been put there"):
                two.mend()
            monkeypatch.undo()

            assert "its copy was put there" in str(two.mend())
            assert "another process" in str(one.mend())
            assert names_beside(path) == {"ledger.db", "ledger.db-wal", "ledger.db-shm"}

    def test_no_copy_is_kept_of_what_another_program_has_written_into_our_log(
        self, database: LedgerDatabase, path: Path
    ) -> None:
        other = path.with_name("other.db")
        with LedgerDatabase(f"sqlite:///{other}").storage() as storage:
            made(storage)
        with database.storage() as ours:
            ledger_id = made(ours).id
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA wal_checkpoint(RESTART)")
                connection.execute("PRAGMA user_version = 1")
                connection.execute(f"PRAGMA user_version = {schema.VERSION}")
            other.replace(path)
            code = (
                "import os, sqlite3, sys; connection = sqlite3.connect(sys.argv[1]); "
                "connection.execute(\"INSERT INTO meta VALUES ('theirs', '')\"); "
                "connection.commit(); os._exit(0)"
            )
            subprocess.run([sys.executable, "-c", code, path], check=True)

            with pytest.raises(AwayError, match="has written into the write-ahead log") as raised:
                ours.mend()
            assert "put in its place the newest copy that you have" in str(raised.value)
            assert not has(path.with_name(f"ledger.db.kept-{ledger_id[:8]}"))

    async def test_a_copy_of_then_is_not_taken_for_the_ledger_of_now(
        self, ledger: SqlLedger, observed: Observed, path: Path
    ) -> None:
        then, opened = path.with_name("then.db"), path.with_name("opened.db")
        os.link(path, opened)
        await _replaced(path, "a text", ledger)
        await until(lambda: "which is a copy" in str(observed.troubles[-1:]))
        shutil.copy(kept(path, ledger), then)
        # What was opened comes back, so that it has no more marks than before.
        opened.replace(path)
        after = await asyncio.wait_for(ledger.claim(an_sms("after")), PATIENCE)
        assert isinstance(after, Fresh)
        assert not has(kept(path, ledger))
        put(then, path)
        claiming = asyncio.ensure_future(ledger.claim(SECOND))
        await until(lambda: "is an older copy" in str(observed.troubles[-1:]))
        assert not claiming.done()
        delete(path, "")

        assert isinstance(await asyncio.wait_for(claiming, PATIENCE), Fresh)
        assert isinstance(await ledger.claim(an_sms("after")), Busy)

    async def test_what_stands_where_it_would_be_kept_stays_too(
        self, ledger: SqlLedger, observed: Observed, path: Path
    ) -> None:
        kept(path, ledger).mkdir()
        await _replaced(path, "a text", ledger)
        await until(lambda: len(observed.troubles) == 2)
        assert "File exists" in str(observed.troubles[-1])
        delete(path, "")

        assert isinstance(await asyncio.wait_for(ledger.claim(BEFORE), PATIENCE), Done)
        assert kept(path, ledger).is_dir()
