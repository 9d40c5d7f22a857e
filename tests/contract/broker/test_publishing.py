"""What we publish: the broker's word on it, and who gets it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from smsherald.events import decode
from smsherald.model import EventOutcome, Settlement
from smsherald.settle.notifications import Notifications
from smsherald.settle.observer import Observer
from smsherald.settle.port import Confirm, Message, Session
from smsherald.settle.publications import Publications
from smsherald.settle.publisher import Publisher
from support.broker import message, word
from support.examples import SMS_EVENT
from support.scenes import QUIET, Scene
from support.waiting import PATIENCE

PROPERTIES: dict[str, Any] = {
    "content_type": "application/cloudevents+json; charset=utf-8",
    "delivery_mode": 2,
    "correlation_id": "request:5519811a43454e16463a0100",
    "message_id": "1",
    "timestamp": 1_750_000_000,
    "type": "sms.sent",
    "app_id": "smsherald",
    "headers": {"text": "漢字", "number": 3, "list": [1, {"yes": True}]},
}


async def published(
    session: Session,
    routing_key: str,
    it: Message | None = None,
    *,
    exchange: str = "smsherald",
    mandatory: bool = True,
) -> Confirm:
    """Publish a notification, unless another exchange is named; return the broker's word."""
    return await word(
        lambda then: session.publish(
            it or message(), exchange, routing_key, mandatory=mandatory, then=then
        )
    )


class TestWord:
    """Every publish gets the broker's word, exactly once, and never inside the call."""

    async def test_it_says_whether_anybody_wanted_what_is_mandatory(self, scene: Scene) -> None:
        async with scene.consuming() as it:
            heard = await scene.listen("sms.#")
            words = {
                (exchange, routing_key): [
                    await published(it.session, routing_key, exchange=exchange, mandatory=mandatory)
                    for mandatory in (True, False)
                ]
                for exchange, routing_key in (
                    ("smsherald", "sms.sent"),
                    ("smsherald", "other"),
                    ("events", "order.created"),
                    ("events", "other"),
                    ("", "smsherald"),
                    ("", "no-such-queue"),
                )
            }
            await it.until_deliveries(4)

        wanted = [Confirm.CONFIRMED, Confirm.CONFIRMED]
        unwanted = [Confirm.RETURNED, Confirm.CONFIRMED]
        assert list(words.values()) == [wanted, unwanted] * 3
        assert len(await heard()) == 2

    async def test_of_many_that_are_alike_each_gets_its_own(self, scene: Scene) -> None:
        async with scene.consuming() as it:
            await scene.listen("sms.#")
            words = await asyncio.gather(
                *(
                    published(it.session, routing_key, mandatory=mandatory)
                    for routing_key, mandatory in (
                        [("other", True), ("sms.sent", True), ("other", False)] * 20
                    )
                )
            )

        assert words == [Confirm.RETURNED, Confirm.CONFIRMED, Confirm.CONFIRMED] * 20

    async def test_of_a_thousand_in_flight_each_is_told_once(self, scene: Scene) -> None:
        async with scene.consuming() as it:
            heard = await scene.listen("sms.#")
            told: Counter[tuple[int, Confirm]] = Counter()
            for number in range(1000):
                it.session.publish(
                    message(b"%d" % number),
                    "smsherald",
                    "sms.sent",
                    mandatory=True,
                    then=lambda said, number=number: told.update([(number, said)]),  # type: ignore[misc]
                )
            await it.until(lambda: len(told) == 1000)
            await asyncio.sleep(QUIET)

        assert told == {(number, Confirm.CONFIRMED): 1 for number in range(1000)}
        assert [int(it.body) for it in await heard()] == list(range(1000))

    async def test_it_is_not_told_inside_the_call(self, scene: Scene) -> None:
        async with scene.consuming() as it:
            session, words = it.session, list[Confirm]()
            publish = partial(session.publish, message(), "smsherald", "other", then=words.append)
            publish(mandatory=False)
            publish(mandatory=True)
            session.park(message(), then=words.append)
            session.retry(message(), 0, then=words.append)
            inside = len(words)
            await it.until(lambda: len(words) == 4)

        assert inside == 0
        assert Counter(words) == {Confirm.CONFIRMED: 3, Confirm.RETURNED: 1}

    async def test_who_is_told_may_publish_and_ack(self, scene: Scene) -> None:
        async with scene.consuming(acks=False) as it:
            heard = await scene.listen("#")
            await published(it.session, "order.created", exchange="events")
            await it.until_deliveries(1)
            session = it.session

            def then(said: Confirm) -> None:
                assert said is Confirm.CONFIRMED
                session.publish(
                    message(b"2"), "smsherald", "sms.sent", mandatory=True, then=then_ack
                )

            def then_ack(said: Confirm) -> None:
                assert said is Confirm.CONFIRMED
                session.ack(it.deliveries[0].tag)

            session.publish(message(b"1"), "smsherald", "sms.sent", mandatory=True, then=then)
            await scene.until_idle()

        assert [it.body for it in await heard()] == [b"1", b"2"]

    async def test_an_exchange_that_does_not_stand_ends_the_session(self, scene: Scene) -> None:
        async with scene.consuming() as it:
            first = it.session
            lost = await published(first, "sms.sent", exchange="no-such", mandatory=False)
            ended = not first.alive
            await it.until_another_session(first)
            confirmed = await published(it.session, "sms.sent", mandatory=False)

        assert (lost, ended, confirmed) == (Confirm.LOST, True, Confirm.CONFIRMED)


class Unheard:
    """Nobody is told of anything."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


class TestSmsEvents:
    """What a flow publishes in place of an SMS comes to us as an event, once a key wants it."""

    async def test_what_no_queue_takes_is_known_and_what_one_takes_comes_with_its_identity(
        self, scene: Scene
    ) -> None:
        notifications = Notifications("smsherald", "")
        settlement = Settlement(EventOutcome.HANDLED, published=(SMS_EVENT,))
        events = Publications(notifications, (5.0,), "ours", "smsherald").of_sms_events(settlement)
        publisher = Publisher(
            "smsherald", "events", str, mandatory=False, observer=cast("Observer", Unheard())
        )
        async with scene.consuming() as it:
            unwanted = await publisher.publish(it.session, events)
            scene.want("order.created", "sms.requested")
            async with asyncio.timeout(PATIENCE):
                while await publisher.publish(it.session, events):  # noqa: ASYNC110 - it is asked, not told
                    await asyncio.sleep(0.05)
            again = await publisher.publish(it.session, events)
            await it.until_deliveries(2)
        first, second = (
            decode(delivery, now=SMS_EVENT.event.time + 60, max_body=1000)
            for delivery in it.deliveries
        )

        assert (unwanted, again) == (events, [])
        assert first == second
        assert first.identity[:2] == ("amqp", "smsherald/smsherald")
        assert first.body == SMS_EVENT.body
        assert first.time == SMS_EVENT.event.time


class TestNotifications:
    """Who is bound to their exchange gets them as they were published, and in order."""

    async def test_a_listener_gets_what_its_pattern_matches(self, scene: Scene) -> None:
        keys = ["sms.sent", "sms.failed", "sms", "event.parked", "sms.sent.late", "order.created"]
        wanted = {
            "sms.*": ["sms.sent", "sms.failed"],
            "sms.#": ["sms.sent", "sms.failed", "sms", "sms.sent.late"],
            "*.sent": ["sms.sent"],
            "#.sent.#": ["sms.sent", "sms.sent.late"],
            "sms": ["sms"],
            "*": ["sms"],
            "#": keys,
        }
        async with scene.consuming() as it:
            listeners = {pattern: await scene.listen(pattern) for pattern in wanted}
            words = [await published(it.session, key) for key in keys]

        assert words == [Confirm.CONFIRMED] * len(keys)
        assert {
            pattern: [it.routing_key for it in await heard()]
            for pattern, heard in listeners.items()
        } == wanted
        assert not it.deliveries

    async def test_body_and_properties_arrive_as_they_were(self, scene: Scene) -> None:
        bodies = [b"", b"\xff\x00\xce", '{"text": "漢字"}'.encode(), 200_000 * b"\xce"]
        properties = {**PROPERTIES, "reply_to": None}
        async with scene.consuming() as it:
            heard = await scene.listen("#")
            for body in bodies:
                await published(it.session, "sms.sent", Message(body, properties))

        assert [(it.body, it.properties) for it in await heard()] == [
            (body, PROPERTIES) for body in bodies
        ]

    async def test_properties_that_are_too_large_cost_no_session_and_none_of_the_bare_ones(
        self, scene: Scene
    ) -> None:
        bare = {"message_id": "1", "headers": {"ours": 1}}
        large = {"message_id": "1", "headers": {"ours": 1, "theirs": 300_000 * "x"}}
        async with scene.consuming() as it:
            heard = await scene.listen("#")
            said = await published(it.session, "sms.sent", Message(b"1", large, bare))
            assert it.session.alive

        (only,) = await heard()
        assert (said, only.body) == (Confirm.CONFIRMED, b"1")
        assert (only.properties["message_id"], only.properties["headers"]["ours"]) == ("1", 1)
