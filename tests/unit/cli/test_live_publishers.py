"""What `check --live` says of what publishers set."""

from __future__ import annotations

from typing import Any

import pytest

from smsherald.cli.flows.live.finding import Mark
from smsherald.cli.flows.live.publishers import MOST_KEYS, Heard
from smsherald.events import as_chosen, decode
from smsherald.flows import FlowBook
from smsherald.model import Delivery, Event
from support.shop import flow

UUID = "0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f"


def delivery(body: bytes = b"{}", key: str = "order.created", **properties: Any) -> Delivery:
    return Delivery(body, {"headers": {}} | properties, "events", key, redelivered=False, tag=1)


def read(delivered: Delivery, now: float) -> Event:
    chosen = (as_chosen("header X-Event-Id"),)
    return decode(delivered, now=now, max_body=1000, exchange="events", chosen=chosen)


def flows(*keys: str) -> FlowBook:
    return FlowBook([flow(subscribe=keys)])


def said(*deliveries: Delivery) -> list[tuple[Mark, str, str, str]]:
    heard = Heard(read, flows("order.*", "k.#"))
    for each in deliveries:
        heard.take(each, 0.0)
    return [(each.mark, each.subject, each.found, each.todo) for each in heard.findings(10)]


@pytest.mark.parametrize(
    ("one", "mark", "words", "todo"),
    [
        (delivery(message_id=UUID), Mark.OK, "1 event, told apart by message_id", ""),
        (delivery(message_id="7", app_id="shop"), Mark.OK, "app_id and message_id", ""),
        (
            delivery(b'{"specversion": "1.0", "source": "/shop", "id": "7"}'),
            Mark.OK,
            "CloudEvents source and id",
            "",
        ),
        (
            delivery(headers={"X-Event-Id": "7"}),
            Mark.OK,
            "1 event, told apart by the setting identity",
            "",
        ),
        (delivery(), Mark.WARNING, "two with the same body are one event", "message_id to a UUID"),
        (delivery(message_id="7"), Mark.WARNING, "without an identity", "set app_id beside"),
        (delivery(b"no"), Mark.WARNING, "events that are parked: 1 not_json", "explain"),
        (delivery(b"x" * 1001), Mark.WARNING, "1 too_large", "explain"),
    ],
)
def test_a_line_says_what_tells_the_events_of_a_key_apart(
    one: Delivery, mark: Mark, words: str, todo: str
) -> None:
    ((found_mark, subject, found, found_todo),) = said(one)

    assert (found_mark, subject) == (mark, "order.created")
    assert words in found
    assert todo in found_todo


def test_what_a_daemon_has_read_is_said_in_the_same_words() -> None:
    heard = Heard(read, flows("order.*"))
    heard.told({"order.created": {"message": 3}, "order.paid": {"body": 2}})

    assert heard.count == 5
    assert [(each.mark, each.subject) for each in heard.findings(10)] == [
        (Mark.OK, "order.created"),
        (Mark.WARNING, "order.paid"),
    ]


def test_a_key_with_several_publishers_has_a_line_for_each_kind() -> None:
    found = said(
        delivery(message_id=UUID),
        delivery(b'{"number": 1}'),
        delivery(b'{"number": 2}'),
        delivery(key="order.paid"),
    )

    assert [(mark, subject) for mark, subject, *_ in found] == [
        (Mark.WARNING, "order.created"),
        (Mark.OK, "order.created"),
        (Mark.WARNING, "order.paid"),
    ]
    assert found[0][2].startswith("2 events ")


def test_an_event_that_comes_again_is_one_event() -> None:
    first, again = delivery(message_id=UUID), delivery(message_id=UUID)
    ((_, _, found, _),) = said(first, again)

    assert found.startswith("1 event,")


def test_without_events_nobody_can_say() -> None:
    ((mark, _, found, _),) = said()

    assert mark is Mark.UNSEEN
    assert "in 10 s" in found


def test_very_many_keys_are_counted() -> None:
    found = said(*(delivery(key=f"k.{number:03}") for number in range(MOST_KEYS + 5)))

    assert len(found) == MOST_KEYS + 1
    assert found[-1][2] == "5 more routing keys were heard"


def test_a_key_that_no_flow_wants_is_compared_with_those_by_which_nothing_came() -> None:
    heard = Heard(read, flows("booking.confirmd", "booking.moved", "order.*"))
    for key in ("booking.confirmed", "booking.move", "booking.moved", "invoice.sent", "order.a"):
        heard.take(delivery(key=key, message_id=UUID), 0.0)
    found = {each.subject: each for each in heard.findings(10)}

    assert {subject: each.mark for subject, each in found.items()} == {
        "booking.confirmed": Mark.WARNING,
        "booking.move": Mark.OK,
        "booking.moved": Mark.OK,
        "invoice.sent": Mark.OK,
        "order.a": Mark.OK,
    }
    assert found["booking.confirmed"].found == (
        "1 event that no flow wants, and none came by booking.confirmd, which a flow subscribes to"
    )
    assert found["booking.confirmed"].todo == "did you mean `subscribe: booking.confirmed`?"
    assert found["booking.move"].found == "1 event that no flow wants: ignored"
