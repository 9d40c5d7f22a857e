"""The command `preview` in this process: exit codes, and what it reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from smsherald.cli import main
from support.configuration import FLOW, SETTINGS, write

ORDER = {"number": "R1", "billing_address": {"firstname": "Ann", "phone": "+15558675309"}}
CANCELLED = FLOW.replace("order.created", "order.cancelled").replace("Order", "No order")


class Done(NamedTuple):
    """How it ended."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture(autouse=True)
def folder(here: Path) -> Path:
    write(here, SETTINGS, created=FLOW, cancelled=CANCELLED)
    (here / "order.json").write_text(json.dumps(ORDER))
    return here


def preview(*arguments: str, stdin: bytes = b"") -> Done:
    done = CliRunner().invoke(
        main.app, ["preview", *arguments, "--config", "smsherald.yaml"], input=stdin
    )
    return Done(done.exit_code, done.stdout, done.stderr)


def test_a_text_is_0() -> None:
    done = preview("order.json", "-k", "order.created")

    assert (done.returncode, done.stderr) == (0, "")
    assert "│ Order R1 " in done.stdout
    assert "Not subscribed to it, 1 flow: cancelled" in done.stdout


def test_without_a_routing_key_each_flow_sees_it() -> None:
    done = preview("order.json")

    assert done.returncode == 0
    assert "│ No order R1 " in done.stdout
    assert "│ Order R1 " in done.stdout


def test_no_text_is_1() -> None:
    assert preview("order.json", "-k", "other").returncode == 1


@pytest.mark.parametrize("arguments", [(), ("-k", "order.created")])
def test_what_is_no_json_is_said_as_the_daemon_would(
    arguments: tuple[str, ...],
) -> None:
    done = preview("-", *arguments, stdin=b"{")

    assert (done.returncode, done.stderr) == (1, "")
    assert "parked as not_json" in done.stdout


def test_one_flow_alone_by_standard_input_as_json() -> None:
    done = preview("-", "--flow", "created", "--json", stdin=json.dumps(ORDER).encode())

    (event,) = json.loads(done.stdout)
    assert [each["flow"] for each in event["flows"]] == ["created"]
    assert event["flows"][0]["texts"][0]["text"] == "Order R1"


def test_headers_and_an_exchange(folder: Path) -> None:
    flow = (
        'subscribe: {exchange: Shop, type: shipped}\nto: "{{ event.headers.phone }}"\nmessage: Hi\n'
    )
    (folder / "flows" / "shipped.yaml").write_text(flow)
    named = ("--header", "type=shipped", "--header", "phone=+15558675309")
    done = preview("order.json", "--exchange", "Shop", "-k", "", *named)

    assert done.returncode == 0, done.stdout
    assert "+15558675309" in done.stdout


def test_of_many_lines_the_first_are_shown(folder: Path) -> None:
    line = {"exchange": "events", "routing_key": "order.created", "body": ORDER}
    (folder / "events.jsonl").write_text(f"{json.dumps(line)}\n" * 21)
    done = preview("events.jsonl")

    assert done.returncode == 0
    assert done.stdout.count("│ Order R1 ") == 20
    assert "the first 20 are shown" in done.stderr


def test_no_line_at_all_is_said(folder: Path) -> None:
    (folder / "events.jsonl").write_text("\n")
    done = preview("events.jsonl")

    assert (done.returncode, done.stdout) == (1, "")
    assert "events.jsonl has no event" in done.stderr


@pytest.mark.parametrize("at", [0, 253_402_300_799, "9999-12-31T23:59:59Z"])
def test_the_first_and_the_last_moment_are_moments(folder: Path, at: object) -> None:
    line = {"at": at, "exchange": "events", "routing_key": "order.created", "body": ORDER}
    (folder / "order.json").write_text(json.dumps(line))

    assert preview("order.json").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none.json",), "none.json: No such file"),
        (("order.json", "--flow", "creatd"), "no flow is called so; there are"),
        (("order.json", "--header", "x"), "a header is NAME=VALUE"),
        (("-", "--watch"), "standard input is read once"),
        (("/dev/zero",), "/dev/zero is larger than 50,000,000 bytes"),
    ],
)
def test_what_cannot_be_asked_is_2(arguments: tuple[str, ...], said: str) -> None:
    done = preview(*arguments)

    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())


def test_a_flow_that_is_wrong_is_78_with_its_place(folder: Path) -> None:
    (folder / "flows" / "created.yaml").write_text(FLOW.replace("order.number", "ordr.number"))
    done = preview("order.json")

    assert done.returncode == 78
    assert "flows/created.yaml:4:" in done.stderr
    assert done.stdout == ""
