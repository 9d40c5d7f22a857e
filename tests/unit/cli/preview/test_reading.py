"""Which events a file has."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smsherald.cli.flows.preview.reading import events_of, said

LINE = {"at": 5, "exchange": "events", "routing_key": "a.b", "headers": {"n": 1}, "body": {"c": 1}}
TWO = f"{json.dumps(LINE)}\n\n{json.dumps(LINE)}\n"


def found(name: str, text: str) -> list[tuple[str, bytes, bool]]:
    given = events_of(name, text.encode())
    return [(each.where, each.delivery.body, each.is_recorded) for each in given]


@pytest.mark.parametrize(
    ("name", "text", "events"),
    [
        pytest.param("a.json", '{"c": 1}', [("a.json", b'{"c": 1}', False)], id="a body"),
        pytest.param("a.json", "[1]", [("a.json", b"[1]", False)], id="a list"),
        pytest.param("a.json", "{c", [("a.json", b"{c", False)], id="no JSON"),
        pytest.param("a.json", "", [("a.json", b"", False)], id="nothing"),
        pytest.param("a.json", json.dumps(LINE), [("a.json", b'{"c":1}', True)], id="recorded"),
        pytest.param(
            "-", json.dumps(LINE, indent=1), [("standard input", b'{"c":1}', True)], id="-"
        ),
        pytest.param(
            "a.json", TWO, [("a.json:1", b'{"c":1}', True), ("a.json:3", b'{"c":1}', True)],
            id="lines",
        ),
        pytest.param(
            "a.jsonl", "{}\n{c\n", [("a.jsonl:1", b"{}", False), ("a.jsonl:2", b"{c", False)],
            id="bodies by their name",
        ),
        pytest.param("a.jsonl", "\n", [], id="no line"),
    ],
)  # fmt: skip
def test_there_is_one_or_one_a_line(name: str, text: str, events: list[Any]) -> None:
    assert found(name, text) == events


def test_a_recorded_event_that_cannot_be_read_is_named() -> None:
    wrong = json.dumps(LINE | {"headers": []}) + "\n" + json.dumps(LINE | {"headers": [1]})

    with pytest.raises(ValueError, match=r"^a\.jsonl:2: headers is no object$"):
        list(events_of("a.jsonl", wrong.encode()))


def test_what_the_command_line_says_wins() -> None:
    (given,) = events_of("a.json", json.dumps(LINE).encode())

    changed = said(given, "x", "other", {"m": "2"}).delivery
    assert (changed.routing_key, changed.exchange) == ("x", "other")
    assert changed.properties["headers"] == {"n": 1, "m": "2"}
    assert said(given, None, None, {}) == given
