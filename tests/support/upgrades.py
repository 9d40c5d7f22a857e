"""A ledger of this version with something in it, and the next version, made up as it is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from smsherald.errors import Reason
from smsherald.ledger import downgrade_ledger, open_for_command, upgrade_ledger
from smsherald.ledger.sql import migrations as ours
from smsherald.ledger.sql import schema
from smsherald.model import Accepted, Fresh, Rejected, Scope, Target
from support.configuration import SETTINGS, write
from support.forking import OURS
from support.ledgers import LOCK_TIMEOUT, LedgerDatabase, a_sid, an_sms
from support.process import COMMAND
from support.secrets import require_none
from support.tables import content, structure

TESTS = Path(__file__).parents[1]
AS_NEXT = (sys.executable, "-m", "support.next_version", "growing")
"""smsherald as its next version will be."""

THIS = schema.VERSION
NEXT = THIS + 1

SENT, FAILED, SENDING = an_sms("R1"), an_sms("R2"), an_sms("R3")


async def fill(database: LedgerDatabase) -> None:
    """Make a ledger with an SMS that is sent, one failed, one `sending`, and a pause."""
    async with database.open() as ledger:
        for sms, answer in (
            (SENT, Accepted(a_sid("one"), "queued")),
            (FAILED, Rejected(Reason.OPT_OUT, 21610)),
        ):
            claim = await ledger.claim(sms)
            assert isinstance(claim, Fresh)
            await ledger.record(claim, answer)
        assert isinstance(await ledger.claim(SENDING), Fresh)
        await ledger.want_keys("smsherald", "events", ["order.*"])
    with open_for_command(database.settings(), LOCK_TIMEOUT) as opened:
        opened.pauses.pause(Target(Scope.FLOW, "order-created"), "a test", "ann@shop", None)


def become_next(monkeypatch: pytest.MonkeyPatch, migrations: str = "growing") -> None:
    """Let this process be the next version, with one of `support.migrations`."""
    monkeypatch.setattr(schema, "VERSION", NEXT)
    monkeypatch.setattr(schema, "MIGRATIONS", with_next(migrations))


def with_next(migrations: str) -> str:
    """Return the name of a package whose migration to NEXT is one of `support.migrations`."""
    package = f"support.migrations.{migrations}"
    for version in range(1, NEXT):
        before = import_module(f"{ours.__name__}.version_{version}")
        sys.modules[f"{package}.version_{version}"] = before
    # Imported by the name that NEXT gives it: no file here has a number to be raised.
    sys.modules[f"{package}.version_{NEXT}"] = import_module(package)
    return package


def upgrade(database: LedgerDatabase, lock_timeout: float = LOCK_TIMEOUT) -> tuple[int, int]:
    """Upgrade as the command does; return the versions before and after."""
    change = upgrade_ledger(database.settings(), lock_timeout, lambda *_: None)
    return change.before, change.after


def downgrade(database: LedgerDatabase, to: int = THIS) -> tuple[int, int]:
    """Go back as the command does, whoever uses it; return the versions before and after."""
    change = downgrade_ledger(database.settings(), to, LOCK_TIMEOUT, lambda *_: None, None)
    return change.before, change.after


@contextmanager
def another(database: LedgerDatabase, migrations: str, *to: int) -> Iterator[subprocess.Popen[str]]:
    """Run another process that upgrades it, or downgrades it `to` a version, and end it."""
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "support.upgrade_process", database.url, migrations),
            *map(str, to),
        ],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    """Return the next line that it prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def whole(database: LedgerDatabase) -> Any:
    """Return everything that there is in a database."""
    with database.connect() as connection:
        return structure(connection), content(connection)


def ledger(
    database: LedgerDatabase,
    folder: Path,
    *arguments: str,
    program: tuple[str | Path, ...] = (COMMAND,),
) -> subprocess.CompletedProcess[str]:
    """Run `smsherald ledger` on a database."""
    settings = yaml.safe_load(SETTINGS) | {"ledger": {"url": database.url}}
    config = write(folder, yaml.safe_dump(settings))
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    done = subprocess.run(
        [*program, "ledger", *arguments, "--config", str(config)],
        env={**clean, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    require_none(done.stdout + done.stderr, "smsherald ledger")
    return done
