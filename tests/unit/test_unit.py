"""What tells an operator of a systemd unit names the one that is meant."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import smsherald
from smsherald.unit import (
    advised,
    beside,
    editing,
    environment_files,
    giving,
    meant,
    ours,
    unit,
    user,
    whom,
)

A = {"SMSHERALD_UNIT": "smsherald@a.service"}
DAEMON = Path(smsherald.__file__).parent
EXPLANATIONS = DAEMON / "cli/operate/explanations"
"""What those say is written as the unit has it when it is shown."""
BARE = re.compile(
    r"(?<![\w.])smsherald (?:check(?! --flows)|ledger|parked|pause|pauses|publish|resume|send|"
    r"status|why)\b(?!$)"
)
"""The name of one alone, as a connection has it, is no advice."""
NAMED = re.compile(r"(?:systemctl \S+|journalctl -u|--unit[= ]) ?smsherald\b")


def test_no_hint_names_a_unit_by_itself() -> None:
    found = [
        f"{path.relative_to(DAEMON)}: {match[0]}"
        for path in sorted([*DAEMON.rglob("*.py"), *DAEMON.rglob("*.json")])
        for match in NAMED.finditer(path.read_text())
    ]

    assert found == [], "smsherald.unit says which unit is meant"


def said_in(source: str) -> Iterator[str]:
    """Yield what a module may say: neither its docstrings, nor what `--help` and docs say."""
    tree = ast.parse(source)
    unsaid = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        or (isinstance(node, ast.keyword) and node.arg in {"help", "meaning"})
    ]
    left_out = {id(part) for node in unsaid if not calls(node) for part in ast.walk(node)}
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    for node in texts:
        if isinstance(node.value, str) and id(node) not in left_out:
            yield node.value


def calls(node: ast.expr) -> bool:
    return isinstance(node, ast.Call | ast.Await | ast.Yield | ast.YieldFrom)


def test_no_sentence_writes_a_command_by_itself_that_beside_a_unit_needs_sudo() -> None:
    found = [
        f"{path.relative_to(DAEMON)}: {match[0]}"
        for path in sorted(DAEMON.rglob("*.py"))
        if path.parent != EXPLANATIONS
        for text in said_in(path.read_text())
        for match in BARE.finditer(text)
    ]

    assert found == [], "smsherald.unit writes it"


@pytest.mark.parametrize(
    ("source", "is_found"),
    [
        ('say("run `smsherald ledger upgrade`")', True),
        ('say(f"{place}: smsherald parked list")', True),
        ('"""As `smsherald status` does."""', False),
        ('Option(help="As `smsherald status` does.")', False),
        ('say("`smsherald explain` knows it")', False),
        ('say("Without: smsherald check --flows")', False),
    ],
)
def test_such_a_sentence_would_be_found(source: str, *, is_found: bool) -> None:
    assert any(map(BARE.search, said_in(source))) is is_found


@pytest.mark.parametrize("text", ["systemctl status smsherald", "journalctl -u smsherald"])
def test_such_a_hint_would_be_found(text: str) -> None:
    assert NAMED.search(text)


def test_where_none_is_named_it_is_the_only_one() -> None:
    assert (unit({}), unit({"SMSHERALD_UNIT": ""})) == ("smsherald", "smsherald")
    assert editing({}) == "`systemctl edit smsherald`, of instances `smsherald@`"
    assert environment_files({}) == []


def test_beside_an_instance_it_is_that_one() -> None:
    assert unit(A) == "smsherald@a"
    assert editing(A) == "`systemctl edit smsherald@a`, of all instances `smsherald@`"
    assert environment_files(A) == ["/etc/smsherald/environment", "/etc/smsherald/environment.a"]


def test_what_needs_the_configuration_alone_anybody_runs_with_files_of_their_own() -> None:
    assert ours(A, "preview", "EVENT.json") == "smsherald preview EVENT.json"
    assert ours(A, "explain", "30007") == "smsherald explain 30007"


def test_the_commands_within_a_text_are_written_the_same() -> None:
    text = "Run `smsherald check`, then `smsherald explain 1`, as smsherald does; `smsherald` is it"

    assert advised({}, text) == text
    assert advised({"SMSHERALD_UNIT": "smsherald"}, text) == text.replace("`sms", "`sudo sms", 1)
    assert "`sudo SMSHERALD_UNIT=smsherald@a smsherald check`" in advised(A, text)


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
    assert whom({}) == whom(A) == "user 4000000"


def test_where_no_unit_is_a_user_has_a_number_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In a container: its host has no such name."""
    tmp_path.chmod(0o500)
    monkeypatch.setattr(os, "geteuid", lambda: 1)
    remedy = f"give it to that user (`chown {{}} {tmp_path} && chmod u+rwx {tmp_path}`)"

    assert (whom({}), whom(A)) == ("user daemon (uid 1)", "user daemon")
    assert giving({}, tmp_path, "rwx") == remedy.format(1)
    assert giving(A, tmp_path, "rwx") == remedy.format("daemon")


def test_of_what_is_its_own_other_rights_are_looked_for(tmp_path: Path) -> None:
    assert "look for what else forbids it" in giving({}, tmp_path, "rwx")
