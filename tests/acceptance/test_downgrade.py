"""A newer smsherald texts, and the older one that is installed again texts nobody twice."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from acceptance.conftest import QUEUE, Shop
from support.http import request
from support.postgres import Postgres
from support.publishing import order
from support.upgrades import AS_NEXT, TESTS, THIS
from support.waiting import eventually


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def on(request: pytest.FixtureRequest, shop: Shop) -> Iterator[Shop]:
    """Return the shop on either database."""
    with ExitStack() as stack:
        if request.param == "postgresql":
            server: Postgres = request.getfixturevalue("postgres")
            url = server.url(stack.enter_context(server.database()))
            assert shop.daemon.stop() == 0
            shop.daemon.settings["ledger"]["url"] = url
            shop.daemon.start()
        yield shop


def become_next(shop: Shop) -> None:
    """Install the next version, and start it."""
    assert shop.daemon.stop() == 0
    by_next(shop, "upgrade")
    shop.daemon.program = AS_NEXT
    shop.daemon.environment["PYTHONPATH"] = str(TESTS)
    shop.daemon.start()


def by_next(shop: Shop, *arguments: str) -> str:
    """Run `smsherald ledger` of the next version; return what it says on standard error."""
    done = subprocess.run(
        [*AS_NEXT, "ledger", *arguments, "--config", str(shop.daemon.config)],
        env={**shop.daemon.environment, "PYTHONPATH": str(TESTS)},
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stderr


def test_who_was_texted_by_the_newer_one_is_known(on: Shop) -> None:
    older = on.daemon.program
    on.publish([order(number) for number in range(5)])
    on.settled(5)
    become_next(on)
    on.publish([order(number) for number in range(10)])
    on.settled(10)
    assert on.daemon.stop() == 0

    # No daemon of a minute ago is waited for: each said that it was going.
    assert "within the last minute" not in by_next(on, "downgrade", "--to", str(THIS))
    on.daemon.program = older
    on.daemon.start()
    on.publish([order(number) for number in range(11)])
    on.settled(11)
    assert on.sandbox.count() == 11
    assert len({text["body"] for text in on.sandbox.texts()}) == 11


@pytest.mark.long
@pytest.mark.takes(30)
def test_a_newer_one_that_still_runs_sends_nothing_more_and_says_why(shop: Shop) -> None:
    older = shop.daemon.program
    become_next(shop)
    by_next(shop, "downgrade", "--to", str(THIS), "--force")
    shop.publish([order(1)])

    def says_why() -> bool:
        answer = request(shop.daemon.url + "/readyz")
        return answer.status == 503 and "upgraded, downgraded or moved" in answer.text

    eventually(says_why, what="it says that it is kept from the ledger")
    assert shop.sandbox.count() == 0
    depth = shop.rabbit.depth(shop.vhost, QUEUE)
    assert depth.ready + depth.unacked == 1
    shop.daemon.stop()

    shop.daemon.program = older
    shop.daemon.start()
    shop.settled(1)
    assert shop.sandbox.count() == 1
