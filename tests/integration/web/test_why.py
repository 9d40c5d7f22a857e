"""`/why.json`, by real HTTP on a real ledger."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Collection
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog

from smsherald.ledger import SqlLedger
from smsherald.model import (
    Done,
    Duplicate,
    EventOutcome,
    Line,
    OnUnknown,
    Remembered,
    Replica,
    Settlement,
)
from smsherald.observe.event_line import event_line
from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics
from smsherald.observe.recent import Recent
from smsherald.observe.status import Status
from smsherald.settings.values import HttpSettings
from smsherald.web import why
from smsherald.web.operations import serve
from smsherald.web.said import Whose
from smsherald.web.why import Why
from support.ledgers import ASKED, LedgerDatabase, SystemClock, a_sid, an_event, an_sms, sent

WHOSE = Whose("shop-1", "smsherald", "/var/lib/smsherald/ledger.db", "0123abcd")
FIELDS = {"wanted", "sentence", "steps", "outcomes", "asked", *asdict(WHOSE)}
SMS = an_sms()


class Silent:
    """A ledger that never answers."""

    async def about(self, wanted: str, events: Collection[str]) -> Remembered:
        await asyncio.sleep(60)
        raise NotImplementedError(wanted, events)

    async def about_phone(self, number: str) -> Remembered:
        await asyncio.sleep(60)
        raise NotImplementedError(number)


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SqlLedger]:
    async with LedgerDatabase(f"sqlite:///{tmp_path}/ledger.db").open() as ledger:
        await sent(ledger, SMS)
        yield ledger


@pytest.fixture
def status(ledger: SqlLedger) -> Status:
    return Status(history=ledger)


@pytest.fixture
def recent() -> Recent:
    return Recent()


@pytest.fixture
async def http(status: Status, recent: Recent) -> AsyncIterator[aiohttp.ClientSession]:
    whys = Why(
        status, recent, SystemClock(), WHOSE, lambda: "US", 86_400.0, lambda _: OnUnknown.HOLD
    )
    health = Health([], SystemClock().monotonic)
    async with (
        serve(HttpSettings("127.0.0.1", 0), health, Metrics([]), dict, whys.routes()) as address,
        aiohttp.ClientSession(address) as session,
    ):
        yield session


async def ask(
    http: aiohttp.ClientSession, phone: str | None = None, **query: str
) -> tuple[int, dict[str, Any]]:
    headers = {} if phone is None else {"X-Phone": phone}
    async with http.get("/why.json", params=query, headers=headers) as answer:
        said = await answer.json()
        assert said.keys() == FIELDS
        assert said["asked"] == "daemon"
        assert said.items() >= asdict(WHOSE).items()
        return answer.status, said


async def test_it_says_what_became_of_it(http: aiohttp.ClientSession) -> None:
    status, said = await ask(http, q="R12345")

    assert status == 200
    assert said["wanted"] == "R12345"
    assert f"is sent, as {a_sid(SMS.key)}; recorded at" in said["sentence"]
    assert said["sentence"].endswith("; sms.sent is told.")
    assert [step["text"].split(" to ")[0] for step in said["steps"]] == 3 * [
        "the SMS of order-created"
    ]
    assert said["steps"] == sorted(said["steps"], key=lambda step: step["at"])
    (outcome,) = said["outcomes"]
    assert outcome == {
        "flow": "order-created",
        "reference": "R12345",
        "key": SMS.key,
        "state": "sent",
        "reason": None,
        "code": None,
        "sid": a_sid(SMS.key),
        "parked_id": None,
        "until": None,
    }


@pytest.mark.parametrize("number", [ASKED.to, f"{ASKED.to[:2]} {ASKED.to[2:]}"])
async def test_a_number_is_asked_for_in_a_header_and_told_by_its_ends(
    http: aiohttp.ClientSession, number: str
) -> None:
    status, said = await ask(http, phone=number)

    assert status == 200
    assert said["wanted"] == f"{ASKED.to[:2]}•••••••{ASKED.to[-2:]}"
    assert ASKED.to not in str(said)


async def test_what_the_daemon_remembers_is_told_with_it(
    http: aiohttp.ClientSession, recent: Recent
) -> None:
    fields = {"outcome": "deferred", "event_id": "e2", "flow": "invoice", "sms": "deferred"}
    fields |= {"reason": "paused", "reference": "R2", "to": "+1•••••••10"}
    line = Line(SystemClock().now(), fields, "message", SystemClock().now() + 30)
    recent.settled(line, Settlement(EventOutcome.DEFERRED))

    status, said = await ask(http, q="R2")
    assert status == 200
    assert "a pause held it" in said["sentence"]
    (outcome,) = said["outcomes"]
    assert (outcome["flow"], outcome["state"]) == ("invoice", "deferred")
    assert (outcome["reason"], outcome["until"]) == ("paused", line.again)


async def test_what_once_did_not_text_is_told_with_the_event_that_has_the_text(
    http: aiohttp.ClientSession, status: Status, recent: Recent, ledger: SqlLedger
) -> None:
    placed = an_sms("B-2001", once=True)
    await sent(ledger, placed)
    event = an_event("B-2002", digest="another")
    asked = replace(placed, event=event, reference="the second", fingerprint="another")
    claim = await ledger.claim(asked)
    assert isinstance(claim, Done)
    outcome = Duplicate(claim.ended, claim.other)
    settlement = Settlement(EventOutcome.HANDLED, ((asked, outcome),))
    log = structlog.get_logger()
    fields = event_line(log, event, settlement, routing_key="", duration=0, age=None)
    recent.settled(Line(SystemClock().now(), fields, "message", None), settlement)

    for history, code in ((ledger, 200), (None, 503)):
        status.history = history
        answered, said = await ask(http, q="B-2002")

        assert answered == code
        assert "was not texted for this event: `once` says that" in said["sentence"]
        assert f"and event B-2001 (reference {placed.reference}) had it, sent" in said["sentence"]
        (became,) = said["outcomes"]
        assert (became["state"], became["sid"]) == ("duplicate", a_sid(placed.key))


async def test_where_nothing_is_known_it_is_404_and_says_where_to_look(
    http: aiohttp.ClientSession,
) -> None:
    status, said = await ask(http, q="\x1b[2J\r\n")

    assert status == 404
    assert said["sentence"].startswith(r"Nothing is known of \x1b[2J\r\n: ")
    assert said["wanted"] == r"\x1b[2J\r\n"
    assert said["steps"]


async def test_where_nothing_is_known_the_other_daemons_on_the_ledger_are_named(
    http: aiohttp.ClientSession, status: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMSHERALD_UNIT", "smsherald@a")
    monkeypatch.setattr("smsherald.web.why.running", lambda: {"smsherald@a", "smsherald@b"})
    of_host, far = (f"{os.uname().nodename}-{name}" for name in ("b", "2"))
    status.replicas = [Replica(name, "1", 0.0) for name in ("shop-1", far, of_host)]
    _, said = await ask(http, q="R9")
    looks = " ".join(step["text"] for step in said["steps"])

    assert f"{of_host} (`sudo SMSHERALD_UNIT=smsherald@b smsherald why R9`), {far}; ask" in looks
    assert "shop-1" not in looks
    assert "may have handled it" not in str((await ask(http, q="R12345"))[1])

    status.history = None
    assert "nothing; other daemons on this ledger may" in (await ask(http, q="R9"))[1]["sentence"]


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {}),
        ("q=", {}),
        ("q=a&q=b", {}),
        ("phone=%2B15558675309", {}),
        ("q=a", {"X-Phone": "+15558675309"}),
        ("", {"X-Phone": "12"}),
        ("q=%00", {}),
        (f"q={501 * 'x'}", {}),
    ],
)
async def test_what_is_no_question_is_400(
    http: aiohttp.ClientSession, query: str, headers: dict[str, str]
) -> None:
    async with http.get(f"/why.json?{query}", headers=headers) as answer:
        assert answer.status == 400
        assert "15558675309" not in await answer.text()


async def test_bytes_that_are_no_text_are_no_error(http: aiohttp.ClientSession) -> None:
    async with http.get("/why.json?q=%FF%ED%A0%80") as answer:
        assert answer.status in (400, 404)


async def test_before_the_ledger_is_open_it_is_503(
    http: aiohttp.ClientSession, status: Status
) -> None:
    status.history = None
    code, said = await ask(http, q="R12345")

    assert code == 503
    assert said["sentence"] == (
        "The ledger cannot be asked: it is not open yet. Of R12345 this daemon remembers nothing."
    )


async def test_a_ledger_that_is_away_holds_up_no_request(
    http: aiohttp.ClientSession, status: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(why, "ANSWERS_WITHIN", 0.1)
    status.history = Silent()
    answers = await asyncio.gather(*(ask(http, q="R12345") for _ in range(5)))

    assert {code for code, _ in answers} == {503}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_nothing_can_be_changed(http: aiohttp.ClientSession, method: str) -> None:
    async with http.request(method, "/why.json?q=R12345") as answer:
        assert answer.status == 405
