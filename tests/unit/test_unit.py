"""What tells an operator of a systemd unit names the one that is meant."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

import smsherald
from smsherald.unit import beside, editing, environment_file, meant, ours, unit, user

A = {"SMSHERALD_UNIT": "smsherald@a.service"}
DAEMON = Path(smsherald.__file__).parent
NAMED = re.compile(r"(?:systemctl \S+|journalctl -u|--unit[= ]) ?smsherald\b")


def test_no_hint_names_a_unit_by_itself() -> None:
    found = [
        f"{path.relative_to(DAEMON)}: {match[0]}"
        for path in sorted([*DAEMON.rglob("*.py"), *DAEMON.rglob("*.json")])
        for match in NAMED.finditer(path.read_text())
    ]

    assert found == [], "smsherald.unit says which unit is meant"


@pytest.mark.parametrize("text", ["systemctl status smsherald", "journalctl -u smsherald"])
def test_such_a_hint_would_be_found(text: str) -> None:
    assert NAMED.search(text)


def test_where_none_is_named_it_is_the_only_one() -> None:
    assert (unit({}), unit({"SMSHERALD_UNIT": ""})) == ("smsherald", "smsherald")
    assert editing({}) == "`systemctl edit smsherald`, of instances `smsherald@`"
    assert environment_file({}) is None


def test_beside_an_instance_it_is_that_one() -> None:
    assert unit(A) == "smsherald@a"
    assert editing(A) == "`systemctl edit smsherald@a`, of all instances `smsherald@`"
    assert environment_file(A) == "/etc/smsherald/environment"


def test_a_command_beside_a_unit_needs_sudo_and_beside_an_instance_its_name() -> None:
    assert ours({}, "check") == "smsherald check"
    assert ours({"SMSHERALD_UNIT": "smsherald"}, "check") == "sudo smsherald check"
    assert ours(A, "why", "R 1") == "sudo SMSHERALD_UNIT=smsherald@a smsherald why 'R 1'"


@pytest.mark.parametrize(
    ("environ", "running", "units"),
    [
        ({}, (), ["smsherald"]),
        ({}, ("smsherald@b", "smsherald@a"), ["smsherald@a", "smsherald@b"]),
        ({}, ("smsherald", "smsherald@a"), ["smsherald"]),
        (A, ("smsherald@b",), ["smsherald@a"]),
    ],
    ids=["nothing runs", "instances", "the one without a name too", "said"],
)
def test_where_instances_alone_run_and_none_is_said_those_are_meant(
    environ: dict[str, str], running: tuple[str, ...], units: list[str]
) -> None:
    assert meant(environ, running) == units


RUNNING = ("smsherald", "smsherald@b", "smsherald@")


@pytest.mark.parametrize(
    ("instance", "name"),
    [
        ("shop", "smsherald"),
        ("shop-b", "smsherald@b"),
        ("shop-", None),
        ("shopping", None),
        ("other-b", None),
        ("shop-2", None),
    ],
)
def test_a_daemon_of_this_host_is_known_by_its_name_where_such_a_unit_runs(
    instance: str, name: str | None
) -> None:
    """`shop-2` may be another host."""
    assert beside(A, instance, RUNNING, "shop") == name
    assert beside({}, instance, RUNNING, "shop") is None
    assert beside(A, instance, (), "shop") is None


def test_a_user_without_a_name_is_called_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1)
    assert user() == "daemon"

    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000)
    assert user() == "4000000"
