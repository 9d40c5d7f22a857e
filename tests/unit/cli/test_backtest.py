"""`backtest` as a shell sees it: what it reads, what it says, how it ends."""

from __future__ import annotations

import gzip
import json
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from smsherald.cli import main
from smsherald.cli.flows.backtest.rows import written
from support.configuration import FLOW, SETTINGS, write

AT = 1_767_225_600.0
PHONE = "+12055550100"


def recorded(
    number: int | str, *, at: float = AT, key: str = "order.created", **said: Any
) -> dict[str, Any]:
    """Return a line; what is no part of one goes into the order."""
    parts = {name: said.pop(name) for name in ("properties", "headers", "exchange") if name in said}
    order = {"number": f"R{number}", "billing_address": {"phone": PHONE}} | said
    return {"at": at, "exchange": "events", "routing_key": key, "body": {"order": order}} | parts


def lines(events: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(each) + "\n" for each in events)


def backtest(
    events: str | bytes, config: Path, *options: str, columns: int = 200, name: str = "events"
) -> Result:
    """Run it on a file of these lines."""
    file = config.parent / name
    file.write_bytes(events.encode() if isinstance(events, str) else events)
    arguments = ["backtest", str(file), "--config", str(config), *options]
    return CliRunner().invoke(main.app, arguments, env={"COLUMNS": str(columns)})


def found(*arguments: Any, **more: Any) -> dict[str, Any]:
    """Run it, and return what it says as JSON."""
    done = backtest(*arguments, "--json", **more)
    assert done.stdout, done.output
    return dict(json.loads(done.stdout))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write(tmp_path, order_created=FLOW)


class TestWhatItReads:
    """Lines, and what is none."""

    def test_lines_gzip_and_standard_input_say_the_same(self, config: Path) -> None:
        text = lines(map(recorded, range(3)))
        plain = backtest(text, config)
        packed = backtest(gzip.compress(text.encode()), config)
        piped = CliRunner().invoke(
            main.app, ["backtest", "-", "--config", str(config)], input=text, env={"COLUMNS": "200"}
        )

        packed_and_piped = CliRunner().invoke(
            main.app,
            ["backtest", "-", "--config", str(config)],
            input=gzip.compress(text.encode()),
            env={"COLUMNS": "200"},
        )

        assert plain.exit_code == packed.exit_code == piped.exit_code == 0, plain.output
        assert plain.stdout == packed.stdout == piped.stdout == packed_and_piped.stdout
        assert "3 events, 2026-01-01 00:00:00 to 2026-01-01 00:00:00 UTC" in plain.stdout

    @pytest.mark.parametrize(
        ("line", "why"),
        [
            ("{ ", "is no whole event: a line has one"),
            ('{"a" 1', "is no JSON: Expecting ':' delimiter"),
            (
                '{"exchange": "", "body": {}}',
                "is no recorded event: exchange, routing_key and body, ",
            ),
            ('{"exchange": "", "at": 1}', "`smsherald tap` writes it; missing: routing_key, body"),
            (
                '{"order": {"number": "R1"}}',
                (
                    "is no recorded event: exchange, routing_key and body, as `smsherald tap` "
                    'writes it; of a body alone make {"exchange": …, "routing_key": …, "body": …}'
                ),
            ),
            ("[[], {}, {}]", "; of a body alone make "),
            ("7", "as `smsherald tap` writes it"),
            ('{"exchange": 1, "routing_key": "a", "body": {}}', "exchange is no text"),
            ('{"at": "soon", "exchange": "", "routing_key": "a", "body": {}}', "at is neither"),
            *(
                (
                    f'{{"at": {at}, "exchange": "", "routing_key": "a", "body": {{}}}}',
                    "at is no time",
                )
                for at in ("NaN", "-Infinity", "1767225600000", "1" * 400, '"0001-01-01"')
            ),
            ("[" * 100_000, "is nested too deep"),
        ],
    )
    def test_a_bad_line_is_named_and_the_others_count(
        self, config: Path, line: str, why: str
    ) -> None:
        done = backtest(f"\n{lines([recorded(1)])}{line}\n{lines([recorded(2)])}", config)

        assert done.exit_code == 1
        (said,) = [row for row in done.stderr.splitlines() if row.startswith(f"{config.parent}/")]
        assert said.startswith(f"{config.parent}/events:3: ")
        assert why in said
        assert "2 events" in done.stdout

    def test_an_event_over_several_lines_is_named_by_its_first(self, config: Path) -> None:
        whole = json.dumps(recorded(1), indent=2)
        done = backtest(f"{whole}\n{lines([recorded(2)])}nothing\n", config)

        first, second = (
            row for row in done.stderr.splitlines() if "/events:" in row and "is no" in row
        )
        assert "/events:1: is no whole event: a line has one, with its exchange, " in first
        assert "as `smsherald tap --output FILE` writes it; `smsherald preview` shows" in first
        assert f"/events:{len(whole.splitlines()) + 2}: is no JSON" in second
        assert done.exit_code == 1

    def test_bytes_that_are_not_utf8_are_a_bad_line(self, config: Path) -> None:
        done = backtest(b'{"a": "\xff"}\n', config)

        assert done.exit_code == 1
        assert "not UTF-8" in done.stderr

    def test_of_many_bad_lines_the_first_are_named_and_all_counted(self, config: Path) -> None:
        done = backtest("nothing\n" * 40 + lines([recorded(1)]), config)

        assert done.stderr.count(": is no JSON") == 5
        assert "40 of 41 lines" in done.stderr

    def test_a_file_without_an_event_does_not_pass(self, config: Path) -> None:
        done = backtest("\n", config)

        assert done.exit_code == 1
        assert "holds no event" in done.stderr

    def test_a_file_that_is_cut_off_says_so_after_what_was_there(self, config: Path) -> None:
        text = lines(map(recorded, range(2000))).encode()
        done = backtest(gzip.compress(text)[:-9], config)

        assert done.exit_code == 1
        assert "cannot be read after line" in done.stderr
        assert "order-created" in done.stdout

    def test_a_file_that_is_not_there_is_wrong_usage(self, config: Path) -> None:
        done = CliRunner().invoke(main.app, ["backtest", "none.jsonl", "--config", str(config)])

        assert done.exit_code == 2
        assert "none.jsonl" in done.stderr

    def test_without_a_time_the_broker_s_counts_and_else_now(self, config: Path) -> None:
        stamped = recorded(1, properties={"timestamp": int(AT)})
        del stamped["at"]
        said = found(lines([stamped]), config)
        del stamped["properties"]
        now = found(lines([stamped]), config)

        assert said["here"]["events"]["first"] == "2026-01-01T00:00:00+00:00"
        assert said["here"]["sent"]["smses"] == now["here"]["sent"]["smses"] == 1


class TestWhatItSays:
    """For a person, for a script, and by its exit code."""

    def test_all_of_it_at_80_columns(self, config: Path) -> None:
        events = [
            *map(recorded, range(1000, 1100)),
            recorded(1000),
            recorded(2, billing_address={}),
            recorded(
                3, billing_address={"phone": "12"}, properties={"message_id": "m", "app_id": "s"}
            ),
            *(recorded(4, key=f"stock.{'x' * 60}.{n}") for n in range(15)),
        ]
        config.write_text(SETTINGS + "prices: {US: 0.0079 USD}\n")
        done = backtest(lines(events), config, columns=80)

        assert done.exit_code == 0, done.output
        assert [line for line in done.stdout.splitlines() if len(line) > 80] == []
        for said in (
            "118 events",
            "0.79 USD",
            "order-created: bad_number, 1; first in line 103, s/m: ",
            "order-created: missing_value, 1; first in line 102",
            "5 more keys: 5",
            "100 SMSes (100 gsm7) to 1 number, 100 to one at most",
            "Busiest minute: 2026-01-01 00:00 UTC, 100 SMSes in 100 segments.",
        ):
            assert said in done.stdout

    def test_strict_fails_on_what_is_parked_and_on_nothing_else(self, config: Path) -> None:
        event = '{number: R1, billing_address: {phone: "+12055550100"}}'
        tests = f"tests: [{{event: {event}, expect: {{message: Order R1}}}}]"
        write(config.parent, order_created=FLOW + tests)
        good = backtest(lines([recorded(1)]), config, "--strict")
        bad = backtest(lines([recorded(1, billing_address={})]), config, "--strict")

        assert (good.exit_code, bad.exit_code) == (0, 1), good.output

    def test_texts_are_one_line_each_whole_and_for_their_owner_alone(self, config: Path) -> None:
        file = config.parent / "texts.jsonl"
        file.write_text("old")
        done = backtest(lines([recorded(1), recorded(1)]), config, "--texts", str(file))
        rows = [json.loads(line) for line in file.read_text().splitlines()]

        assert done.exit_code == 0
        assert [(row["line"], row["outcome"]) for row in rows] == [(1, "sent"), (2, "duplicate")]
        assert rows[0] | {"key": "", "event_id": ""} == {
            "line": 1,
            "event_id": "",
            "routing_key": "order.created",
            "flow": "order-created",
            "outcome": "sent",
            "reason": None,
            "detail": None,
            "reference": None,
            "to": PHONE,
            "from": "+15005550006",
            "account": "default",
            "text": "Order R1",
            "media": [],
            "segments": 1,
            "encoding": "gsm7",
            "key": "",
        }
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_texts_are_not_written_over_the_events(self, config: Path) -> None:
        file = config.parent / "events"
        link = config.parent / "link"
        link.symlink_to(file)
        for texts in (file, link):
            done = backtest(lines([recorded(1)]), config, "--texts", str(texts))

            assert done.exit_code == 2
            assert file.read_text() == lines([recorded(1)])

    def test_a_full_disk_is_said_of_the_file_that_is_written(self, config: Path) -> None:
        done = backtest(lines([recorded(1)]), config, "--texts", "/dev/full")

        assert done.exit_code == 2
        assert "/dev/full: No space left on device" in done.stderr

    @pytest.mark.parametrize("rows", [[], [{"a": "x\u2028\x85y\nz"}], [{"a": [1, {}]}, {"b": {}}]])
    def test_json_of_many_rows_is_written_as_in_one_go(self, rows: list[dict[str, Any]]) -> None:
        said = {"events": {"read": 1}}

        assert "".join(written(said)) == json.dumps(said, indent=2)
        assert "".join(written(said, "differences", iter(rows))) == json.dumps(
            said | {"differences": rows}, indent=2
        )

    def test_a_number_is_masked_in_a_reference_too(self, config: Path) -> None:
        there = config.parent / "there"
        there.mkdir()
        write(there, order_created=FLOW.replace("Order", "New"))
        write(config.parent, order_created=FLOW + 'reference: "{{ order.billing_address.phone }}"')
        arguments = (lines([recorded(1)]), config, "--against", str(there), "--json")

        assert PHONE not in backtest(*arguments).stdout
        assert PHONE in backtest(*arguments, "--reveal").stdout

    def test_a_configuration_that_cannot_be_used_ends_with_78(self, config: Path) -> None:
        write(config.parent, order_created="subscribe: [")
        alone = backtest(lines([recorded(1)]), config)
        write(config.parent, order_created=FLOW)
        against = backtest(lines([recorded(1)]), config, "--against", str(config.parent / "flows"))

        assert (alone.exit_code, against.exit_code) == (78, 78)
        assert "order-created.yaml:2:1: this is no YAML" in alone.stderr
        assert "smsherald.yaml:1:1: is not there, nor is config/smsherald.yaml" in against.stderr

    def test_it_needs_no_credentials(self, config: Path) -> None:
        config.write_text("twilio: {accounts: {default: {auth_token: '${NOT_SET}'}}}\n")
        done = backtest(lines([recorded(1)]), config)
        assert done.exit_code == 0
        assert "the senders of default are not known here" in done.stderr


TWO_ACCOUNTS = """\
broker: {queue: QUEUE}
twilio:
  default_account: one
  accounts:
    one: {account_sid: ACXX, auth_token: token, from: "+15005550006", senders: [Shop]}
    two: {account_sid: ACYY, auth_token: token, from: "+15005550009"}
""".replace("XX", "1" * 32).replace("YY", "2" * 32)
HERE = {
    "usual": """\
subscribe: order.created
schema: order
when: order.number != "R100"
to: "{{ order.billing_address.phone }}"
message: "Order {{ order.number }} of {{ order.name or 'somebody' }}"
""",
    "said_once": """\
subscribe: order.said
schema: order
to: "{{ order.billing_address.phone }}"
message: "Said {{ order.number }}"
""",
    "old_name": """\
subscribe: order.moved
schema: order
to: "{{ order.billing_address.phone }}"
message: "Moved {{ order.number }}"
""",
    "paid": """\
subscribe: order.paid
schema: order
to: "{{ order.billing_address.phone }}"
message: "Paid {{ order.number }}"
account: one
""",
}
THERE = {
    "usual": """\
subscribe: order.created
schema: order
when: order.number != "R200"
kind: marketing
consent: order.number != "R600"
to: "{% if order.number == 'R300' %}+12055550199{% elif order.number == 'R700' %}12
  {% else %}{{ order.billing_address.phone }}{% endif %}"
from: "{% if order.number == 'R500' %}Shop{% endif %}"
message: >-
  Order {{ order.number }} of {{ order.name or 'somebody' }}
  {%- if order.number == 'R400' %}!{% endif %}
""",
    "said_once": HERE["said_once"] + 'once: "{{ order.number }}"\n',
    "new_name": HERE["old_name"],
    "paid": HERE["paid"].replace("account: one", "account: two"),
}


class TestAgainst:
    """Two configurations, side by side."""

    def test_ten_planted_differences_are_found_and_no_other(self, tmp_path: Path) -> None:
        for name, flows in (("here", HERE), ("there", THERE)):
            (tmp_path / name).mkdir()
            write(tmp_path / name, TWO_ACCOUNTS.replace("QUEUE", name), **flows)
        events = [recorded(number, name=f"№ {number}") for number in range(1500)]
        # Of what comes again nothing is told twice, what is parked anyhow is parked in both.
        events += [recorded(number, name=f"№ {number}") for number in (5, 400, 500)]
        events += [recorded(2000, billing_address={}), recorded(2001, key="nobody")]
        ids: list[Any] = [{"properties": {"message_id": f"m{n}", "app_id": "s"}} for n in range(2)]
        events += [recorded(7, key="order.said", **each) for each in ids]
        events += [recorded(8, key="order.moved"), recorded(9, key="order.paid")]
        where = ("--against", str(tmp_path / "there"))
        said = found(lines(events), tmp_path / "here" / "smsherald.yaml", *where)

        assert [(it["line"], it["what"]) for it in said["differences"]] == [
            (101, ["only_there"]),
            (201, ["only_here"]),
            (301, ["to"]),
            (401, ["text"]),
            (501, ["from"]),
            (601, ["outcome", "reason"]),
            (701, ["outcome", "reason"]),
            (1507, ["outcome"]),
            (1508, ["flow"]),
            (1509, ["from", "account"]),
        ]
        assert said["differing_events"] == 10

    def test_it_shows_them_as_diff_does_and_ends_with_1(self, tmp_path: Path) -> None:
        here, there = tmp_path / "here", tmp_path / "config"
        for folder in (here, there):
            folder.mkdir()
        config = write(here, order_created=FLOW.replace('"Order', '"New\\norder'))
        write(there, SETTINGS + "prices: {US: 0.0079 USD}\n", order_created=FLOW)
        events = lines([recorded(1), recorded(2, billing_address={"phone": "+447400123456"})])
        done = backtest(events, config, "--against", str(tmp_path), "--most", "1", columns=80)
        whole = backtest(events, config, "--against", str(tmp_path), "--reveal")

        assert done.exit_code == 1
        text = done.stdout
        assert f"--- there: {there}/smsherald.yaml\n+++ here: {here}/smsherald.yaml\n" in text
        assert (
            "line 1  order.created\n  order-created: text\n    to      +1•••••••00\n"
            "  - text    Order R1\n  + text    New\n  +         order R1\n"
        ) in text
        assert "and 1 more" in text
        assert "2 SMSes of 2 events differ:\n  order-created: text: 2" in text
        assert "0.0079 USD" in text
        assert "+447400123456" in whole.stdout
        assert "+447400123456" not in text
        # A path is as long as it is.
        assert [line for line in text.splitlines()[2:] if len(line) > 80] == []

    def test_alike_is_0_whatever_the_folder_is_called(self, config: Path) -> None:
        for other in (config, config.parent):
            done = backtest(lines([recorded(1), recorded(1)]), config, "--against", str(other))

            assert done.exit_code == 0, done.output
            assert "Both make the same of every event." in done.stdout
