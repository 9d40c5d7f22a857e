"""A PostgreSQL that says nothing, or answers late: the daemon ends all the same, and in order."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias, cast

import psycopg
import pytest

from acceptance.conftest import QUEUE, Shop
from smsherald.ledger.sql.database import CLOSES_WITHIN, LOCK_TIMEOUT
from support.freezing import freeze
from support.http import request
from support.postgres import Postgres
from support.publishing import order
from support.waiting import eventually

pytestmark = [pytest.mark.long, pytest.mark.takes(20)]

OF_LEDGERS = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'smsherald'
"""


@pytest.fixture
def name(shop: Shop, postgres: Postgres) -> Iterator[str]:
    """Return the database that the shop's ledger is in."""
    with postgres.database() as name:
        assert shop.daemon.stop() == 0
        shop.daemon.settings["ledger"]["url"] = postgres.url(name)
        shop.daemon.settings["broker"]["drain"] = "1s"
        shop.daemon.start()
        yield name


@pytest.fixture
def silent(name: str, postgres: Postgres) -> Iterator[None]:
    """Let the server say nothing to the daemon, until the end of the test."""
    ((found,),) = postgres.execute(OF_LEDGERS, name)
    session = cast("int", found)
    freeze(session)
    try:
        yield
    finally:
        os.kill(session, signal.SIGCONT)


LATE = 7.0
"""Seconds after which the server answers: later than anybody waits for a lock."""
Holding: TypeAlias = Callable[[Postgres, str], Callable[[], object]]


def lock(postgres: Postgres, name: str) -> Callable[[], object]:
    """Let another have what every transaction waits for; return what lets go of it."""
    another = psycopg.connect(postgres.url(name))
    another.execute("LOCK TABLE sms")
    return another.close


def silence(postgres: Postgres, name: str) -> Callable[[], object]:
    ((found,),) = postgres.execute(OF_LEDGERS, name)
    session = cast("int", found)
    freeze(session)
    return lambda: os.kill(session, signal.SIGCONT)


@contextmanager
def slow(postgres: Postgres, name: str, hold: Holding) -> Iterator[None]:
    """Let the server answer the daemon late, inside."""
    timer = threading.Timer(LATE, hold(postgres, name))
    timer.start()
    try:
        yield
    finally:
        timer.join()


def states(postgres: Postgres, name: str) -> list[object]:
    return [state for (state,) in postgres.execute("SELECT state FROM sms", name)]


def left(shop: Shop) -> list[str]:
    return [line["problem"] for line in shop.daemon.log_lines() if line["message"] == "ledger_left"]


def test_what_was_not_recorded_comes_again_and_is_texted_once(
    shop: Shop, postgres: Postgres, name: str
) -> None:
    shop.publish([order(number) for number in range(3)])
    shop.settled(3)
    ((found,),) = postgres.execute(OF_LEDGERS, name)
    session = cast("int", found)
    freeze(session)
    try:
        shop.publish([order(number) for number in range(6)])
        eventually(
            lambda: "does not answer" in request(shop.daemon.url + "/readyz").text,
            what="it says that the ledger does not answer",
        )
        assert shop.daemon.stop() == 1
        assert left(shop) == ["does not answer"]
        assert shop.sandbox.count() == 3
    finally:
        os.kill(session, signal.SIGCONT)
    depth = shop.rabbit.depth(shop.vhost, QUEUE)
    assert depth.ready + depth.unacked == 6

    shop.daemon.start()
    shop.settled(6)
    assert shop.sandbox.count() == 6
    assert len({text["body"] for text in shop.sandbox.texts()}) == 6


@pytest.mark.usefixtures("silent")
def test_with_nothing_in_flight_the_exit_code_is_0(shop: Shop) -> None:
    assert shop.daemon.stop() == 0
    assert left(shop) == ["does not answer"]
    assert shop.daemon.log_lines()[-1]["message"] == "stopped"


@pytest.mark.parametrize("hold", [lock, silence])
def test_what_twilio_has_taken_is_recorded_by_a_server_that_answers_late(
    shop: Shop, postgres: Postgres, name: str, hold: Holding
) -> None:
    assert LOCK_TIMEOUT < LATE < CLOSES_WITHIN
    shop.sandbox.fault("latency", seconds=1.5)
    shop.publish([order(1)])
    eventually(lambda: states(postgres, name) == ["sending"], what="it is claimed")
    with slow(postgres, name, hold):
        eventually(lambda: shop.sandbox.faults() == 0, what="Twilio is asked")
        eventually(lambda: shop.sandbox.count() == 1, what="Twilio has it")
        assert shop.daemon.stop() == 1

    assert states(postgres, name) == ["sent"]
    shop.daemon.start()
    shop.settled(1)
    assert shop.sandbox.count() == 1


@pytest.mark.parametrize(
    ("hold", "row"),
    [pytest.param(lock, [], id="lock"), pytest.param(silence, ["free"], id="silence")],
)
def test_what_would_be_claimed_too_late_to_be_sent_is_not_or_is_free_at_once(
    shop: Shop, postgres: Postgres, name: str, hold: Holding, row: list[str]
) -> None:
    with slow(postgres, name, hold):
        shop.publish([order(1)])
        eventually(lambda: shop.rabbit.depth(shop.vhost, QUEUE).unacked == 1, what="it is brought")
        assert shop.daemon.stop() == 1

    assert states(postgres, name) == row
    shop.daemon.start()
    shop.settled(1)
    assert shop.sandbox.count() == 1
