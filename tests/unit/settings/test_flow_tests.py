"""Flow tests with a file: it is read where tests are run, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smsherald.settings.flows.check import MOST_BYTES, check, results
from smsherald.settings.load import load
from support.configuration import FLOW, SETTINGS, write

TESTS = """\
tests:
  - name: a paid order
    file: events/paid.json
    expect: {message: Order R1}
"""
BODY = {"number": "R1", "billing_address": {"phone": "+15558675309"}}
FILE = "flows/mine.yaml:7:11: mine: a paid order: file: flows/events/paid.json"


@pytest.fixture
def event(here: Path) -> Path:
    """Return where the test's file is to stand."""
    (here / "flows" / "events").mkdir(parents=True)
    return here / "flows" / "events" / "paid.json"


def said(here: Path, flow: str = FLOW + TESTS) -> list[str]:
    return list(map(str, check(load(write(here, SETTINGS, mine=flow), {}))))


def test_its_path_counts_from_the_flows_file(here: Path, event: Path) -> None:
    event.write_text(json.dumps(BODY))

    assert said(here) == []


def test_a_recorded_event_stands_in_one_too(here: Path, event: Path) -> None:
    line = {"at": 1.0, "exchange": "shop", "routing_key": "order.created", "body": BODY}
    event.write_text(json.dumps(line))
    settings = SETTINGS + "broker: {exchange: shop}\n"

    assert check(load(write(here, settings, mine=FLOW + TESTS), {})) == []
    (failure,) = said(here)
    assert failure.endswith("it does not subscribe to exchange shop, key order.created")


def test_one_that_is_not_there_is_a_failure_and_keeps_no_daemon_from_starting(here: Path) -> None:
    loaded = load(write(here, SETTINGS, mine=FLOW + TESTS), {})

    assert loaded.warnings == ()
    assert list(map(str, check(loaded))) == [
        f"{FILE} is not there: its path counts from the flow's file"
    ]


def test_one_that_is_no_file_is_a_failure(here: Path, event: Path) -> None:
    event.mkdir()

    assert said(here) == [f"{FILE} is no file"]


def test_one_that_is_too_large_is_a_failure(here: Path, event: Path) -> None:
    with event.open("wb") as stream:
        stream.truncate(MOST_BYTES + 1)

    assert said(here) == [
        f"{FILE} is larger than 10,000,000 bytes: a test's event is one, and small"
    ]


def test_each_failure_stands_where_the_test_says_otherwise(here: Path) -> None:
    flow = f"""\
{FLOW}reference: "{{{{ order.number }}}}"
tests:
  - event: {json.dumps(BODY)}
    headers: {{a: [1, true]}}
    properties: {{timestamp: 2026-01-01, priority: 3}}
    expect:
      reference: R2
      segments: 2
  - event: {json.dumps(BODY)}
    expect:
      - parked: not_json
"""
    assert said(here, flow) == [
        "flows/mine.yaml:11:18: mine: reference: expected 'R2', made 'R1'",
        "flows/mine.yaml:12:17: mine: segments: expected 2, made 1 (gsm7)",
        "flows/mine.yaml:15:7: mine: expected to be parked as not_json, made an SMS",
    ]


def test_results_name_every_test_and_how_long_it_took(here: Path, event: Path) -> None:
    event.write_text(json.dumps(BODY))
    loaded = load(write(here, SETTINGS, mine=FLOW + TESTS, other=FLOW), {})

    (result,) = results(loaded, loaded.flows)

    assert (result.flow, result.name, result.failures) == ("mine", "a paid order", ())
    assert 0 < result.seconds < 10
