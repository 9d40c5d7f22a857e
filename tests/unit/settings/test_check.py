"""`smsherald check`, and the configuration that is shipped."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from smsherald.cli.flows.check import command
from smsherald.settings.flows.check import check
from smsherald.settings.load import Loaded, load
from smsherald.sms.segments import measure
from support.configuration import EXAMPLE, FLOW, SETTINGS, write
from support.texting import ACCOUNT, SENDER

SHIPPED = Path(__file__).parents[3] / "config" / "smsherald.yaml"
ENVIRON = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": "token", "TWILIO_FROM": SENDER}
GOOD = (
    FLOW
    + """\
tests:
  - event: {order: {number: R1, billing_address: {phone: "+15558675309"}}}
    expect: {to: "+15558675309", message: Order R1}
"""
)
FAILING = (
    FLOW
    + """\
tests:
  - event: {order: {number: R1, billing_address: {phone: "+15558675309"}}}
    expect: {to: "+15558675300", message: Order R1, from: "+15005550001"}
  - event: {order: {number: R1}}
    expect: {message: Order R1}
"""
)


UNSEEN = "Not looked at: ledger, broker and Twilio. smsherald check --live does."


def run(
    path: Path | None, *arguments: str, environ: Mapping[str, str | None] | None = None
) -> Result:
    app = typer.Typer()
    app.command()(command)
    config = () if path is None else ("--config", str(path))
    return CliRunner().invoke(app, [*config, *arguments], env=environ)


def shipped() -> Loaded:
    return load(SHIPPED, ENVIRON)


class TestShipped:
    """The configuration that is shipped."""

    def test_its_flows_do_what_their_tests_say(self) -> None:
        loaded = shipped()

        assert check(loaded) == []
        assert loaded.warnings == ()
        assert {flow.id: [*map(str, flow.subscribe)] for flow in loaded.flows} == {
            "customer-created": ["customer.created"],
            "order-cancelled": ["order.cancelled"],
            "order-created": ["order.created"],
            "shipment-created": ["shipment.created"],
            "sms": ["sms.requested"],
        }

    def test_every_flow_has_two_tests_at_least_and_the_shops_speak_two_languages(self) -> None:
        for flow in shipped().flows:
            assert len(flow.tests) >= 2
            assert list(flow.messages) == ([""] if flow.id == "sms" else ["en", "es"])

    def test_every_text_of_the_tests_is_one_segment_of_gsm7(self) -> None:
        tests = [test for flow in shipped().flows for test in flow.tests]
        texts = [expected.message for test in tests for expected in test.expect]

        for text in filter(None, texts):
            segments = measure(text)
            assert (segments.encoding, segments.count) == ("gsm7", 1)

    def test_all_but_the_account_are_defaults(self, here: Path) -> None:
        account = f"twilio: {{accounts: {{default: {{account_sid: {ACCOUNT}, auth_token: token, "
        path = write(here, f"{account}from: '{SENDER}'}}}}}}", mine=FLOW)
        # Without it, each has its ledger beside it.
        state = {"STATE_DIRECTORY": "/state"}

        assert load(SHIPPED, ENVIRON | state).settings == load(path, state).settings

    def test_what_is_missing_in_the_environment_is_said_precisely(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(SHIPPED.parents[1])

        result = run(Path("config/smsherald.yaml"), environ=dict.fromkeys(ENVIRON))

        assert result.exit_code == 78
        assert result.stderr.splitlines() == [
            "config/smsherald.yaml:28:20: the environment variable TWILIO_ACCOUNT_SID is not set",
            "config/smsherald.yaml:29:19: the environment variable TWILIO_AUTH_TOKEN is not set",
            "config/smsherald.yaml:30:13: the environment variable TWILIO_FROM is not set",
            "3 problems in the configuration config/smsherald.yaml.",
            "Without credentials: smsherald check --flows",
        ]

    def test_its_flows_are_checked_without_the_environment(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(SHIPPED.parents[1])

        result = run(
            Path("config/smsherald.yaml"), "--flows", "--strict", environ=dict.fromkeys(ENVIRON)
        )

        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout == (
            "config/smsherald.yaml: the flows are good: 5 flows, 12 tests passed.\n"
        )

    def test_it_is_checked_without_what_only_the_daemon_needs(self) -> None:
        heavy = {
            "aiohttp",
            "asyncio",
            "kombu",
            "prometheus_client",
            "sqlalchemy",
            "structlog",
            "twilio",
        }
        code = (
            "import sys; from smsherald.cli.flows.check import command; "
            f"from pathlib import Path; command(Path({str(SHIPPED)!r})); "
            f"sys.exit(', '.join({heavy!r} & sys.modules.keys()) or 0)"
        )

        result = subprocess.run(
            [sys.executable, "-c", code],
            env=ENVIRON,
            capture_output=True,
            text=True,
            check=False,
        )

        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout.startswith(f"{SHIPPED} is good: 5 flows, 12 tests passed.\n")


@pytest.mark.usefixtures("here")
class TestCommand:
    """What the command prints, and its exit codes."""

    def test_a_good_configuration_is_0(self, here: Path) -> None:
        result = run(write(here, mine=GOOD))

        assert result.exit_code == 0
        assert result.output == (
            "smsherald.yaml is good: 1 flow, 1 test passed.\n"
            f"No ledger is at {here}/ledger.db yet: the daemon makes one, which remembers "
            "nothing.\n"
            f"{UNSEEN}\n"
        )

    def test_which_configuration_it_was_is_said_to_a_program_too(self, here: Path) -> None:
        good = run(write(here, mine=GOOD), "--json")
        wrong = run(write(here, "log: 5\n", mine=GOOD), "--json")
        none = run(here / "nothing.yaml", "--json")
        away = run(None, "--json", environ={"SMSHERALD_CONFIG": str(here / "flows")})

        said = [json.loads(each.stdout)["configuration"] for each in (good, wrong, none, away)]
        assert said == ["smsherald.yaml", "smsherald.yaml", str(here / "nothing.yaml"), None]

    def test_flows_of_another_folder_are_said_to_be_its(
        self, here: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = write(here, mine=GOOD).absolute()
        (here / "elsewhere" / "flows").mkdir(parents=True)
        monkeypatch.chdir(here / "elsewhere")

        result = run(None, "--flows", environ={"SMSHERALD_CONFIG": str(path)})

        assert result.stdout == f"{path}: the flows are good: 1 flow, 1 test passed.\n"

    def test_a_test_that_fails_is_1_with_its_place(self, here: Path) -> None:
        result = run(write(here, mine=FAILING))

        assert result.exit_code == 1
        lines = result.stderr.splitlines()
        assert [line.split(" mine: ")[0] for line in lines[:-1]] == [
            "flows/mine.yaml:7:18:",
            "flows/mine.yaml:7:59:",
            "flows/mine.yaml:9:13:",
        ]
        assert lines[-1] == "2 of 2 tests failed in 1 flow of smsherald.yaml."
        assert result.stdout == ""

    def test_a_wrong_configuration_is_78(self, here: Path) -> None:
        result = run(write(here, SETTINGS + "log: 5\n", mine=GOOD))

        assert result.exit_code == 78
        assert result.stderr == (
            "smsherald.yaml:7:6: log: a mapping is due here\n"
            "1 problem in the configuration smsherald.yaml.\n"
        )

    @pytest.mark.parametrize(("arguments", "code"), [((), 0), (("--strict",), 1)])
    def test_a_warning_is_1_if_strict(
        self, arguments: tuple[str, ...], code: int, here: Path
    ) -> None:
        result = run(write(here, mine=FLOW), *arguments)

        assert result.exit_code == code
        assert result.stderr == (
            "warning: flows/mine.yaml:1:1: has no `tests`: nothing says whether it does its work\n"
        )
        assert result.stdout.startswith(
            "smsherald.yaml is good: 1 flow, 0 tests passed, 1 warning.\n"
        )

    def test_how_long_what_goes_out_once_is_remembered_is_said(self, here: Path) -> None:
        path = write(
            here, SETTINGS + "ledger: {retention: 7d}\n", mine=f'{GOOD}once: "{{{{ event.id }}}}"\n'
        )

        for arguments in ((), ("--strict",), ("--flows",)):
            result = run(path, *arguments)
            assert result.exit_code == 0
            assert result.stdout.splitlines()[1:2] == [
                "What `once` has sent is remembered for 7 d (ledger.retention): mine."
            ]

    def test_flows_alone_fail_as_ever(self, here: Path) -> None:
        path = write(here, EXAMPLE.replace("heartbeat: 10s", "heartbeat: 10"), mine=GOOD)

        assert run(path, "--flows").exit_code == 78
        assert run(write(here, SETTINGS, mine=FAILING), "--flows").exit_code == 1

    def test_that_only_some_may_be_texted_is_a_warning(self, here: Path) -> None:
        result = run(write(here, f"policy: {{allow: [DE]}}\n{SETTINGS}", mine=GOOD), "--strict")

        assert result.exit_code == 1
        assert result.stderr.startswith("warning: smsherald.yaml:1:17: policy.allow: only its ")

    def test_no_flow_at_all_is_78(self, here: Path) -> None:
        result = run(write(here))

        assert result.exit_code == 78
        assert result.stderr.startswith("flows:1:1: no flow is here: every event would be ignored;")

    def test_a_file_that_is_not_there_is_78(self, here: Path) -> None:
        assert run(here / "nothing.yaml").exit_code == 78


@pytest.mark.usefixtures("here")
class TestLedger:
    """What shows of a ledger that nobody opens."""

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            pytest.param("gone/ledger.db", "the folder does not exist", id="moved away"),
            pytest.param("flows", "is a folder", id="a folder"),
            pytest.param("notes.txt", "is no SQLite file", id="a text"),
        ],
    )
    def test_one_that_no_daemon_could_use_is_warned_of_where_it_is_named(
        self, name: str, why: str, here: Path
    ) -> None:
        (here / "notes.txt").write_text("no database")
        path = write(here, f"{SETTINGS}ledger:\n  url: sqlite:///{name}\n", mine=GOOD)

        result = run(path)
        strict = run(path, "--strict", "--json")

        assert result.exit_code == 0
        assert result.stderr == f"warning: smsherald.yaml:8:8: ledger.url: {name}: {why}\n"
        assert result.stdout.splitlines()[1:] == [UNSEEN]
        assert strict.exit_code == 1
        assert [each["line"] for each in json.loads(strict.stdout)["warnings"]] == [8]
        assert run(path, "--flows", "--strict").stderr == ""

    @pytest.mark.parametrize("statement", ["CREATE TABLE a (b)", ""], ids=["SQLite's", "empty"])
    def test_of_one_that_may_be_one_only_that_nobody_looked_is_said(
        self, statement: str, here: Path
    ) -> None:
        with closing(sqlite3.connect(here / "ledger.db")) as ledger:
            ledger.execute(statement)
        before = (here / "ledger.db").read_bytes()

        result = run(write(here, mine=GOOD), "--strict")

        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout.splitlines()[1:] == [UNSEEN]
        assert (here / "ledger.db").read_bytes() == before

    def test_of_postgresql_nothing_shows(self, here: Path) -> None:
        url = "postgresql://shop:secret@nowhere/ledger"
        result = run(write(here, f"{SETTINGS}ledger: {{url: '{url}'}}\n", mine=GOOD))

        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout.splitlines()[1:] == [UNSEEN]

    def test_a_variable_that_names_it_is_the_place(self, here: Path) -> None:
        url = {"SMSHERALD__LEDGER__URL": "sqlite:////nowhere/ledger.db"}
        result = run(write(here, mine=GOOD), environ=url)

        assert result.stderr == (
            "warning: environment:SMSHERALD__LEDGER__URL: ledger.url: /nowhere/ledger.db: "
            "the folder does not exist\n"
        )
