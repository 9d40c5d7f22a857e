"""A ledger is copied to another database: it is moved there, or backed up."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update

from smsherald.errors import LedgerError
from smsherald.ledger.moving import CopyError, InUseError, Wishes, users
from smsherald.ledger.moving import copy as copy_between
from smsherald.ledger.sql import schema
from smsherald.ledger.sql.schema import replica
from smsherald.model import Busy, Done, Fresh, TakenOver
from support.copies import CutOffError, at_commit, content, copy, cut_off, is_usable, unheard
from support.ledgers import LedgerDatabase, Observed, an_sms
from support.postgres import Postgres
from support.upgrades import SENDING, SENT, become_next, fill, upgrade, whole
from support.waiting import PATIENCE

TESTS = Path(__file__).parents[2]


@pytest.fixture(
    params=[
        ("sqlite", "postgresql"),
        ("postgresql", "sqlite"),
        ("sqlite", "sqlite"),
        pytest.param(("postgresql", "postgresql"), marks=pytest.mark.long),
    ],
    ids=" to ".join,
)
def new_pair(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[], tuple[LedgerDatabase, LedgerDatabase]]]:
    """Return what gives two empty databases."""
    numbers = count(1)
    with ExitStack() as made:

        def new(kind: str) -> LedgerDatabase:
            if kind == "sqlite":
                return LedgerDatabase(f"sqlite:///{tmp_path}/ledger{next(numbers)}.db")
            cluster: Postgres = request.getfixturevalue("postgres")
            # Those of one database have one lock.
            if one == other:
                return LedgerDatabase(cluster.url(made.enter_context(cluster.database())))
            return LedgerDatabase(made.enter_context(cluster.schema()))

        one, other = request.param
        yield lambda: (new(one), new(other))


@pytest.fixture
async def pair(
    new_pair: Callable[[], tuple[LedgerDatabase, LedgerDatabase]],
) -> tuple[LedgerDatabase, LedgerDatabase]:
    """Return a ledger with something in each table, and where none is."""
    source, target = new_pair()
    await fill(source)
    async with source.open() as ledger:
        await ledger.replicas("one", "1.0")
        with source.connect() as connection:
            (one,) = connection.execute(select(replica)).all()
    with source.connect() as connection:
        # It was killed: who closes a ledger is there no more.
        connection.execute(insert(replica).values(one._asdict()))
        for statement in (
            "INSERT INTO second_sid VALUES ('SM2', 'key', 1.5)",
            "INSERT INTO outbox VALUES ('id', 'sms.held', '{}', 2.5, 'one')",
            "INSERT INTO parked VALUES ('q', 'i', 'e', 'r', NULL, 'poison', 'why', NULL, NULL, 1)",
        ):
            connection.execute(text(statement))
    return source, target


def silence(database: LedgerDatabase) -> None:
    """Let nobody have said of late that it uses the ledger."""
    with database.connect() as connection:
        connection.execute(update(replica).values(seen_at=0.0))


def cut_off_whole(source: LedgerDatabase, target: LedgerDatabase) -> None:
    """Cut a copy off where every row is in it, and the ledger has not moved yet."""
    number = 0
    while not content(target).get("sms"):
        number += 1
        with at_commit(number, cut_off), pytest.raises(CutOffError):
            copy(source, target)


class TestMove:
    """The copy is the ledger from then on, and nothing else is."""

    async def test_every_row_is_there_and_the_tables_are_those_of_a_new_one(
        self,
        pair: tuple[LedgerDatabase, LedgerDatabase],
        new_pair: Callable[[], tuple[LedgerDatabase, LedgerDatabase]],
    ) -> None:
        source, target = pair
        before = content(source)
        assert all(before.values())

        copied = copy(source, target)

        assert content(target) == before
        assert {name: tally.rows for name, tally in copied.tables.items()} == {
            name: len(rows) for name, rows in before.items()
        }
        _, new = new_pair()
        upgrade(new)
        assert whole(target)[0] == whole(new)[0]

    async def test_it_goes_on_there_with_its_id_and_texts_nothing_again(
        self, pair: tuple[LedgerDatabase, LedgerDatabase]
    ) -> None:
        source, target = pair
        async with source.open() as ledger:
            ledger_id = ledger.id
        copy(source, target)

        async with target.open() as ledger:
            assert ledger.id == ledger_id
            assert not ledger.is_new
            assert isinstance(await ledger.claim(SENT), Done)
            assert isinstance(await ledger.claim(SENDING), Busy)
            assert isinstance(await ledger.claim(an_sms("R4")), Fresh)
            target.age(SENDING.key)
            assert isinstance(await ledger.claim(SENDING), TakenOver)

    async def test_what_it_was_copied_from_is_refused_and_says_where_it_went(
        self, pair: tuple[LedgerDatabase, LedgerDatabase]
    ) -> None:
        source, target = pair
        copied = copy(source, target)
        before = whole(source)

        for use in (
            lambda: upgrade(source),
            lambda: copy(source, target),
            lambda: copy(source, target, keep=True),
        ):
            with pytest.raises(LedgerError, match="has been moved to") as refused:
                use()
            assert copied.target in str(refused.value)
            assert "hunter2" not in str(refused.value)
        with pytest.raises(LedgerError, match="has been moved to"):
            async with source.open():
                pytest.fail("it was opened")
        assert whole(source) == before

    async def test_a_daemon_that_still_has_it_open_writes_nothing_any_more(
        self, pair: tuple[LedgerDatabase, LedgerDatabase]
    ) -> None:
        source, target = pair
        observed = Observed()
        async with source.open("left", observed) as ledger:
            copy(source, target)
            moved = whole(source)
            claiming = asyncio.create_task(ledger.claim(an_sms("R4")))
            async with asyncio.timeout(PATIENCE):
                await observed.troubled.wait()
        await asyncio.wait([claiming])

        assert claiming.cancelled()
        assert "or moved; stop this one" in str(observed.troubles[0])
        assert whole(source) == moved

    def test_progress_ends_with_all_rows_written_and_read_again(
        self, pair: tuple[LedgerDatabase, LedgerDatabase]
    ) -> None:
        heard: list[tuple[int, int]] = []
        copied = copy(*pair, on_rows=lambda done, most: heard.append((done, most)))

        rows = sum(tally.rows for tally in copied.tables.values())
        assert heard[-1] == (2 * rows, 2 * rows)
        assert heard == sorted(heard)


class TestKeep:
    """A backup is made, and the ledger goes on where it is."""

    async def test_both_are_ledgers(self, pair: tuple[LedgerDatabase, LedgerDatabase]) -> None:
        source, target = pair
        before = whole(source)
        async with source.open("daemon"):
            copy(source, target, keep=True, force=False)

        assert whole(source) == before
        assert content(target) == content(source)
        assert is_usable(source)
        assert is_usable(target)

    async def test_it_is_of_one_moment(self, pair: tuple[LedgerDatabase, LedgerDatabase]) -> None:
        source, target = pair
        before = content(source)

        def write(done: int, _: int) -> None:
            if done == 1:
                with source.connect() as connection:
                    connection.execute(text("DELETE FROM sms"))

        copy(source, target, keep=True, on_rows=write)

        assert content(target) == before
        assert content(source)["sms"] == []


class TestCutOff:
    """Wherever it is cut off, one at most can be used, and the same again does it."""

    def test_before_any_commit(self, pair: tuple[LedgerDatabase, LedgerDatabase]) -> None:
        source, target = pair
        before = content(source)
        cuts, number = [], 1
        while True:
            with at_commit(number, cut_off), suppress(CutOffError):
                copied = copy(source, target)
                break
            assert not is_usable(target)
            cuts.append(is_usable(source))
            # What it has moved away, the next one opens at the other place: that is cut off too.
            number = 1 if cuts[-2:] == [True, False] else number + 1

        assert cuts == sorted(cuts, reverse=True)
        assert cuts.count(True) >= 4
        assert cuts.count(False) >= 4
        assert content(target) == before
        assert copied.tables["sms"].rows == len(before["sms"])
        assert (is_usable(source), is_usable(target)) == (False, True)

    @pytest.mark.long
    def test_by_a_kill(self, pair: tuple[LedgerDatabase, LedgerDatabase]) -> None:
        source, target = pair
        before = content(source)
        number = 0
        while is_usable(source):
            number += 1
            arguments = [source.url, target.url, str(number)]
            done = subprocess.run(
                [sys.executable, "-m", "support.copy_process", *arguments],
                env={**os.environ, "PYTHONPATH": str(TESTS)},
                check=False,
            )
            assert done.returncode == -signal.SIGKILL
            assert not is_usable(target)

        copy(source, target)
        assert content(target) == before

    async def test_what_was_written_meanwhile_is_copied_too(
        self, pair: tuple[LedgerDatabase, LedgerDatabase]
    ) -> None:
        source, target = pair
        cut_off_whole(source, target)
        async with source.open() as ledger:
            await ledger.claim(an_sms("R4"))
        copy(source, target)

        assert target.row(an_sms("R4").key) is not None

    async def test_no_daemon_makes_a_ledger_of_what_is_unfinished(
        self, pair: tuple[LedgerDatabase, LedgerDatabase]
    ) -> None:
        source, target = pair
        with pytest.raises(CutOffError):
            copy(source, target, on_rows=lambda *_: cut_off())

        with pytest.raises(LedgerError, match="is an unfinished copy of"):
            async with target.open():
                pytest.fail("it was opened")

    async def test_another_ledger_does_not_take_its_place(
        self,
        pair: tuple[LedgerDatabase, LedgerDatabase],
        new_pair: Callable[[], tuple[LedgerDatabase, LedgerDatabase]],
    ) -> None:
        source, target = pair
        cut_off_whole(source, target)
        another, _ = new_pair()
        await fill(another)
        before = whole(target)

        with pytest.raises(LedgerError, match="is an unfinished copy of"):
            copy(another, target)
        assert whole(target) == before
        assert is_usable(another)


class TestRefused:
    """Nothing is changed, on either side."""

    async def test_where_a_ledger_is_already(
        self, pair: tuple[LedgerDatabase, LedgerDatabase]
    ) -> None:
        source, target = pair
        await fill(target)
        before = whole(source), whole(target)

        with pytest.raises(LedgerError, match="holds a ledger already, with 3 SMSes"):
            copy(source, target)
        with pytest.raises(LedgerError, match="holds a ledger already, with 3 SMSes"):
            copy(source, source)
        assert (whole(source), whole(target)) == before

    def test_an_older_one(
        self, pair: tuple[LedgerDatabase, LedgerDatabase], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source, target = pair
        become_next(monkeypatch)
        with pytest.raises(LedgerError, match="run `smsherald ledger upgrade`"):
            copy(source, target)

    def test_a_newer_one(
        self, pair: tuple[LedgerDatabase, LedgerDatabase], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source, target = pair
        become_next(monkeypatch)
        upgrade(source)
        monkeypatch.undo()
        with pytest.raises(LedgerError, match="made by a newer smsherald"):
            copy(source, target)

    def test_none(self, new_pair: Callable[[], tuple[LedgerDatabase, LedgerDatabase]]) -> None:
        source, target = new_pair()
        with pytest.raises(LedgerError, match="there is no ledger yet"):
            copy(source, target)

    def test_a_copy_that_is_not_the_same(self, pair: tuple[LedgerDatabase, LedgerDatabase]) -> None:
        source, target = pair
        with source.storage() as read, target.storage() as written:

            def spoil(done: int, most: int) -> None:
                # The first table is being read again, and this one comes later.
                if most < 2 * done < most + 4:
                    written.connection.execute(update(schema.sms).values(attempt=7))

            wishes = Wishes(unheard, spoil, force=True)
            with pytest.raises(CopyError, match=r"table sms is not the same: 3 rows \([0-9a-f]+\)"):
                copy_between(read, written, ("here", "there"), wishes)

        assert is_usable(source)
        assert not is_usable(target)

    def test_clocks_that_differ(self, pair: tuple[LedgerDatabase, LedgerDatabase]) -> None:
        source, target = pair
        silence(source)
        with source.storage() as read, target.storage() as written:
            written.dialect = replace(written.dialect, now=f"({written.dialect.now} + 37)")
            wishes = Wishes(unheard, unheard)
            with pytest.raises(CopyError, match="its clock is 37 s ahead"):
                copy_between(read, written, ("here", "there"), wishes)
        assert is_usable(source)
        copy(source, target, force=False)


class TestInUse:
    """A daemon that said of late that it uses the ledger is waited for."""

    @pytest.fixture(autouse=True)
    def _impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(users, "_LOOKED_EVERY", 0.01)
        monkeypatch.setattr(users, "LATELY", 0.2)

    def test_one_that_is_silent_is_there_no_more(
        self, pair: tuple[LedgerDatabase, LedgerDatabase]
    ) -> None:
        heard: list[str] = []
        copy(*pair, force=False, on_wait=lambda instance, _: heard.append(instance))

        assert heard == ["one"]

    def test_one_that_says_so_again_is_still_there(
        self, pair: tuple[LedgerDatabase, LedgerDatabase]
    ) -> None:
        source, target = pair

        def beat(*_: object) -> None:
            with source.connect() as connection:
                connection.execute(update(replica).values(seen_at=replica.c.seen_at + 1))

        with pytest.raises(InUseError, match="in use by instance one: stop all that use it first"):
            copy(source, target, force=False, on_wait=beat)
        assert is_usable(source)
