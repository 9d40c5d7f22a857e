"""What real publishers send: which event it is, what its kind is called, who says so and when."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsherald.errors import UnusableError
from smsherald.events.names import LONGEST, MOST
from smsherald.model import Delivery
from support.shop import NOW, ORDER, delivery, read

UUID = "0d9c1f2a-6f0e-4f53-9c39-5f6ad8f7a1b2"
SECOND = 1_699_999_000
THEN = "2023-11-14T21:56:40Z"
"""The same, as RFC 3339 has it."""
BODY = object()
"""Stands for the identity by the body."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """A publisher's event, and what is read of it."""

    name: str
    identity: object
    names: tuple[str, ...] = ()
    body: Any = field(default_factory=lambda: dict(ORDER))
    exchange: str = "events"
    routing_key: str = "order.created"
    source: str | None = None
    happened: float = NOW
    properties: dict[str, Any] = field(default_factory=dict)
    setting: tuple[str, ...] = ()


CLOUDEVENT = {
    "specversion": "1.0",
    "id": "7",
    "source": "shop",
    "type": "com.shop.order.created",
    "time": THEN,
}
ORDERS = "Shop.Contracts.OrderSubmitted"
QUALIFIED = f"{ORDERS}, Shop.Contracts, Version=1.2.0.0, Culture=neutral, PublicKeyToken=null"
GENERIC = "Shop.Changed`1[[Shop.Order, Shop, Version=1.0.0.0]]"

TYPE = "OrderCreated"


def with_schema(payload: str) -> dict[str, Any]:
    """Return what Kafka Connect writes of a text where schemas are enabled."""
    return {"schema": {"type": "string", "optional": False}, "payload": payload}


PUBLISHERS = [
    Publisher(
        "Debezium's outbox router",
        ("header", UUID),
        ("OrderCreated",),
        routing_key="",
        exchange="outbox.event.order",
        properties={"headers": {"id": UUID, "type": "OrderCreated"}},
    ),
    *(
        Publisher(
            f"Debezium Server's outbox router, {how}",
            ("header", UUID),
            ("OrderCreated",),
            routing_key="outbox.event.order",
            exchange="outbox",
            properties={"headers": {"id": json.dumps(wrap(UUID)), "type": json.dumps(wrap(TYPE))}},
        )
        for how, wrap in (("without schemas", str), ("with schemas", with_schema))
    ),
    *(
        Publisher(
            f"somebody whose header is no more than like one of Debezium's: {said[:9]}",
            BODY,
            (said,),
            properties={"headers": {"id": said, "type": said}},
        )
        for said in ('"', '"a" b', "{", '{"payload":"a"}', '{"schema":{},"payload":7}', "{a}")
    ),
    Publisher(
        "Dapr pub/sub",
        ("cloudevents", "shop", "7"),
        ("com.shop.order.created",),
        body={**CLOUDEVENT, "pubsubname": "pubsub", "topic": "orders", "data": ORDER},
        exchange="orders",
        routing_key="",
        source="shop",
        happened=SECOND,
        properties={"content_type": "text/plain"},
    ),
    Publisher(
        "Knative",
        ("cloudevents", "shop", "7"),
        ("com.shop.order.created",),
        exchange="knative",
        routing_key="",
        source="shop",
        happened=SECOND,
        properties={"headers": {**CLOUDEVENT, "content-type": "application/json"}},
    ),
    *(
        Publisher(
            f"Spring Cloud Function, with {prefix}",
            ("cloudevents", "shop", "7"),
            ("com.shop.order.created",),
            source="shop",
            happened=SECOND,
            properties={"headers": {f"{prefix}{name}": it for name, it in CLOUDEVENT.items()}},
        )
        for prefix in ("ce-", "ce_", "cloudEvents:", "cloudEvents_")
    ),
    Publisher(
        "Spring AMQP's JSON converter",
        BODY,
        ("com.shop.OrderCreated",),
        happened=SECOND,
        properties={"headers": {"__TypeId__": "com.shop.OrderCreated"}, "timestamp": SECOND},
    ),
    Publisher(
        "MassTransit",
        ("message", UUID),
        (f"urn:message:Shop.Contracts:{ORDERS}", "urn:message:Shop.Contracts:IOrder"),
        body={
            "messageId": UUID,
            "messageType": [
                f"urn:message:Shop.Contracts:{ORDERS}",
                "urn:message:Shop.Contracts:IOrder",
            ],
            "message": {"number": "R1"},
            "sentTime": THEN,
        },
        exchange="Shop.Contracts:OrderSubmitted",
        routing_key="",
        properties={
            "message_id": UUID,
            "content_type": "application/vnd.masstransit+json",
            "headers": {"Content-Type": "application/vnd.masstransit+json"},
        },
    ),
    Publisher(
        "NServiceBus",
        ("message", UUID),
        (ORDERS, QUALIFIED, GENERIC, f"{GENERIC}, Shop, Version=1.0.0.0"),
        exchange="Shop.Contracts:OrderSubmitted",
        routing_key="",
        properties={
            "message_id": UUID,
            "headers": {
                "NServiceBus.MessageId": UUID,
                "NServiceBus.EnclosedMessageTypes": (
                    f"{QUALIFIED};{GENERIC}, Shop, Version=1.0.0.0"
                ),
            },
        },
    ),
    Publisher(
        "NServiceBus without assemblies, its property type set",
        ("message", UUID),
        (ORDERS,),
        properties={
            "message_id": UUID,
            "type": ORDERS,
            "headers": {"NServiceBus.EnclosedMessageTypes": ORDERS},
        },
    ),
    Publisher(
        "Symfony Messenger",
        BODY,
        ("App\\Message\\OrderCreated",),
        routing_key="",
        exchange="messages",
        properties={
            "content_type": "application/json",
            "headers": {"type": "App\\Message\\OrderCreated", "X-Message-Stamp-Bus": "[]"},
        },
    ),
    Publisher(
        "NestJS",
        BODY,
        ("order.created",),
        body={"pattern": "order.created", "data": ORDER},
        exchange="",
        routing_key="smsherald",
    ),
    Publisher(
        "NestJS with a pattern that is an object",
        BODY,
        ('{"cmd":"größe","n":1}',),
        body={"pattern": {"cmd": "größe", "n": 1}, "data": ORDER},
        exchange="",
        routing_key="smsherald",
    ),
    Publisher(
        "Celery",
        ("header", UUID),
        ("shop.tasks.order_created",),
        body=[[], ORDER, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}],
        exchange="",
        routing_key="celery",
        properties={
            "content_encoding": "binary",
            "correlation_id": UUID,
            "headers": {"lang": "py", "task": "shop.tasks.order_created", "id": UUID, "eta": None},
        },
    ),
    Publisher(
        "Spree 5",
        ("setting", "body id", UUID),
        body={"id": UUID, "name": "order.completed", "created_at": THEN, "data": ORDER},
        setting=("body id",),
    ),
    Publisher(
        "Stripe",
        ("setting", "body id", "evt_1"),
        body={"id": "evt_1", "type": "charge.succeeded", "created": SECOND, "data": {}},
        setting=("header X-Nobody", "body id"),
    ),
    Publisher("Stripe without the setting", BODY, body={"id": "evt_1", "type": "charge"}),
    Publisher(
        "Shopify, by a bridge",
        ("setting", "header X-Shopify-Webhook-Id", "b-1"),
        ("orders/create",),
        properties={"headers": {"X-Shopify-Webhook-Id": "b-1", "X-Shopify-Topic": "orders/create"}},
        setting=("header X-Shopify-Webhook-Id",),
    ),
    Publisher(
        "Shopify, by a bridge that writes names in small letters",
        BODY,
        ("orders/create",),
        properties={"headers": {"x-shopify-topic": "orders/create"}},
    ),
    Publisher(
        "WooCommerce, by a bridge",
        ("setting", "header X-WC-Webhook-Delivery-ID", "12"),
        ("order.updated",),
        properties={
            "headers": {"X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Delivery-ID": 12}
        },
        setting=("header X-WC-Webhook-Delivery-ID",),
    ),
    Publisher(
        "Saleor",
        ("setting", "body [0].order.id", "T3JkZXI6MQ=="),
        body=[{"order": {"id": "T3JkZXI6MQ==", "number": "7"}}],
        setting=("body [0].order.id",),
    ),
    Publisher("Saleor without the setting", BODY, body=[{"number": "7"}]),
    Publisher(
        "one that says who it is",
        ("amqp", "shop", "m-1"),
        ("order.created",),
        source="shop",
        properties={"app_id": "shop", "message_id": "m-1", "type": "order.created"},
    ),
]


@pytest.mark.parametrize("publisher", PUBLISHERS, ids=lambda publisher: publisher.name)
def test_what_a_publisher_sends_is_read(publisher: Publisher) -> None:
    event = read(
        delivery(
            publisher.body,
            exchange=publisher.exchange,
            routing_key=publisher.routing_key,
            **publisher.properties,
        ),
        *publisher.setting,
    )

    if publisher.identity is BODY:
        assert event.identity[0] == "body"
    else:
        assert event.identity == publisher.identity
    assert event.names == publisher.names
    assert event.source == publisher.source
    assert (event.time if event.happened is None else event.happened) == publisher.happened


class TestNames:
    """They are many, and bounded."""

    def test_they_come_the_surest_first_and_each_once(self) -> None:
        headers = {
            **{f"ce-{name}": it for name, it in CLOUDEVENT.items()},
            "task": "d",
            "__TypeId__": "c",
            "type": "b",
            "X-Shopify-Topic": "b",
        }
        body = {"pattern": "f", "messageType": ["e", "d"]}

        names = read(delivery(body, type="a", headers=headers)).names

        assert names == ("com.shop.order.created", "a", "b", "c", "d", "e", "f")

    def test_a_cloudevent_that_says_too_little_to_be_named_has_a_kind(self) -> None:
        event = read(delivery({"specversion": "1.0", "type": "order.created"}))

        assert (event.identity[0], event.names) == ("body", ("order.created",))

    @pytest.mark.parametrize(
        "bad",
        [None, "", 1.5, True, [], {}, "a\nb", "a\0", "\u200b", (LONGEST + 1) * "a", LONGEST * "ä"],
    )
    def test_what_is_no_name_is_left_out(self, bad: object) -> None:
        body = {"messageType": [bad, "order"], "pattern": bad}

        assert read(delivery(body, type=bad, headers={"task": bad})).names == ("order",)

    def test_half_a_surrogate_pair_is_none(self) -> None:
        assert read(delivery({}, type="\ud800")).names == ()

    def test_amqp_may_have_bytes_for_texts(self) -> None:
        assert read(delivery({}, headers={"task": b"order", "type": 7})).names == ("7", "order")

    def test_they_are_so_many_at_most(self) -> None:
        enclosed = ";".join(f"Shop.Order{number}, Shop" for number in range(500))
        event = read(delivery({}, headers={"NServiceBus.EnclosedMessageTypes": enclosed}))

        assert len(event.names) == MOST
        assert event.names[:2] == ("Shop.Order0", "Shop.Order0, Shop")

    @pytest.mark.parametrize(
        "body",
        [
            {"messageType": "urn"},
            {"messageType": {}},
            {"pattern": ["a"]},
            {"pattern": {"a": {}}},
            {"pattern": dict.fromkeys("abcdefghi", 1)},
            ["pattern"],
        ],
    )
    def test_another_publishers_words_are_none(self, body: Any) -> None:
        assert read(delivery(body)).names == ()


class TestCopies:
    """They are what they were, whatever is read in them by now."""

    def copy(self, **headers: Any) -> Delivery:
        ours = {"routing-key": "order.created", "exchange": "pubsub"} | headers
        named = {f"x-smsherald-{name}": value for name, value in ours.items()}
        return delivery(ORDER, exchange="", routing_key="smsherald", type="new", headers=named)

    def test_the_names_and_the_identity_are_those_that_it_had(self) -> None:
        copy = self.copy(identity='["setting", "body id", "7"]', types='["a", "b"]')

        event = read(copy, "property message_id")

        assert (event.identity, event.names) == (("setting", "body id", "7"), ("a", "b"))
        assert event.id == "7"

    def test_one_that_had_no_names_has_none(self) -> None:
        assert read(self.copy(identity='["body", "d"]')).names == ()

    def test_of_one_that_could_not_be_read_then_it_is_read_now(self) -> None:
        event = read(self.copy(types='["forged"]'))

        assert event.names == ("new",)

    @pytest.mark.parametrize("said", [7, "", "{}", '"a"', "[1]", '["a", 1]', "[" * 9000])
    def test_what_are_no_names_are_none(self, said: object) -> None:
        assert read(self.copy(identity='["body", "d"]', types=said)).names == ()

    def test_they_are_bounded(self) -> None:
        said = json.dumps(["", 300 * "a", *(str(number) for number in range(99))])

        names = read(self.copy(identity='["body", "d"]', types=said)).names

        assert names == tuple(map(str, range(MOST)))


class TestByBody:
    """The shop's exchange is the one that makes no difference."""

    def test_by_another_exchange_it_is_another_event(self) -> None:
        said = [read(delivery(ORDER, exchange=name)) for name in ("events", "a", "b", "")]

        assert len({event.identity for event in said}) == 4
        assert len({event.digest for event in said}) == 1
        assert said[0].identity == ("body", said[0].digest)

    def test_what_moves_from_exchange_to_key_is_not_lost(self) -> None:
        one = read(delivery(ORDER, exchange="a", routing_key="bc"))
        other = read(delivery(ORDER, exchange="ab", routing_key="c"))

        assert one.identity != other.identity

    def test_another_exchange_is_of_no_matter_where_something_names_the_event(self) -> None:
        one, other = (read(delivery(ORDER, exchange=it, message_id=UUID)) for it in ("a", "b"))

        assert one.identity == other.identity


class TestWhenItHappened:
    """A text may say it: a retry does not change it."""

    @pytest.mark.parametrize(
        ("said", "expected"),
        [
            pytest.param(THEN, SECOND, id="in UTC"),
            pytest.param("2023-11-14T22:56:40.123456789+01:00", SECOND + 0.123456, id="elsewhere"),
            pytest.param("2023-11-14T21:56:40", SECOND, id="without a zone: UTC"),
            pytest.param("1900-01-01T00:00:00Z", NOW - 60, id="before the epoch"),
            pytest.param("yesterday", NOW - 60, id="a word"),
            pytest.param(99 * "1", NOW - 60, id="a long one"),
            pytest.param(SECOND, NOW - 60, id="a number is no time of CloudEvents'"),
            pytest.param(None, NOW - 60, id="nothing"),
        ],
    )
    def test_cloudevents_time_else_the_timestamp(self, said: object, expected: float) -> None:
        event = read(delivery({**CLOUDEVENT, "time": said}, timestamp=int(NOW) - 60))

        assert event.time == NOW - 60
        assert (event.time if event.happened is None else event.happened) == expected

    @pytest.mark.parametrize(
        ("stamp", "expected"),
        [
            pytest.param(-3600, NOW - 3600, id="the publisher's own"),
            pytest.param(30, NOW - 60, id="a broker stamps copies anew"),
        ],
    )
    def test_of_what_comes_again_the_earliest_that_is_known(
        self, stamp: int, expected: float
    ) -> None:
        ours = {"x-smsherald-routing-key": "a", "x-smsherald-first-seen": NOW - 60}
        event = read(delivery({}, exchange="", headers=ours, timestamp=int(NOW) + stamp))

        assert event.time == NOW - 60
        assert (event.time if event.happened is None else event.happened) == expected


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=20)
    | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
SAID = st.sampled_from(
    [
        *("id", "source", "specversion", "type", "time", "task"),
        *("NServiceBus.EnclosedMessageTypes", "ce-id", "ce-source", "ce-time"),
        *("x-smsherald-types", "x-smsherald-identity", "x-smsherald-routing-key"),
        *("x-smsherald-exchange", "x-smsherald-first-seen"),
    ]
)
PROPERTIES = st.sampled_from(
    ["app_id", "message_id", "correlation_id", "type", "timestamp", "content_type"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            SAID | st.sampled_from(["parameters", "order", "messageType", "pattern", "a"]), inner
        )
    ),
    max_leaves=8,
)


@given(
    st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(SAID | st.text(max_size=9) | st.binary(max_size=5), VALUES, max_size=6),
    st.dictionaries(PROPERTIES, VALUES, max_size=4),
    st.sampled_from(["events", "", "pubsub"]),
    st.text(max_size=9),
)
def test_whatever_comes_is_an_event_or_unusable(
    body: bytes, headers: dict[Any, Any], properties: dict[str, Any], exchange: str, key: str
) -> None:
    delivered = Delivery(
        body, {"headers": headers, **properties}, exchange, key, redelivered=False, tag=1
    )
    try:
        event = read(delivered, "header id", "property correlation_id", "body a[0].id")
    except UnusableError:
        return

    assert event.id.isprintable()
    assert all(len(part) <= 500 for part in event.identity)
    assert len(event.names) <= MOST
    assert event.time > 0
    json.dumps([event.identity, event.names, event.source, event.happened], allow_nan=False)
