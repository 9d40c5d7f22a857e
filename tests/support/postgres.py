"""A PostgreSQL cluster of the tests' own: its own folder and port, and a database per test."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

from support.needs import program
from support.ports import free_port
from support.secrets import DATABASE_PASSWORD
from support.waiting import PATIENCE, eventually

USER = "tests"


def _programs() -> Path:
    """Return the folder of the newest version's programs; Debian keeps them off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return Path(program(str(found[-1]) if found else "postgres", "postgresql")).parent


class Postgres:
    """One cluster; `start` and `stop` may follow each other, what was committed stays."""

    def __init__(self) -> None:
        self._programs = _programs()
        self._names = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        # Not in pytest's folder, which the user that the server runs as cannot enter.
        self._home = Path(tempfile.mkdtemp(prefix="smsherald-postgres-"))
        self._as_user: list[str] = []
        if os.geteuid() == 0:
            # The server refuses to run as root.
            shutil.chown(self._home, "postgres", "postgres")
            self._as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        self._fill()

    def _fill(self) -> None:
        options = ["--auth=trust", f"--username={USER}", "--encoding=UTF8", "--locale=C.UTF-8"]
        self._make("initdb", *options)

    def _make(self, name: str, *options: str) -> None:
        """Let one of its programs make the folder of its data."""
        subprocess.run(
            [
                *self._as_user,
                self._programs / name,
                *options,
                "--no-sync",
                f"--pgdata={self._home}/data",
            ],
            cwd=self._home,
            check=True,
            capture_output=True,
        )

    def start(self) -> None:
        """Start the server and return once it takes connections."""
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            # The server may crash here; the machine does not.
            "fsync": "off",
        }
        with (self._home / "output").open("ab") as output:
            server = subprocess.Popen(
                [
                    *self._as_user,
                    self._programs / "postgres",
                    f"-D{self._home}/data",
                    *(f"-c{name}={value}" for name, value in settings.items()),
                ],
                cwd=self._home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C at the tests is not for it.
            )
        self._process = server

        def ready() -> bool:
            if server.poll() is not None:
                message = f"PostgreSQL ended: {(self._home / 'output').read_text()}"
                raise AssertionError(message)
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError as error:
                raise OSError from error
            return True

        eventually(ready, what="PostgreSQL takes connections")

    def stop(self, sig: signal.Signals = signal.SIGINT) -> None:
        """End the server: SIGINT breaks its connections, SIGQUIT does so as a crash does."""
        if self._process is not None:
            self._process.send_signal(sig)
            self._process.wait(PATIENCE)
            self._process = None

    def remove(self) -> None:
        """End it, and take its folder away; fine to call twice."""
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement outside of a transaction and return its rows."""
        with psycopg.connect(self.url(database), autocommit=True, connect_timeout=30) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def url(self, database: str, user: str = USER) -> str:
        """Return the address of a database, as any role reaches it."""
        return f"postgresql://{user}:{DATABASE_PASSWORD}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def schema(self) -> Iterator[str]:
        """Make an empty schema and return an address that leads there: far quicker than a database.

        Drops it with all that is in it.
        """
        name = f"test_{next(self._names)}"
        self.execute(f"CREATE SCHEMA {name}")
        try:
            yield f"{self.url('postgres')}?options=-csearch_path%3D{name}"
        finally:
            self.execute(f"DROP SCHEMA {name} CASCADE")

    @contextmanager
    def database(self, options: str = "") -> Iterator[str]:
        """Make an empty database, return its name, and drop it with all that is in it."""
        name = f"test_{next(self._names)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template0 {options}")
        try:
            yield name
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def standby(self) -> Iterator[Standby]:
        """Run a second server that repeats all that this one does, and remove it."""
        standby = Standby(self)
        try:
            standby.start()
            yield standby
        finally:
            standby.remove()


class Standby(Postgres):
    """Takes no writes until it is promoted."""

    def __init__(self, primary: Postgres) -> None:
        self._primary = primary
        super().__init__()

    def _fill(self) -> None:
        source = f"--dbname={self._primary.url('')}"
        self._make("pg_basebackup", source, "--write-recovery-conf", "--checkpoint=fast")

    def catch_up(self) -> None:
        """Return once it has all that is committed at the primary."""
        ((written,),) = self._primary.execute("SELECT pg_current_wal_lsn()")
        there = f"SELECT pg_last_wal_replay_lsn() >= '{written}'"
        eventually(lambda: self.execute(there) == [(True,)], what="the standby has it all")

    def promote(self) -> None:
        """Let it take writes."""
        assert self.execute("SELECT pg_promote()") == [(True,)]
