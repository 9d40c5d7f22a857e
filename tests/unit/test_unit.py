"""What tells an operator of a systemd unit names the one that is meant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import smsherald
from smsherald.unit import beside, editing, environment_file, unit

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


@pytest.mark.parametrize(
    ("instance", "name"),
    [
        ("shop", "smsherald"),
        ("shop-b", "smsherald@b"),
        ("shop-", None),
        ("shopping", None),
        ("other-b", None),
    ],
)
def test_a_daemon_of_this_host_is_known_by_its_name(instance: str, name: str | None) -> None:
    assert beside(A, instance, "shop") == name
    assert beside({}, instance, "shop") is None
