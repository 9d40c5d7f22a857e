"""`smsherald ledger downgrade` as a shell sees it."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.ledgers import LedgerDatabase
from support.ports import free_port
from support.postgres import Postgres
from support.upgrades import AS_NEXT, NEXT, THIS, become_next, fill, ledger, upgrade, whole

TO = ("downgrade", "--to", str(THIS))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
async def newer(path: Path, monkeypatch: pytest.MonkeyPatch) -> LedgerDatabase:
    """Return a ledger of the next version; this process is of it too."""
    return await grown(LedgerDatabase(f"sqlite:///{path}"), monkeypatch)


@pytest.fixture
async def server(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[LedgerDatabase]:
    """Return one of the next version on PostgreSQL."""
    with postgres.database() as name:
        yield await grown(LedgerDatabase(postgres.url(name)), monkeypatch)


async def grown(database: LedgerDatabase, monkeypatch: pytest.MonkeyPatch) -> LedgerDatabase:
    await fill(database)
    become_next(monkeypatch)
    upgrade(database)
    return database


class TestDowngrade:
    """Who goes back is told what to run, by either program, and what was done."""

    def test_the_older_program_says_what_to_run_and_goes_on_then(
        self, newer: LedgerDatabase, path: Path
    ) -> None:
        refused = ledger(newer, path.parent, "list")
        assert refused.returncode == 78
        assert f"run its `smsherald ledger {' '.join(TO)}`" in refused.stderr

        done = ledger(newer, path.parent, *TO, program=AS_NEXT)
        assert done.returncode == 0, done.stderr
        said, then = done.stdout.splitlines()
        assert said.startswith(f"{path}: downgraded from version {NEXT} to {THIS} in ")
        assert then == f"Install the smsherald of version {THIS}, then start the daemons."
        assert f"downgrading from version {NEXT} to {THIS}; this may take a while" in done.stderr
        assert ledger(newer, path.parent, "list").stdout.count("order-created") == 3

        again = ledger(newer, path.parent, *TO, program=AS_NEXT)
        assert again.stdout == f"{path}: is of version {THIS}: there is nothing to do\n"
        assert (again.returncode, again.stderr) == (0, "")

    def test_says_so_as_json(self, newer: LedgerDatabase, path: Path) -> None:
        done = ledger(newer, path.parent, *TO, "--json", program=AS_NEXT)
        said = json.loads(done.stdout)

        assert said.pop("seconds") >= 0
        assert said == {"ledger": str(path), "before": NEXT, "after": THIS}


class TestRefused:
    """Each has its exit code, and nothing is changed."""

    async def test_in_use_is_1_and_who_insists_is_heard(
        self, newer: LedgerDatabase, path: Path
    ) -> None:
        async with newer.open():
            before = whole(newer)
            done = ledger(newer, path.parent, *TO, program=AS_NEXT)
            assert done.returncode == 1
            assert f"{path}: is in use by process " in done.stderr
            assert whole(newer) == before
            assert ledger(newer, path.parent, *TO, "--force", program=AS_NEXT).returncode == 0

    @pytest.mark.long
    async def test_a_server_in_use_is_1(self, server: LedgerDatabase, tmp_path: Path) -> None:
        async with server.open():
            done = ledger(server, tmp_path, *TO, program=AS_NEXT)
        assert done.returncode == 1
        assert "is in use by another smsherald: stop all that use it first" in done.stderr

        assert ledger(server, tmp_path, *TO, program=AS_NEXT).returncode == 0

    def test_no_way_back_is_78(self, newer: LedgerDatabase, path: Path) -> None:
        before = whole(newer)
        failing = (sys.executable, "-m", "support.next_version", "failing")
        done = ledger(newer, path.parent, *TO, program=failing)

        assert (done.returncode, done.stdout) == (78, "")
        assert f"{path}: stays a ledger of version {NEXT}: the moon would" in done.stderr
        assert whole(newer) == before

    def test_none_is_78_and_none_is_made(self, tmp_path: Path) -> None:
        done = ledger(LedgerDatabase(f"sqlite:///{tmp_path}/none.db"), tmp_path, *TO)

        assert done.returncode == 78
        assert "none.db: there is no ledger yet" in done.stderr
        assert not (tmp_path / "none.db").exists()

    def test_a_server_that_is_away_is_69(self, tmp_path: Path) -> None:
        away = LedgerDatabase(f"postgresql://tests@127.0.0.1:{free_port()}/ledger")

        assert ledger(away, tmp_path, *TO).returncode == 69

    @pytest.mark.parametrize("to", [(), ("--to", "0"), ("--to", str(THIS + 1)), ("--to", "0.1")])
    def test_no_version_of_ours_is_2(self, to: tuple[str, ...], tmp_path: Path) -> None:
        done = ledger(LedgerDatabase(f"sqlite:///{tmp_path}/none.db"), tmp_path, "downgrade", *to)

        assert done.returncode == 2
        if to != ("--to", "0.1"):
            assert f"this smsherald's own is {THIS}" in done.stderr
