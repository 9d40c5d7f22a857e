"""Whose daemon answers a command."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from smsherald.cli.operate.asking import ask
from smsherald.cli.operate.whose import Whose, configured
from smsherald.observe import systemd
from smsherald.settings.secret import Secret
from support.answering import answering

MINE = Whose("smsherald", "/var/lib/smsherald/ledger.db")
SAID = {"ready": True, "queue": MINE.queue, "ledger": MINE.ledger}
OTHER = SAID | {"queue": "smsherald-demo", "ledger": "/tmp/demo/ledger.db"}  # noqa: S108 - a name


@pytest.mark.parametrize(
    ("its", "same"),
    [
        (MINE, True),
        (Whose(), True),
        (Whose(MINE.queue), True),
        (Whose("smsherald-demo", MINE.ledger), False),
        (Whose(MINE.queue, "/elsewhere/ledger.db"), False),
        (Whose(MINE.queue, "postgresql://db/smsherald"), False),
    ],
)
def test_it_is_told_by_queue_and_ledger(its: Whose, *, same: bool) -> None:
    assert its.is_of(MINE) is MINE.is_of(its) is same


def test_a_link_leads_to_the_same_ledger(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "here").symlink_to("there")
    here, there = (Whose("q", f"{tmp_path}/{name}/ledger.db") for name in ("here", "there"))

    assert here.is_of(there)


def test_no_password_is_in_what_is_said_of_a_ledger() -> None:
    url = Secret("postgresql://user:pa55@db.example/smsherald")

    assert str(configured("q", url)) == "queue q, ledger postgresql://db.example/smsherald"
    assert configured("q", Secret("no url: pa55")) == Whose("q")


def test_two_ledgers_that_differ_in_their_port_alone_are_two() -> None:
    one, two, default, unsaid = (
        configured("q", Secret(f"postgresql://user:pa55@db.example{port}/smsherald"))
        for port in (":5433", ":5434", ":5432", "")
    )

    assert not one.is_of(two)
    assert not one.is_of(unsaid)
    assert default.is_of(unsaid)
    assert str(one) == "queue q, ledger postgresql://db.example:5433/smsherald"


def test_another_s_answer_is_not_taken() -> None:
    with answering(OTHER) as address:
        answer = ask(address, "/status.json", None, has="ready", whose=MINE)

    assert (answer.said, answer.another) == (None, True)
    assert answer.silence(address) == (
        f"what answers at {address} is another smsherald (queue smsherald-demo, "
        "ledger /tmp/demo/ledger.db), not this configuration's (queue smsherald, "
        "ledger /var/lib/smsherald/ledger.db)"
    )


def test_the_unit_s_daemon_is_taken_whatever_it_still_runs_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    looked = partial(systemd.invocation, folder=tmp_path)
    monkeypatch.setattr(systemd, "invocation", looked)
    monkeypatch.setenv("SMSHERALD_UNIT", "smsherald@a")
    (tmp_path / "invocation:smsherald@a.service").symlink_to("11aa")

    for start, taken in (("11aa", True), ("22bb", False), (None, False)):
        with answering(OTHER | {"invocation": start}) as address:
            answer = ask(address, "/status.json", None, has="ready", whose=MINE)
        assert (answer.said is not None, answer.another) == (taken, not taken)
        assert answer.differs == (str(MINE) if taken else "")
