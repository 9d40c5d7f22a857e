"""The ledger's file vanishes under the daemon: nothing is sent meanwhile, and nothing twice."""

from __future__ import annotations

import time
from pathlib import Path

from acceptance.conftest import Shop
from support.http import request
from support.publishing import order
from support.waiting import eventually

BEFORE, MEANWHILE = 3, 5


def not_ready(shop: Shop) -> str:
    answer = request(shop.daemon.url + "/readyz")
    return answer.text if answer.status == 503 else ""


def test_it_is_seen_at_once_and_every_text_goes_out_once_when_it_is_back(shop: Shop) -> None:
    path = Path(shop.daemon.settings["ledger"]["url"].removeprefix("sqlite:///"))
    elsewhere = path.with_name("elsewhere.db")
    shop.publish([order(number) for number in range(BEFORE)])
    shop.settled(BEFORE)
    path.rename(elsewhere)
    said = eventually(lambda: not_ready(shop), what="it is not ready")
    shop.publish([order(number) for number in range(BEFORE + MEANWHILE)])
    time.sleep(3)

    assert said == f"ledger: {path} has been deleted or moved; nothing is sent until it is back\n"
    assert shop.sandbox.count() == BEFORE
    assert not path.exists()
    assert request(shop.daemon.url + "/livez").status == 200

    elsewhere.rename(path)
    shop.daemon.wait_ready()
    eventually(
        lambda: shop.sandbox.count() == BEFORE + MEANWHILE, what="what came meanwhile is sent"
    )
    shop.empty()

    assert len({text["body"] for text in shop.sandbox.texts()}) == BEFORE + MEANWHILE
    assert shop.sandbox.count() == BEFORE + MEANWHILE
    lines = [line["message"] for line in shop.daemon.log_lines()]
    assert (lines.count("ledger_away"), lines.count("ledger_back")) == (1, 1)
    assert shop.daemon.stop() == 0
    shop.daemon.start()
    shop.publish([order(number) for number in range(BEFORE + MEANWHILE)])
    shop.settled(BEFORE + MEANWHILE)

    assert shop.sandbox.count() == BEFORE + MEANWHILE
