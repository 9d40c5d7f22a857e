"""`smsherald ledger upgrade` as a shell sees it, and `run` on an older ledger."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from smsherald.ledger.opening import described
from smsherald.settings.secret import Secret
from support.daemon import Daemon
from support.ledgers import LedgerDatabase
from support.ports import free_port
from support.postgres import Postgres
from support.process import COMMAND
from support.upgrades import AS_NEXT, NEXT, TESTS, THIS, fill, ledger, upgrade, whole


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def database(path: Path) -> LedgerDatabase:
    return LedgerDatabase(f"sqlite:///{path}")


@pytest.fixture
async def older(database: LedgerDatabase) -> LedgerDatabase:
    """Return a ledger that the next version has to upgrade."""
    await fill(database)
    return database


@pytest.fixture
def server(postgres: Postgres) -> Iterator[LedgerDatabase]:
    with postgres.database() as name:
        yield LedgerDatabase(postgres.url(name))


def read(path: Path) -> bytes:
    return path.read_bytes()


def spoil(path: Path, what: str) -> None:
    """Make of a ledger what nobody can upgrade."""
    if what == "corrupt":
        path.write_bytes(path.read_bytes()[:8192] + b"\xff" * 4096)
        return
    change = {
        "newer": f"PRAGMA user_version = {NEXT + 1}",
        "another program's": "PRAGMA application_id = 1",
    }[what]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(change)


class TestUpgrade:
    """It says what it did, and from which version to which."""

    def test_makes_a_file_that_is_missing_and_leaves_it_then(
        self, database: LedgerDatabase, path: Path
    ) -> None:
        first, second = (ledger(database, path.parent, "upgrade") for _ in range(2))

        assert (first.returncode, second.returncode) == (0, 0), first.stderr
        assert first.stdout == f"{path}: made, of version {THIS}\n"
        assert second.stdout == f"{path}: is of version {THIS}: there is nothing to do\n"
        assert path.stat().st_mode & 0o777 == 0o600

    def test_upgrades_an_older_one(self, older: LedgerDatabase, path: Path) -> None:
        done = ledger(older, path.parent, "upgrade", program=AS_NEXT)

        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"{path}: upgraded from version {THIS} to {NEXT} in ")
        assert f"upgrading from version {THIS} to {NEXT}; this may take a while" in done.stderr

    @pytest.mark.long
    def test_says_so_as_json_of_a_server_too(self, server: LedgerDatabase, tmp_path: Path) -> None:
        said = []
        for program in ((COMMAND,), AS_NEXT, AS_NEXT):
            done = ledger(server, tmp_path, "upgrade", "--json", program=program)
            assert done.returncode == 0, done.stderr
            said.append(json.loads(done.stdout))

        assert [(each["before"], each["after"]) for each in said] == [
            (None, THIS),
            (THIS, NEXT),
            (NEXT, NEXT),
        ]
        assert {each["ledger"] for each in said} == {described(Secret(server.url))}
        assert all(each["seconds"] >= 0 for each in said)


class TestRefused:
    """What it cannot upgrade, it leaves as it is."""

    @pytest.mark.parametrize(
        ("what", "says"),
        [
            ("newer", "made by a newer smsherald"),
            ("another program's", "is the database of another program"),
            ("corrupt", "malformed: stop all that use it, and put in its place"),
        ],
    )
    async def test_is_78(self, what: str, says: str, older: LedgerDatabase, path: Path) -> None:
        spoil(path, what)
        before = read(path)

        done = ledger(older, path.parent, "upgrade", program=AS_NEXT)
        assert done.returncode == 78
        assert str(path) in done.stderr
        assert says in done.stderr
        assert done.stdout == ""
        assert read(path) == before

    def test_a_server_that_is_away_is_69(self, tmp_path: Path) -> None:
        away = LedgerDatabase(f"postgresql://tests@127.0.0.1:{free_port()}/ledger")

        assert ledger(away, tmp_path, "upgrade").returncode == 69

    @pytest.mark.parametrize("arguments", [["list"], ["show", "R1"]])
    def test_a_command_that_looks_is_78_and_says_what_to_run(
        self, arguments: list[str], older: LedgerDatabase, path: Path
    ) -> None:
        before = whole(older)
        done = ledger(older, path.parent, *arguments, program=AS_NEXT)

        assert done.returncode == 78
        assert "stop the daemons, then run `smsherald ledger upgrade`" in done.stderr
        assert whole(older) == before


class TestRun:
    """The daemon upgrades a file at its start, and leaves a server to the command."""

    @pytest.fixture
    def daemon(self, tmp_path: Path) -> Iterator[Daemon]:
        with_memory = Daemon(tmp_path / "daemon", "memory://", "http://127.0.0.1:9")
        with_memory.environment["PYTHONPATH"] = str(TESTS)
        yield with_memory
        with_memory.kill()

    def test_an_older_file_is_upgraded_and_the_log_says_so(
        self, daemon: Daemon, older: LedgerDatabase
    ) -> None:
        daemon.program = AS_NEXT
        daemon.settings["ledger"]["url"] = older.url
        daemon.start()
        assert daemon.stop() == 0

        (line,) = (line for line in daemon.log_lines() if line["message"] == "ledger_upgraded")
        assert (line["level"], line["before"], line["after"]) == ("info", THIS, NEXT)
        assert line["seconds"] > 0

    async def test_an_older_server_is_78(self, daemon: Daemon, server: LedgerDatabase) -> None:
        await fill(server)
        daemon.program = AS_NEXT
        daemon.settings["ledger"]["url"] = server.url
        daemon.start(ready=False)

        assert daemon.wait() == 78
        assert "stop the daemons, then run `smsherald ledger upgrade`" in daemon.stderr.read_text()

    def test_with_nothing_to_upgrade_alembic_is_not_imported(
        self, daemon: Daemon, database: LedgerDatabase
    ) -> None:
        upgrade(database)
        daemon.program = (sys.executable, "-X", "importtime", COMMAND)
        daemon.settings["ledger"]["url"] = database.url
        daemon.start()
        assert daemon.stop() == 0

        imported = daemon.stderr.read_text()
        assert "smsherald.ledger.sql.versions" in imported
        assert "alembic" not in imported
