"""What is in the parked queue: which event a message is, who is meant, and how it comes again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from smsherald.errors import Reason
from smsherald.events import decode, headers
from smsherald.model import Defect, Delivery, EventOutcome, ParkedEntry, Settlement
from smsherald.settle.copies import ParkedCopy
from smsherald.settle.notifications import Notifications
from smsherald.settle.parked import ParkedMessage, Wanted, read
from smsherald.settle.publications import Publications

NOW = 1_700_000_000.0
LATER = NOW + 86_400.0
BODY = json.dumps({"order": {"number": "R1"}}).encode()
PUBLICATIONS = Publications(Notifications("smsherald", ""), (5.0, 60.0), "ledger-1", "smsherald")
DEFECT = Defect("order-created", Reason.MISSING_VALUE, "to: phone is missing", "R1")


def came(
    exchange: str = "events", routing_key: str = "order.created", **properties: Any
) -> Delivery:
    return Delivery(
        BODY, {"headers": {}, **properties}, exchange, routing_key, redelivered=False, tag=1
    )


def parked(delivery: Delivery, defect: Defect = DEFECT, *, readable: bool = True) -> ParkedMessage:
    """Park a delivery as the daemon does, and read it from the queue."""
    event = decode(delivery, now=NOW, max_body=1_000) if readable else None
    settlement = Settlement(EventOutcome.PARKED, defects=(defect,))
    copy = PUBLICATIONS.about(delivery, event, settlement, NOW)[0]
    assert isinstance(copy, ParkedCopy)
    return read(_from_queue(dict(copy.message.properties)), LATER)


def _from_queue(properties: dict[str, Any]) -> Delivery:
    return Delivery(BODY, properties, "", "smsherald.parked", redelivered=False, tag=9)


class TestRead:
    """A message says what it was, why it is there, and since when."""

    def test_what_we_parked(self) -> None:
        delivery = came(message_id="m-1", app_id="shop")
        entry = parked(delivery).entry

        assert (entry.event_id, entry.routing_key, entry.flow) == (
            "shop/m-1",
            "order.created",
            "order-created",
        )
        assert (entry.reason, entry.detail) == ("missing_value", "to: phone is missing")
        assert (entry.reference, entry.at) == ("R1", NOW)

    def test_what_could_not_be_read(self) -> None:
        entry = parked(
            came(message_id="m-1"), Defect(None, Reason.NOT_JSON, "no"), readable=False
        ).entry

        assert (entry.event_id, entry.routing_key, entry.flow) == ("m-1", "order.created", None)

    def test_what_the_broker_parked_by_itself(self) -> None:
        death = {
            "reason": "delivery_limit",
            "exchange": "events",
            "routing-keys": ["order.created"],
            "time": datetime.fromtimestamp(NOW, UTC),
        }
        message = read(_from_queue({"headers": {"x-death": [death]}}), LATER)

        assert (message.entry.reason, message.entry.routing_key) == (
            "delivery_limit",
            "order.created",
        )
        assert message.entry.at == NOW

    @pytest.mark.parametrize(
        "received",
        [
            {},
            {"x-death": []},
            {"x-death": [7]},
            {"x-death": [{"routing-keys": [], "time": "now"}]},
            {headers.REASON: 7, headers.PARKED_AT: "yesterday"},
            {headers.PARKED_AT: b"\xff"},
            {headers.PARKED_AT: "0001-01-01T00:00:00+14:00"},
            {headers.PARKED_AT: [[[]]]},
        ],
    )
    def test_whatever_else_is_in_it(self, received: dict[str, Any]) -> None:
        message = read(_from_queue({"headers": received}), LATER)

        assert (message.entry.reason, message.entry.at) == ("broker", None)
        assert message.again(LATER) is None

    def test_two_facts_have_two_ids_and_one_has_one(self) -> None:
        other = Defect("another", Reason.MISSING_VALUE, "to")
        ids = [parked(came(), defect).entry.id for defect in (DEFECT, DEFECT, other)]

        assert ids[0] == ids[1] != ids[2]


class TestAgain:
    """It comes as the event that it was, as old as now, with all its attempts."""

    def again(self, message: ParkedMessage, flow: str | None = None) -> Delivery:
        copy = message.again(LATER, flow)
        assert copy is not None
        return Delivery(copy.body, copy.properties, "", "smsherald", redelivered=False, tag=2)

    def test_it_is_the_same_event(self) -> None:
        delivery = came(message_id="m-1", app_id="shop", headers={"tenant": "a"})
        before = decode(delivery, now=NOW, max_body=1_000)
        after = decode(self.again(parked(delivery)), now=LATER, max_body=1_000)

        assert (after.identity, after.digest, after.body) == (
            before.identity,
            before.digest,
            before.body,
        )
        assert (after.exchange, after.routing_key, after.headers) == (
            "events",
            "order.created",
            {"tenant": "a"},
        )
        assert (after.time, after.attempt, after.only_flow) == (LATER, 0, "order-created")

    def test_what_it_was_parked_for_is_forgotten(self) -> None:
        written = self.again(parked(came())).properties["headers"]

        assert not written.keys() & {
            headers.REASON,
            headers.DETAIL,
            headers.PARKED_AT,
        }

    def parked_again(self, delivery: Delivery, flow: str = "order-created") -> ParkedMessage:
        """Park what came again, for another reason."""
        event = decode(delivery, now=LATER, max_body=1_000)
        defect = Defect(flow, Reason.POISON, "x")
        settlement = Settlement(EventOutcome.PARKED, defects=(defect,))
        copy = PUBLICATIONS.about(delivery, event, settlement, LATER)[0]
        assert isinstance(copy, ParkedCopy)
        return read(_from_queue(dict(copy.message.properties)), LATER + 60)

    def test_parked_once_more_it_has_the_id_that_it_had(self) -> None:
        once = parked(came())
        twice = self.parked_again(self.again(once))
        thrice = self.parked_again(self.again(twice))

        assert once.entry.id == twice.entry.id == thrice.entry.id
        assert [it.entry.reason for it in (once, twice)] == ["missing_value", "poison"]
        assert once.entry.stay != twice.entry.stay
        assert self.parked_again(self.again(once, "f"), "f").entry.id != once.entry.id

    def test_what_the_broker_had_parked_keeps_its_id_too(self) -> None:
        death = {
            "exchange": "events",
            "routing-keys": ["order.created"],
            "time": datetime.fromtimestamp(NOW, UTC),
        }
        properties = {"headers": {"x-death": [death]}, "message_id": "m-1"}
        once = read(_from_queue(properties), LATER)

        assert once.entry.at == NOW
        assert once.first_parked == decode(self.again(once), now=LATER, max_body=1_000).first_parked

    def test_when_it_was_parked_first_and_its_reference_stay(self) -> None:
        once = self.again(parked(came()))
        event = decode(once, now=LATER, max_body=1_000)
        twice = self.parked_again(once, "f")

        assert (event.first_parked, event.reference) == (NOW, "R1")
        assert (twice.first_parked, twice.entry.at) == (NOW, LATER)
        assert twice.entry.reference == "R1"
        assert twice.fact() == parked(came()).fact("f")

    def test_for_another_flow(self) -> None:
        again = self.again(parked(came()), "order-new")

        assert decode(again, now=LATER, max_body=1_000).only_flow == "order-new"

    def test_what_the_broker_parked_has_the_key_of_its_death(self) -> None:
        death = {"exchange": "shop", "routing-keys": ["order.paid"]}
        message = read(_from_queue({"headers": {"x-death": [death]}, "message_id": "m"}), LATER)
        event = decode(self.again(message), now=LATER, max_body=1_000)

        assert (event.exchange, event.routing_key, event.only_flow) == ("shop", "order.paid", None)
        assert "x-death" not in self.again(message).properties["headers"]


ENTRY = ParkedEntry(
    id="abcdef",
    event_id="e",
    routing_key="order.created",
    flow="f",
    reason="missing_value",
    detail="",
    reference="R1",
    at=NOW,
)


class TestWanted:
    """All that is said must hold."""

    @pytest.mark.parametrize(
        ("wanted", "holds"),
        [
            (Wanted(), True),
            (Wanted(ids=("abc",)), True),
            (Wanted(ids=("b", "abc")), True),
            (Wanted(ids=("b",)), False),
            (Wanted(reason="missing_value", flow="f", reference="R1", event_id="e"), True),
            (Wanted(reason="not_json"), False),
            (Wanted(flow="g"), False),
            (Wanted(reference="R"), False),
            (Wanted(event_id="d"), False),
            (Wanted(older=59.0), True),
            (Wanted(older=61.0), False),
            (Wanted(newer=61.0), True),
            (Wanted(newer=59.0), False),
        ],
    )
    def test_it_is_meant(self, wanted: Wanted, *, holds: bool) -> None:
        assert wanted.holds(ENTRY, NOW + 60) is holds

    def test_only_the_empty_one_says_nothing(self) -> None:
        assert Wanted().says_nothing
        assert not Wanted(newer=1.0).says_nothing
