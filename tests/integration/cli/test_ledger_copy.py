"""`smsherald ledger copy` as a shell sees it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from smsherald.ledger.sql.schema import replica
from support.command import smsherald
from support.configuration import SETTINGS, write
from support.copies import content, is_usable
from support.ledgers import LedgerDatabase
from support.ports import free_port
from support.postgres import Postgres
from support.secrets import DATABASE_PASSWORD
from support.upgrades import fill


@pytest.fixture
async def source(tmp_path: Path) -> LedgerDatabase:
    database = LedgerDatabase(f"sqlite:///{tmp_path}/ledger.db")
    await fill(database)
    return database


@pytest.fixture
def server(postgres: Postgres) -> Iterator[LedgerDatabase]:
    with postgres.schema() as url:
        yield LedgerDatabase(url)


def copy(source: LedgerDatabase, to: str, *options: str) -> subprocess.CompletedProcess[str]:
    folder = Path(source.url.removeprefix("sqlite:///")).parent
    settings = yaml.safe_load(SETTINGS) | {"ledger": {"url": source.url}}
    config = write(folder, yaml.safe_dump(settings))
    return smsherald("ledger", "copy", "--to", to, "--config", str(config), *options)


class TestCopy:
    """It says what it did, and what is to be done then."""

    def test_moves_it_to_a_server(
        self, source: LedgerDatabase, server: LedgerDatabase, postgres: Postgres
    ) -> None:
        before = content(source)
        done = copy(source, server.url)

        assert done.returncode == 0, done.stderr
        assert "sms                3 rows, the same on both sides" in done.stdout
        place = f"postgresql://127.0.0.1:{postgres.port}/postgres"
        assert f"moved to {place} in" in done.stdout
        assert "Let ledger.url name that one" in done.stdout
        assert content(server) == before
        again = copy(source, server.url)
        assert (again.returncode, again.stdout) == (78, "")
        assert f"has been moved to {place}: name that one" in again.stderr
        assert DATABASE_PASSWORD not in done.stdout + done.stderr + again.stderr

    def test_keeps_it_and_says_so_as_json(self, source: LedgerDatabase, tmp_path: Path) -> None:
        target = LedgerDatabase(f"sqlite:///{tmp_path}/backup.db")
        done = copy(source, target.url, "--keep", "--json")

        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        assert said.keys() == {"from", "to", "moved", "seconds", "tables"}
        assert (said["from"], said["to"]) == (f"{tmp_path}/ledger.db", f"{tmp_path}/backup.db")
        assert said["moved"] is False
        assert said["tables"]["sms"]["rows"] == 3
        assert is_usable(source)
        assert is_usable(target)
        assert (tmp_path / "backup.db").stat().st_mode & 0o777 == 0o600


class TestRefused:
    """Each has its exit code, and nothing is changed."""

    async def test_in_use_is_1_and_who_insists_is_heard(
        self, source: LedgerDatabase, tmp_path: Path
    ) -> None:
        target = f"sqlite:///{tmp_path}/new.db"
        async with source.open():
            done = copy(source, target)
            assert done.returncode == 1
            assert "ledger.db: is in use by process " in done.stderr
            assert is_usable(source)
            assert copy(source, target, "--force").returncode == 0

    def test_a_ledger_at_the_other_place_is_78(self, source: LedgerDatabase) -> None:
        done = copy(source, source.url, "--force")

        assert done.returncode == 78
        assert "holds a ledger already, with 3 SMSes" in done.stderr

    def test_none_here_is_78_and_none_is_made(self, tmp_path: Path) -> None:
        database = LedgerDatabase(f"sqlite:///{tmp_path}/ledger.db")
        done = copy(database, f"sqlite:///{tmp_path}/new.db")

        assert done.returncode == 78
        assert "there is no ledger yet" in done.stderr
        assert not (tmp_path / "new.db").exists()

    @pytest.mark.parametrize("to", ["nowhere", "mysql://host/db", "sqlite://"])
    def test_no_such_database_is_78(self, to: str, source: LedgerDatabase) -> None:
        done = copy(source, to)
        assert done.returncode == 78
        assert done.stderr.startswith("smsherald: --to: ")
        assert "ledger.url: " not in done.stderr

    def test_a_server_that_is_away_is_69(self, source: LedgerDatabase) -> None:
        to = f"postgresql://tests:{DATABASE_PASSWORD}@127.0.0.1:{free_port()}/ledger"
        done = copy(source, to)

        assert done.returncode == 69
        assert DATABASE_PASSWORD not in done.stderr
        assert is_usable(source)

    def test_without_a_place_is_2(self, source: LedgerDatabase) -> None:
        assert smsherald("ledger", "copy").returncode == 2
        assert is_usable(source)


@pytest.mark.long
def test_a_daemon_of_a_minute_ago_is_waited_for(source: LedgerDatabase, tmp_path: Path) -> None:
    with source.connect() as connection:
        row = {"instance": "shop-1", "version": "1", "seen_at": time.time() - 45}
        connection.execute(replica.insert().values(row))
    done = copy(source, f"sqlite:///{tmp_path}/new.db")

    assert done.returncode == 0, done.stderr
    assert "instance shop-1 has used the ledger within the last minute" in done.stderr
