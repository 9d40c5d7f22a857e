"""A PostgreSQL that takes what is asked and says nothing: the daemon ends all the same."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import cast

import pytest

from acceptance.conftest import QUEUE, Shop
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
