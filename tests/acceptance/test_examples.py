"""The examples of shops, as a bridge publishes their events: one text each, however they come."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from acceptance.conftest import Shop
from support.publishing import Publication
from support.waiting import eventually

REPOSITORY = Path(__file__).parents[2]
EXAMPLES = REPOSITORY / "config" / "examples" / "flows"
PAGE = (REPOSITORY / "docs" / "recipes-shops.md").read_text()
NAMES = re.findall(r"^\| `(\S+)\.yaml` \|", PAGE, re.MULTILINE)


def recorded(name: str) -> dict[str, Any]:
    line: dict[str, Any] = json.loads((EXAMPLES / "events" / f"{name}.json").read_text())
    return line


def as_it_came(line: dict[str, Any]) -> Publication:
    return Publication(line["routing_key"], line["body"], headers=line["headers"])


def as_another_event(line: dict[str, Any]) -> Publication:
    """Without the header that says which event it is, and with another body."""
    return Publication(line["routing_key"], json.dumps(line["body"], indent=1).encode())


@pytest.mark.long
def test_each_event_of_a_shop_is_one_text_however_often_it_comes(shop: Shop) -> None:
    assert shop.daemon.stop() == 0
    for path in shop.daemon.flows.iterdir():
        path.unlink()
    for name in NAMES:
        shutil.copy(EXAMPLES / f"{name}.yaml", shop.daemon.flows)
    shop.daemon.settings["identity"] = ["header X-Shopify-Webhook-Id"]
    shop.daemon.start()
    lines = [recorded(name) for name in NAMES]

    shop.publish([as_it_came(line) for line in lines * 2])
    shop.publish([as_another_event(line) for line in lines])

    shop.settled(3 * len(NAMES))
    # Two deliveries of one event may both tell it: who listens goes by the id.
    sent = {each.id: each for each in shop.heard() if each.routing_key == "sms.sent"}
    told = [each.event["data"] for each in sent.values()]
    assert sorted(each["flow"] for each in told) == sorted(NAMES)
    assert all(each["reference"] for each in told)
    eventually(lambda: shop.sandbox.count() == len(NAMES), what="each is texted")
    assert shop.parked() == 0
