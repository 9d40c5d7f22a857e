"""What becomes of events, as the daemon's own rules have it, each at its own time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsherald.errors import UnusableError
from smsherald.events import Reading
from smsherald.events.schemas import find_schema
from smsherald.flows import Condition, Flow, FlowBook, Route, Template, Way
from smsherald.model import Delivery, Event
from smsherald.policy import Rules
from smsherald.rehearsal import Fate, Rehearsal, Script, Seen, as_read
from support.shop import MAX_BODY, NOW, ORDER, delivery, flow

DAY = 86_400.0


def rehearsal(*flows: Flow, deny: Sequence[str] = (), retention: float = 30 * DAY) -> Rehearsal:
    book = FlowBook(flows or [flow()])
    reading = Reading(book.exchange, MAX_BODY, ())
    return Rehearsal(Script(book, Rules((), deny), reading, "smsherald", retention))


def seen(on: Rehearsal, *deliveries: Delivery | tuple[Delivery, float]) -> list[Seen]:
    """Show them, each now or at its own time."""

    async def all_of_them() -> list[Seen]:
        found = []
        for each in deliveries:
            one, at = each if isinstance(each, tuple) else (each, NOW)
            found += await on.see(one, as_read(on.script.reading, one, at), at)
        return found

    return asyncio.run(all_of_them())


def ends(found: Sequence[Seen]) -> list[tuple[str | None, str, str | None]]:
    return [(fate.flow, fate.outcome, fate.reason) for each in found for fate in each.fates]


def named(message_id: str, body: Any = ORDER, **properties: Any) -> Delivery:
    return delivery(body, message_id=message_id, app_id="shop", **properties)


SENT, AGAIN = ("order-created", "sent", None), ("order-created", "duplicate", None)
CONFLICT = ("order-created", "parked", "identity_conflict")
EXPIRED = ("order-created", "skipped", "expired")
DENIED = ("order-created", "skipped", "denied")


class TestWhatIsRemembered:
    """Identity and `once`, for as long as the ledger remembers."""

    def test_the_same_event_is_texted_once_and_another_body_under_its_name_is_parked(self) -> None:
        other = named("1", ORDER | {"status": "paid"})
        found = seen(rehearsal(), named("1"), named("1"), other, named("2"), named("1"))
        assert ends(found) == [SENT, AGAIN, CONFLICT, SENT, AGAIN]

    def test_without_an_identity_the_body_is_one(self) -> None:
        found = seen(rehearsal(), delivery(ORDER), delivery(ORDER), delivery(ORDER | {"a": 1}))
        assert ends(found) == [SENT, AGAIN, SENT]

    def test_once_counts_across_events_unless_nothing_came_of_it(self) -> None:
        on = rehearsal(flow(once=Template("{{ order.number }}"), max_age=60.0))
        late = named("1", timestamp=int(NOW - 120))
        assert ends(seen(on, late, named("2"), named("3"), late)) == [EXPIRED, SENT, AGAIN, AGAIN]

    def test_a_refusal_stays_one_for_the_event_itself(self) -> None:
        found = seen(rehearsal(deny=["+1"]), named("1"), named("1"))
        assert ends(found) == [DENIED, ("order-created", "duplicate", "denied")]

    def test_what_is_older_than_the_retention_is_forgotten(self) -> None:
        on = rehearsal(retention=DAY)
        times = (0.0, 0.9 * DAY, 1.1 * DAY, 1.2 * DAY)
        found = seen(on, *((named("1"), NOW + after) for after in times))
        assert ends(found) == [SENT, AGAIN, SENT, AGAIN]
        seen(on, *((named(str(n)), NOW + n * DAY / 10) for n in range(20, 60)))
        assert on.remembered == 11

    def test_two_equal_texts_of_one_event_both_go_out(self) -> None:
        found = seen(rehearsal(flow(id="a"), flow(id="b")), named("1"))
        assert ends(found) == [("a", "sent", None), ("b", "sent", None)]
        assert found[0].fates[0].asked == found[0].fates[1].asked


class TestItsOwnTime:
    """The time is the event's, never that of the run."""

    def test_an_event_expires_by_its_own_clock(self) -> None:
        on = rehearsal(flow(max_age=60.0))
        events = [named(f"{after}", timestamp=int(NOW)) for after in (0, 59, 61)]
        times = zip(events, (NOW, NOW + 59, NOW + 61), strict=True)
        assert ends(seen(on, *times)) == [SENT, SENT, EXPIRED]

    def test_templates_see_it(self) -> None:
        on = rehearsal(flow(messages={"en": Template("{{ event.time }}")}))
        (found,) = seen(on, (named("1"), NOW + 7))
        assert [fate.asked and fate.asked.text for fate in found.fates] == [f"{NOW + 7:.0f}"]


class TestWhoseItIs:
    """What no flow wants, and what was handed on between exchanges."""

    @pytest.mark.parametrize(
        ("published", "outcome", "subscribed"),
        [
            (delivery(ORDER, routing_key="other"), "ignored", False),
            (delivery(ORDER | {"status": "cart"}), "ignored", True),
            (delivery(ORDER, exchange="handed.on"), "handled", True),
            (delivery(ORDER, exchange="handed.on", routing_key="other"), "ignored", False),
            (delivery(b"{"), "parked", False),
            (delivery(b"[]"), "ignored", True),
        ],
    )
    def test_how_it_ends(self, published: Delivery, outcome: str, subscribed: bool) -> None:  # noqa: FBT001 - a column.
        unless = Condition('event.body.status is defined and event.body.status != "cart"')
        (found,) = seen(rehearsal(flow(when=unless)), published)
        assert (found.outcome, found.subscribed) == (outcome, subscribed)

    def test_what_two_exchanges_may_have_handed_on_is_parked(self) -> None:
        routes = (Route(key="order.created"), Route(exchange="shop", key="order.created"))
        found = seen(rehearsal(flow(subscribe=routes)), delivery(ORDER, exchange="handed.on"))
        assert ends(found) == [(None, "parked", "invalid_value")]

    def test_a_defect_of_ours_is_parked_by_its_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        on = rehearsal()

        def breaks(*_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(Rules, "refuse", breaks)
        assert ends(seen(on, named("1"))) == [(None, "parked", "poison")]


PUBLISHES = flow(id="publishes", publish="sms.requested", messages={"en": Template("Hi")})
SMS = flow(
    id="sms",
    subscribe=["sms.requested"],
    schema=find_schema("sms"),
    to=(Way.of(Template("{{ sms.phone }}"), frozenset({"sms"})),),
    messages={"en": Template("{{ sms.message }}")},
)


class TestWhatFlowsPublish:
    """It comes back where a flow subscribes to it."""

    def test_without_a_taker_it_is_published(self) -> None:
        (found,) = seen(rehearsal(PUBLISHES), named("1"))
        assert ends([found]) == [("publishes", "published", None)]
        assert [fate.asked and (fate.asked.to, fate.asked.text) for fate in found.fates] == [
            ("+15558675309", "Hi")
        ]

    def test_with_one_it_is_an_event_of_its_own_and_once_is_once(self) -> None:
        on = rehearsal(PUBLISHES, SMS)
        found = seen(on, named("1"), named("1"), named("2"))
        assert [each.published for each in found] == [False, True] * 3
        assert ends(found) == [
            ("sms", "sent", None),
            ("sms", "duplicate", None),
            ("sms", "sent", None),
        ]


_bodies = st.sampled_from([ORDER, ORDER | {"status": "x"}, {"number": "R1"}, [], b"{", b"null"])


@given(st.lists(st.tuples(_bodies, st.sampled_from(["1", "2", None]), st.floats(0, 3 * DAY))))
def test_nobody_is_texted_twice_within_the_retention(
    events: list[tuple[Any, str | None, float]],
) -> None:
    on = rehearsal(retention=30 * DAY)
    ids: list[dict[str, Any]] = [
        {} if name is None else {"message_id": name, "app_id": "shop"} for _, name, _ in events
    ]
    deliveries = [
        (delivery(body, **more), NOW + after)
        for (body, _, after), more in zip(events, ids, strict=True)
    ]
    found = seen(on, *deliveries)
    keys = [fate.key for each in found for fate in each.fates if fate.outcome == "sent"]
    assert len(found) == len(events)
    assert len(keys) == len(set(keys)) == on.remembered


def test_equal_readings_read_alike() -> None:
    one, other = (Reading("events", MAX_BODY, ()) for _ in range(2))
    read = one.of(delivery(ORDER), NOW)
    assert one == other != Reading("events", 3, ())
    assert isinstance(read, Event)
    assert read == other.of(delivery(ORDER), NOW)
    assert isinstance(as_read(Reading("events", 3, ()), delivery(ORDER), NOW), UnusableError)


def test_a_fate_has_no_text_where_none_was_made() -> None:
    (found,) = seen(rehearsal(), delivery({"number": "R1"}))
    assert found.fates == [Fate("order-created", "parked", "missing_value", found.fates[0].detail)]
