"""`smsherald ledger` as a shell sees it, on a ledger that another process has open."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from smsherald.errors import Reason
from smsherald.ledger import SqlLedger
from smsherald.model import Accepted, Fresh, OnUnknown, Rejected, Told
from support.command import smsherald
from support.configuration import EXAMPLE, SETTINGS, write
from support.ledgers import ASKED, LedgerDatabase, a_sid, an_sms, fresh

SENT, FAILED, HELD = an_sms("R1"), an_sms("R2"), replace(an_sms("R3"), on_unknown=OnUnknown.HOLD)
DAY = 86_400.0


@pytest.fixture
def database(tmp_path: Path) -> LedgerDatabase:
    return LedgerDatabase(f"sqlite:///{tmp_path}/ledger.db")


@pytest.fixture
async def ledger(database: LedgerDatabase) -> AsyncIterator[SqlLedger]:
    """Open the ledger as a daemon does; a sent, a failed and a held SMS are in it."""
    async with database.open() as opened:
        await opened.record(await fresh(opened, SENT), Accepted(a_sid("one"), "queued"))
        await opened.record(await fresh(opened, FAILED), Rejected(Reason.OPT_OUT, 21610))
        await fresh(opened, HELD)
        database.age(HELD.key)
        async with database.open("two") as other:
            await other.claim(HELD)
        yield opened


@pytest.fixture
def config(database: LedgerDatabase, tmp_path: Path) -> Path:
    settings = yaml.safe_load(SETTINGS) | {"ledger": {"url": database.url}}
    return write(tmp_path, yaml.safe_dump(settings))


def command(config: Path, *arguments: str, columns: int = 200) -> subprocess.CompletedProcess[str]:
    environment = {"COLUMNS": str(columns)}
    return smsherald("ledger", *arguments, "--config", str(config), environment=environment)


@pytest.mark.usefixtures("ledger")
class TestShow:
    """`show` finds an SMS by what a person has of it."""

    @pytest.mark.parametrize(
        "wanted", [[SENT.key], [a_sid("one")], ["R1"]], ids=["key", "sid", "reference"]
    )
    def test_by_key_sid_or_reference_and_shows_neither_number_nor_text(
        self, wanted: list[str], config: Path
    ) -> None:
        done = command(config, "show", *wanted)

        assert done.returncode == 0, done.stderr
        assert SENT.key in done.stdout
        assert a_sid("one") in done.stdout
        assert f"•••{ASKED.to[-2:]}" in done.stdout
        assert ASKED.to[-7:] not in done.stdout
        assert SENT.asked.text not in done.stdout

    def test_number_and_text_only_where_they_are_asked_for(self, config: Path) -> None:
        (held,) = json.loads(command(config, "show", HELD.key, "--reveal", "--json").stdout)
        (hidden,) = json.loads(command(config, "show", HELD.key, "--json").stdout)

        assert (held["to"], held["text"]) == (HELD.asked.to, HELD.asked.text)
        assert hidden["to"] == f"•••{ASKED.to[-2:]}"
        assert "text" not in hidden

    async def test_of_what_is_told_it_says_that_they_are_forgotten(
        self, config: Path, ledger: SqlLedger
    ) -> None:
        await ledger.told([Told(SENT.key, "sent", a_sid("one"), None)])
        shown = command(config, "show", SENT.key, "--reveal").stdout
        (told,) = json.loads(command(config, "show", SENT.key, "--reveal", "--json").stdout)

        assert shown.count("forgotten, as of each SMS once its notification is confirmed") == 2
        assert (told["to"], told["text"]) == (f"•••{ASKED.to[-2:]}", None)

    def test_by_number_as_json(self, config: Path) -> None:
        done = command(config, "show", "--phone", "555-867-5309", "--json")

        assert done.returncode == 0, done.stderr
        assert {row["reference"] for row in json.loads(done.stdout)} == {"R1", "R2", "R3"}

    def test_what_is_not_there_is_1(self, config: Path) -> None:
        assert command(config, "show", "R404").returncode == 1

    @pytest.mark.parametrize("arguments", [[], ["R1", "--phone", "1"], ["--phone", "12"]])
    def test_too_little_too_much_and_no_number_are_2(
        self, arguments: list[str], config: Path
    ) -> None:
        assert command(config, "show", *arguments).returncode == 2


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(
    "arguments",
    [["list"], ["show", "R1"], ["resolve", HELD.key, "--free"], ["prune"], ["upgrade"]],
    ids=lambda arguments: arguments[0],
)
def test_no_credentials_and_no_flows_are_asked_for(
    arguments: list[str], config: Path, database: LedgerDatabase
) -> None:
    text = EXAMPLE.replace("ledger:\n", f"ledger:\n  url: {database.url}\n")
    (config.parent / "flows" / "broken.yaml").write_text("subscribe: 5\n")
    config.write_text(text)

    done = command(config, *arguments)

    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("ledger")
class TestList:
    """`list` chooses by state and age."""

    def test_by_state(self, config: Path) -> None:
        done = command(config, "list", "--state", "failed")

        assert done.returncode == 0, done.stderr
        assert "R2" in done.stdout
        assert "opt_out" in done.stdout
        assert "R1" not in done.stdout

    def test_with_keys_that_other_commands_take(self, config: Path) -> None:
        (line,) = [
            each
            for each in command(config, "list", "--state", "held").stdout.splitlines()
            if "held" in each
        ]
        key = line.split()[0]

        assert len(key) < len(HELD.key)
        assert HELD.key in command(config, "show", key).stdout
        assert command(config, "resolve", key, "--free").returncode == 0
        assert command(config, "list", "--state", "held", "--json").stdout == "[]\n"

    def test_beside_a_daemon_whose_quarantine_is_not_safe(self, config: Path) -> None:
        short = config.with_name("short.yaml")
        settings = yaml.safe_load(config.read_text())
        settings["ledger"]["quarantine"] = "1s"
        short.write_text(yaml.safe_dump(settings))

        assert command(short, "list").returncode == 0

    @pytest.mark.parametrize("columns", [60, 80, 200])
    def test_in_lines_that_fit_with_what_is_copied_whole(
        self, config: Path, database: LedgerDatabase, columns: int
    ) -> None:
        flow, reference = "order-created-by-a-shop", "R-2026-000-000-1"
        database.change(SENT.key, flow=flow, reference=reference)
        lines = command(config, "list", "--state", "sent", columns=columns).stdout.splitlines()

        assert max(map(len, lines)) <= columns
        assert re.match(rf"{SENT.key[:12]}  sent  [0-9-]{{10}} [0-9:]{{8}} UTC", lines[0])
        for whole in (flow, reference):
            assert any(whole in line for line in lines)
        assert lines[-1] == f"    to •••{ASKED.to[-2:]} {a_sid('one')}"

    def test_nothing_is_said_to_be_nothing(self, config: Path) -> None:
        done = command(config, "list", "--state", "free")

        assert (done.returncode, done.stdout) == (0, "The ledger has no SMS that was asked for.\n")

    def test_times_are_said_in_utc(self, config: Path) -> None:
        done = command(config, "show", "R1")

        assert re.search(r"ended_at +\S +[0-9-]{10} [0-9:]{8} UTC", done.stdout)
        (row,) = json.loads(command(config, "show", "R1", "--json").stdout)
        assert row["ended_at"].endswith("+00:00")

    def test_by_age_as_json(self, config: Path, database: LedgerDatabase) -> None:
        database.age(SENT.key, 2 * DAY)
        done = command(config, "list", "--since", "1d", "--json")

        assert {row["reference"] for row in json.loads(done.stdout)} == {"R2", "R3"}

    @pytest.mark.parametrize("arguments", [["--state", "lost"], ["--since", "yesterday"]])
    def test_no_such_state_and_no_duration_are_2(self, arguments: list[str], config: Path) -> None:
        assert command(config, "list", *arguments).returncode == 2


class TestResolve:
    """`resolve` writes a person's word, and says why not."""

    def test_sent(self, config: Path, ledger: SqlLedger, database: LedgerDatabase) -> None:
        del ledger
        done = command(config, "resolve", HELD.key, "--sent", a_sid("three"))
        row = database.row(HELD.key)

        assert done.returncode == 0, done.stderr
        assert row is not None
        assert (row["state"], row["sid"]) == ("sent", a_sid("three"))

    async def test_free(self, config: Path, ledger: SqlLedger) -> None:
        done = command(config, "resolve", HELD.key, "--free")

        assert done.returncode == 0, done.stderr
        assert isinstance(await ledger.claim(HELD), Fresh)

    async def test_a_beginning_of_two_keys_is_2(self, config: Path, ledger: SqlLedger) -> None:
        both = [replace(an_sms(each), key=f"0123456789{each}") for each in "ab"]
        for sms in both:
            await fresh(ledger, sms)
        done = command(config, "resolve", "0123456789", "--free")

        assert done.returncode == 2
        assert "several keys begin so" in done.stderr
        assert command(config, "show", both[0].key[:10]).stdout.count("sending") == 2

    @pytest.mark.usefixtures("ledger")
    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            ([SENT.key, "--free"], 1),
            (["no-such-key", "--free"], 1),
            ([HELD.key, "--sent", a_sid("one")], 1),
            ([HELD.key], 2),
            ([HELD.key, "--free", "--sent", a_sid("three")], 2),
            ([HELD.key, "--sent", "R1"], 2),
        ],
    )
    def test_what_cannot_be_decided(self, arguments: list[str], code: int, config: Path) -> None:
        assert command(config, "resolve", *arguments).returncode == code


@pytest.mark.usefixtures("ledger")
def test_what_another_version_wrote_is_shown_as_it_stands(
    config: Path, database: LedgerDatabase
) -> None:
    database.change(SENT.key, state="undelivered")
    database.change(FAILED.key, result=json.dumps({"reason": "of_a_later_version", "code": 7}))

    listed, shown = command(config, "list"), command(config, "show", SENT.key, "--json")

    assert (listed.returncode, shown.returncode) == (0, 0), listed.stderr + shown.stderr
    assert "undelivered" in listed.stdout
    assert "of_a_later_version" in listed.stdout
    assert json.loads(shown.stdout)[0]["state"] == "undelivered"


async def test_prune_deletes_what_has_outlived_the_retention(
    config: Path, ledger: SqlLedger, database: LedgerDatabase
) -> None:
    sent, failed = Told(SENT.key, "sent", a_sid("one"), None), Told(FAILED.key, "failed", None, 1)
    await ledger.told([sent, failed])
    for sms in (SENT, HELD):
        database.age(sms.key, 31 * DAY)
    done = command(config, "prune")

    assert done.returncode == 0, done.stderr
    assert done.stdout == "1 row deleted\n"
    assert database.row(SENT.key) is None
    assert database.row(HELD.key) is not None


def test_a_ledger_that_is_not_there_is_78_and_not_made(config: Path, tmp_path: Path) -> None:
    done = command(config, "list")

    assert done.returncode == 78
    assert "no ledger yet" in done.stderr
    assert not (tmp_path / "ledger.db").exists()
