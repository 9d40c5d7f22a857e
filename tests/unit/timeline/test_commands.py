"""Every command that a sentence names works as it stands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from smsherald.cli.main import app
from smsherald.cli.operate.pausing.target import given
from smsherald.model import Row, Scope, Target
from smsherald.timeline import Known
from support.timelines import (
    ALL,
    ENTRY,
    EVENT,
    FAILED,
    FREE,
    PARKED,
    SITUATIONS,
    SKIPPED,
    Case,
    line,
    told,
)


def commands(known: Known) -> Sequence[Sequence[str]]:
    """Return the commands that are told, as a shell splits them."""
    timeline = told(known)
    text = " ".join([timeline.sentence, *(step.text for step in timeline.steps)])
    return [shlex.split(found) for found in re.findall("`smsherald ([^`]*)`", text)]


def parsed(words: Sequence[str]) -> dict[str, Any]:
    """Return what the command line makes of it, without running it; BadParameter if nothing."""
    command: Any = typer.main.get_command(app)
    context, rest = command.make_context("smsherald", list(words)), list(words)
    while isinstance(command, TyperGroup):
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, list(rest), parent=context)
    values: dict[str, Any] = context.params
    return values


@pytest.mark.parametrize("case", SITUATIONS.values(), ids=SITUATIONS.keys())
def test_they_parse(case: Case) -> None:
    for words in commands(case.known):
        assert parsed(words) is not None


def test_a_command_that_does_not_parse_is_found() -> None:
    with pytest.raises(typer.BadParameter):
        parsed(["ledger", "resolve", "--free"])


TYPED = [
    "R 1",
    "it's",
    "$(id)",
    "-R1",
    "--all",
    "Größe",
    200 * "x",
    "e" * 101,
]
NOT_TYPED = ["", 201 * "x", 1600 * "x", "a\nb", "\x1b[2J", "a`b", "\ud800"]


@pytest.mark.parametrize("reference", TYPED)
def test_a_name_that_can_be_typed_is_whole(reference: str) -> None:
    entry = replace(ENTRY, reference=reference)
    listed, show, drop = commands(Known(parked=[entry]))
    parked = replace(PARKED, fields={**PARKED.fields, "reference": reference})
    look, replay, *_ = commands(Known(lines=[parked]))

    assert parsed(listed)["reference"] == reference
    assert show == ["parked", "show", ENTRY.id[:10], "--raw"]
    assert drop == ["parked", "drop", ENTRY.id[:10]]
    assert parsed(look)["reference"] == reference
    assert parsed(replay)["reference"] == reference


@pytest.mark.parametrize("event_id", TYPED)
def test_an_event_that_is_parked_by_its_id(event_id: str) -> None:
    entry = replace(ENTRY, reference=None, event_id=event_id)
    replay, *_ = commands(Known(parked=[entry]))
    (look,) = commands(Known(rows=[replace(FREE, in_vain=5, event_id=event_id)]))

    assert parsed(replay)["event_id"] == event_id
    assert parsed(look)["event_id"] == event_id


@pytest.mark.parametrize("name", NOT_TYPED)
def test_in_place_of_what_cannot_be_typed_stands_what_can(name: str) -> None:
    by_event, *_ = commands(Known(parked=[replace(ENTRY, reference=name)]))
    by_entry, *_ = commands(Known(parked=[replace(ENTRY, reference=name, event_id=name)]))
    fields = {**PARKED.fields, "reference": name, "event_id": name}
    remembered = commands(Known(lines=[replace(PARKED, fields=fields)]))
    looked_up = commands(Known(rows=[replace(FREE, in_vain=5, event_id=name)]))

    assert by_event == ["parked", "replay", "--event-id", EVENT]
    assert by_entry == ["parked", "replay", ENTRY.id[:10]]
    assert remembered[:3] == [["parked", "list"], ["parked", "replay", "ID"], ["parked", "list"]]
    assert looked_up == [["parked", "list"]]


@pytest.mark.parametrize(
    "target",
    [
        Target(Scope.ALL),
        Target(Scope.ACCOUNT, "a shop's"),
        Target(Scope.FLOW, "order-created"),
        Target(Scope.SENDER, "+15550001111"),
        Target(Scope.SENDER, "Ann & Co"),
        Target(Scope.SENDER, "MG" + 32 * "0"),
        Target(Scope.COUNTRY, "US"),
        Target(Scope.FLOW, "x" * 150),
    ],
)
def test_a_pause_is_ended_by_its_own_name(target: Target) -> None:
    pause = replace(ALL, target=target)
    (words,) = commands(
        Known(lines=[line(reason="paused", flow=None, account=None)], pauses=[pause])
    )
    names = parsed(words)

    options = {name: names[name] for name in ("flow", "account", "sender", "country")}
    assert given("US", **options, everything=bool(names["everything"])) == target


def test_a_pause_whose_name_cannot_be_typed_is_looked_up() -> None:
    pause = replace(ALL, target=Target(Scope.SENDER, "a\nb"))

    assert commands(Known(lines=[line(reason="paused")], pauses=[pause])) == [["pauses"]]


@pytest.mark.parametrize("word", ["", "too_dreamy", 300 * "x"])
@pytest.mark.parametrize("row", [FAILED, SKIPPED])
def test_what_another_version_wrote_is_not_ours_to_explain(word: str, row: Row) -> None:
    foreign = replace(row, result={"reason": word})

    assert commands(Known(rows=[foreign])) == []
