"""Events of three frameworks and of a topic exchange: each is texted once, and none is ignored."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
import yaml

from acceptance.conftest import Shop
from support.http import request
from support.publishing import Publication, channel, publish
from support.waiting import eventually

CONTRACT = "Shop.Contracts:OrderSubmitted"
EXCHANGES = {CONTRACT: "fanout", "pubsub": "fanout", "shop.direct": "direct", "catalog": "topic"}
LATE = "pubsub.eu"
"""One that is declared only later."""
MISSING = f"no events come from the exchange {LATE}: it is not there; it is tried again every"


def order(number: int) -> dict[str, str]:
    return {"number": f"R{number}", "phone": f"+1555{number:07d}"}


def masstransit(number: int) -> Publication:
    body = {
        "messageId": str(uuid4()),
        "messageType": [f"urn:message:{CONTRACT}"],
        "message": order(number),
    }
    return Publication("", body, message_id=body["messageId"])  # type: ignore[arg-type]


def dapr(number: int, kind: str = "com.shop.order.created") -> Publication:
    about = {"specversion": "1.0", "type": kind, "source": "checkout", "id": str(uuid4())}
    return Publication("", {**about, "data": order(number)})


def nest(number: int) -> Publication:
    return Publication("order_created", {"pattern": "order_created", "data": order(number)})


def topic(number: int) -> Publication:
    return Publication("eu.order.created", order(number))


def plain(number: int) -> Publication:
    return Publication("order.created", {"order": order(number)})


FLOWS: Mapping[str, tuple[Any, str]] = {
    "masstransit": ({"exchange": CONTRACT}, "event.body.message"),
    "dapr-created": ({"exchange": "pubsub", "type": "com.shop.order.created"}, "event.body.data"),
    "dapr-paid": ({"exchange": "pubsub", "type": "com.shop.order.paid"}, "event.body.data"),
    "nest": ({"exchange": "shop.direct", "key": "order_created"}, "event.body.data"),
    "topic": ({"exchange": "catalog", "key": "*.order.#"}, "event.body"),
    "plain": ("order.created", "event.body.order"),
}
"""Where each flow's events come from, and where in them the order is."""


class Streams:
    """Publishes orders, each with a number of its own."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._numbers = count()
        self.published: set[str] = set()

    def publish(self, times: int, *, late: bool = False) -> None:
        """Publish so many of each kind; `late`, to the exchange that came late, too."""
        kinds = [
            (masstransit, CONTRACT),
            (dapr, "pubsub"),
            (lambda number: dapr(number, "com.shop.order.paid"), "pubsub"),
            (nest, "shop.direct"),
            (topic, "catalog"),
            (plain, "events"),
            *([(dapr, LATE)] if late else []),
        ]
        for made, exchange in kinds:
            numbers = [next(self._numbers) for _ in range(times)]
            publish(self._shop.url, [made(number) for number in numbers], exchange)
            self.published |= {f"R{number}" for number in numbers}


def write_flows(shop: Shop, *, number: str = "number", late: bool = False) -> None:
    """Write all flows; without the right `number` all is parked."""
    for path in shop.daemon.flows.iterdir():
        path.unlink()
    for name, (route, place) in FLOWS.items():
        subscribe = [route]
        if late and name == "dapr-created":
            subscribe = [{**route, "exchange": LATE}, route, {"exchange": "catalog", "type": "x"}]
        flow = {
            "subscribe": subscribe,
            "to": f"{{{{ {place}.phone }}}}",
            "message": f"{{{{ {place}.{number} }}}}",
            "tests": [],
        }
        (shop.daemon.flows / f"{name}.yaml").write_text(yaml.safe_dump(flow))


def reload(shop: Shop) -> None:
    def reloads() -> int:
        return sum(line["message"] == "reloaded" for line in shop.daemon.log_lines())

    before = reloads()
    shop.daemon.running.send_signal(signal.SIGHUP)
    eventually(lambda: reloads() == before + 1, what="it is reloaded")


def declare(shop: Shop, exchanges: Mapping[str, str]) -> None:
    with channel(shop.url) as to:
        for name, kind in exchanges.items():
            to.exchange_declare(name, kind, durable=True)


def ready(shop: Shop) -> str:
    answer = request(shop.daemon.url + "/readyz")
    assert answer.status == 200
    return answer.text


def outcomes(shop: Shop, outcome: str) -> float:
    return shop.daemon.metrics().value("smsherald_events_total", outcome=outcome)


@pytest.mark.parametrize(
    "times",
    [
        pytest.param(3, marks=pytest.mark.takes(10), id="some"),
        pytest.param(200, marks=pytest.mark.long, id="many"),
    ],
)
def test_each_event_is_texted_once_through_deferral_parking_replay_and_a_reload_of_routes(
    shop: Shop, times: int
) -> None:
    streams = Streams(shop)
    assert shop.daemon.stop() == 0
    declare(shop, EXCHANGES)
    write_flows(shop, number="nr")
    shop.daemon.settings["retry"] = {"tiers": ["200ms", "1s"]}
    shop.daemon.start()

    # Parked, then replayed after the flow is mended.
    streams.publish(times)
    eventually(lambda: shop.parked() == len(streams.published), what="all are parked")
    write_flows(shop)
    reload(shop)
    shop.daemon.command("parked", "replay", "--all")
    eventually(lambda: shop.sandbox.count() == len(streams.published), what="all are sent")

    # Deferred, while routes are added, one of them to what is not there yet.
    shop.sandbox.fault("rate_limited", times=None, probability=0.5)
    streams.publish(times)
    eventually(lambda: outcomes(shop, "deferred") > 0, what="some wait")
    write_flows(shop, late=True)
    reload(shop)
    eventually(lambda: MISSING in ready(shop), what="what is missing is named")
    assert MISSING in " ".join(shop.daemon.command("status").split())
    declare(shop, {LATE: "fanout"})
    reload(shop)
    eventually(lambda: MISSING not in ready(shop), what="it is bound")
    streams.publish(times, late=True)
    shop.sandbox.heal()
    shop.empty()
    eventually(lambda: shop.sandbox.count() >= len(streams.published), within=120, what="all sent")

    assert outcomes(shop, "ignored") == 0
    publish(shop.url, [dapr(10**6 + number, "com.shop.stock") for number in range(3)], "pubsub")
    eventually(lambda: outcomes(shop, "ignored") == 3, what="what no flow asks for is ignored")
    texts = sorted(text["body"] for text in shop.sandbox.texts())
    assert texts == sorted(streams.published)
    assert shop.parked() == 0
    assert sum(line["message"] == "broker_connected" for line in shop.daemon.log_lines()) == 1


def numbered(number: int, event_id: str) -> Publication:
    """Return an order whose publisher knows it by a header, and stamps each message anew."""
    return Publication(
        "order.created",
        {"order": order(number)},
        message_id=str(uuid4()),
        headers={"X-Shop-Event": event_id},
    )


@pytest.mark.takes(8)
def test_each_event_is_texted_once_though_its_flow_is_renamed_and_its_identity_read_anew(
    shop: Shop,
) -> None:
    write_flows(shop, number="nr")
    shop.daemon.settings["retry"] = {"tiers": ["200ms", "1s"]}
    shop.daemon.write()
    reload(shop)
    publish(shop.url, [numbered(number, f"e{number}") for number in range(4)])
    eventually(lambda: shop.parked() == 4, what="all are parked")

    # What is parked is known by its message; what comes from here on by its publisher's header.
    shop.daemon.settings["identity"] = ["header X-Shop-Event"]
    shop.daemon.write()
    write_flows(shop)
    (shop.daemon.flows / "plain.yaml").rename(shop.daemon.flows / "renamed.yaml")
    reload(shop)
    shop.daemon.command("parked", "replay", "--all", "--to-flow", "renamed")
    eventually(lambda: shop.sandbox.count() == 4, what="what was parked is sent")

    shop.sandbox.fault("rate_limited", times=None, probability=0.5)
    again = [numbered(number, f"e{number}") for number in range(10, 16) for _ in range(3)]
    publish(shop.url, again)
    eventually(lambda: outcomes(shop, "deferred") > 0, what="some wait")
    shop.sandbox.heal()
    eventually(lambda: shop.sandbox.count() >= 10, what="all are sent")
    shop.empty()

    texts = sorted(text["body"] for text in shop.sandbox.texts())
    assert texts == sorted(f"R{number}" for number in (*range(4), *range(10, 16)))
    assert outcomes(shop, "ignored") == 0
    assert shop.parked() == 0
