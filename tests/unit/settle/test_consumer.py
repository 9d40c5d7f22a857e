"""The consumer settles each delivery once, and only when all about it is confirmed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

import pytest
import structlog

from smsherald.errors import Reason, UnusableError
from smsherald.flows import FlowBook, Route
from smsherald.model import (
    Defect,
    Deferred,
    Delivery,
    Event,
    EventOutcome,
    ParkedEntry,
    Sent,
    Settlement,
    Told,
)
from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics
from smsherald.observe.recent import Recent
from smsherald.observe.settle_observer import SettleObserver
from smsherald.settle.consumer import Consumer
from smsherald.settle.elsewhere import Elsewhere
from smsherald.settle.escaped import MOST, Escaped
from smsherald.settle.notifications import Notifications
from smsherald.settle.other_ledger import OtherLedger
from smsherald.settle.port import Confirm, Message, Then
from smsherald.settle.publications import Publications
from smsherald.settle.publisher import Publisher
from smsherald.testing import SetClock, an_event, an_sms
from support.examples import SMS_EVENT, an_sms_event
from support.shop import flow

SMS = an_sms()
SENT = Settlement(EventOutcome.HANDLED, ((SMS, Sent(SMS.asked, "SM" + 32 * "0", "queued", 1.0)),))
DELIVERY = Delivery(b"{}", {"headers": {}}, "events", "order.created", redelivered=False, tag=7)


@dataclass
class Session:
    """Notes what is asked of it, and gives the words it was told to give."""

    done: list[str]
    words: list[Confirm] = field(default_factory=list)
    steady = True
    trouble = None
    alive: bool = True
    copies: list[Message] = field(default_factory=list)
    ways: list[tuple[str, bool]] = field(default_factory=list)
    """Exchange of what was published, and whether it was mandatory."""

    def publish(
        self, message: Message, exchange: str, routing_key: str, *, mandatory: bool, then: Then
    ) -> None:
        del message
        self.ways.append((exchange, mandatory))
        self._say(routing_key, then)

    def retry(self, message: Message, tier: int, *, then: Then) -> None:
        self.copies.append(message)
        self._say(f"retry {tier}", then)

    def park(self, message: Message, *, then: Then) -> None:
        self.copies.append(message)
        self._say("park", then)

    def fail(self, why: str) -> None:
        self.done.append(why)

    def ack(self, tag: int) -> None:
        self.done.append(f"ack {tag}")

    def _say(self, what: str, then: Then) -> None:
        word = self.words.pop(0) if self.words else Confirm.CONFIRMED
        self.done.append(f"{what} {word.value}")
        asyncio.get_running_loop().call_soon(then, word)


@dataclass
class Memory:
    """The ledger's part in it; fails `fails` times."""

    done: list[str]
    fails: int = 0

    async def told(self, told: Collection[Told]) -> None:
        assert [each.key for each in told] == [SMS.key]
        if self.fails:
            self.fails -= 1
            raise RuntimeError("a defect of the ledger")
        self.done.append("told")


@dataclass
class Ours:
    """Our ledger, as it can be told from any other."""

    id: str = "ours"
    is_new: bool = False


@dataclass
class Others:
    """What other daemons want."""

    keys: frozenset[tuple[str, str]]

    async def recent_keys(self, queue: str, seconds: float) -> frozenset[tuple[str, str]]:
        del queue, seconds
        return self.keys

    async def wanted_keys(self, queue: str) -> Mapping[tuple[str, str], float]:
        del queue
        return dict.fromkeys(self.keys, 0.0)


class Observer(SettleObserver):
    """Notes too how many events wait for the broker to take what is about them."""

    def __init__(self, clock: SetClock, waits: list[int]) -> None:
        self.waits = waits
        health = Health(("publisher", "queue"), clock.monotonic)
        super().__init__(health, Metrics(["order-created"]), Recent(), clock)
        waits.clear()

    def waiting(self, events: int) -> None:
        self.waits.append(events)


def consumer(
    done: list[str],
    *,
    decode: Callable[[Delivery], Event] = lambda _: an_event(),
    settlement: Settlement | Exception = SENT,
    concurrency: int = 10,
    refused: list[int] | None = None,
    memory: Memory | None = None,
    list_fails: bool = False,
    list_hangs: bool = False,
    others: frozenset[tuple[str, str]] = frozenset(),
) -> Consumer:

    async def handle(event: Event) -> Settlement:
        del event
        done.append("handle")
        await asyncio.sleep(0.01)
        if isinstance(settlement, Exception):
            raise settlement
        return settlement

    async def list_parked(entries: Collection[ParkedEntry]) -> None:
        if list_fails:
            raise RuntimeError("a defect of the ledger")
        if list_hangs:
            await asyncio.Event().wait()
        done.append(f"listed {' '.join(entry.reason for entry in entries)}")

    clock = SetClock()
    observer = Observer(clock, [] if refused is None else refused)
    return Consumer(
        decode=decode,
        handle=handle,
        elsewhere=Elsewhere(Others(others), "smsherald", lambda: FlowBook([])),
        other_ledger=OtherLedger(Ours(), clock),
        memory=memory or Memory(done),
        list_parked=list_parked,
        publications=Publications(Notifications("smsherald", ""), (5.0, 60.0), "ours", "smsherald"),
        publisher=Publisher("smsherald", "events", queue_of, mandatory=False, observer=observer),
        observer=observer,
        clock=clock,
        concurrency=concurrency,
        attempts=20,
    )


def queue_of(copy: object) -> str:
    return type(copy).__name__


class TestOrder:
    """Nothing is acked before it is safe."""

    async def test_notification_then_ledger_then_ack(self) -> None:
        done: list[str] = []
        await consumer(done).handle(Session(done), DELIVERY)

        assert done == ["handle", "sms.sent confirmed", "told", "ack 7"]

    async def test_what_was_lost_with_its_session_is_neither_told_nor_acked(self) -> None:
        done: list[str] = []
        settled = await consumer(done).handle(Session(done, [Confirm.LOST]), DELIVERY)

        assert settled is None
        assert done == ["handle", "sms.sent lost"]

    async def test_what_was_refused_and_then_lost_waits_no_more(self) -> None:
        refused: list[int] = []
        session = Session([], [Confirm.NACKED, Confirm.LOST])
        settled = await consumer([], refused=refused).handle(session, DELIVERY)

        assert settled is None
        assert refused == [1, 0]

    async def test_a_refused_publish_is_tried_again_before_the_ack(self) -> None:
        done: list[str] = []
        refused: list[int] = []
        session = Session(done, [Confirm.NACKED])
        await consumer(done, refused=refused).handle(session, DELIVERY)

        assert refused == [1, 0]
        assert done == ["handle", "sms.sent nacked", "sms.sent confirmed", "told", "ack 7"]

    async def test_a_delivery_of_a_dead_session_is_not_begun(self) -> None:
        done: list[str] = []
        settled = await consumer(done).handle(Session(done, alive=False), DELIVERY)

        assert settled is None
        assert done == []

    async def test_a_deferred_event_is_acked_when_its_copy_is_confirmed(self) -> None:
        done: list[str] = []
        deferred = Settlement(EventOutcome.DEFERRED, ((SMS, Deferred(Reason.HELD, 9.0)),))
        await consumer(done, settlement=deferred).handle(Session(done), DELIVERY)

        assert done == ["handle", "retry 1 confirmed", "ack 7"]

    async def test_an_ignored_event_is_acked_and_nothing_is_published(self) -> None:
        done: list[str] = []
        ignored = Settlement(EventOutcome.IGNORED)
        await consumer(done, settlement=ignored).handle(Session(done), DELIVERY)

        assert done == ["handle", "ack 7"]

    async def test_an_event_that_only_another_daemon_wants_is_left_to_it(self) -> None:
        done: list[str] = []
        session = Session(done)
        others = frozenset({("", "order.*")})
        ignored = Settlement(EventOutcome.IGNORED)
        settled = await consumer(done, settlement=ignored, others=others).handle(session, DELIVERY)

        assert settled is not None
        assert settled.why == Deferred(Reason.NOT_MINE, None)
        assert done == ["handle", "retry 0 confirmed", "ack 7"]
        assert session.copies[0].properties["headers"]["x-smsherald-attempt"] == 0

    @pytest.mark.parametrize(
        ("exchange", "others", "asked"),
        [
            pytest.param("relayed", set(), ["relayed", "events"], id="nobody ever named it"),
            pytest.param("relayed", {("relayed", "x")}, ["relayed"], id="it was once bound"),
            pytest.param("named", set(), ["named"], id="a route names it"),
            pytest.param("events", set(), ["events"], id="our own"),
            pytest.param("", set(), [""], id="sent straight to us"),
        ],
    )
    async def test_what_one_exchange_hands_on_to_ours_is_taken_for_ours(
        self, exchange: str, others: set[tuple[str, str]], asked: list[str]
    ) -> None:
        seen: list[str] = []

        async def handle(event: Event) -> Settlement:
            seen.append(event.exchange)
            return Settlement(EventOutcome.IGNORED)

        book = FlowBook([flow(subscribe=(Route("named", "a"), Route(key="b")))])
        it = consumer([], decode=lambda _: an_event(exchange=exchange), others=frozenset(others))
        vars(it).update(
            _handle=handle,
            _elsewhere=Elsewhere(Others(frozenset(others)), "smsherald", lambda: book),
        )
        await it.handle(Session([]), DELIVERY)

        assert seen == asked

    @pytest.mark.parametrize(
        ("routes", "asked", "parked"),
        [
            ([Route("base")], ["relayed", "base"], False),
            ([Route("base", "#"), Route("other", "x.y")], ["relayed", "base"], False),
            ([Route(key="order.*"), Route("other", "x.y")], ["relayed", "events"], False),
            ([Route("base"), Route("other")], ["relayed"], True),
            ([Route("base"), Route(key="order.*")], ["relayed"], True),
        ],
    )
    async def test_what_is_handed_on_is_of_the_exchange_that_brought_it_or_parked(
        self,
        routes: list[Route],
        asked: list[str],
        parked: bool,  # noqa: FBT001 - a column.
    ) -> None:
        seen: list[str] = []

        async def handle(event: Event) -> Settlement:
            seen.append(event.exchange)
            return Settlement(EventOutcome.IGNORED)

        book = FlowBook([flow(subscribe=tuple(routes))])
        came = an_event(exchange="relayed", routing_key="order.created")
        it = consumer([], decode=lambda _: came)
        elsewhere = Elsewhere(Others(frozenset()), "smsherald", lambda: book)
        vars(it).update(_handle=handle, _elsewhere=elsewhere)
        settled = await it.handle(Session([]), DELIVERY)

        assert seen == asked
        assert settled is not None
        assert (settled.outcome is EventOutcome.PARKED) is parked


OTHER_EVENT = an_sms_event(key="q" * 64, routing_key="sms.wanted")
PUBLISHED = Settlement(EventOutcome.HANDLED, published=(SMS_EVENT,))
BAD = Defect("another", Reason.BAD_NUMBER, "to: no number")


class TestPublished:
    """What flows publish in place of SMSes is in a queue before the event is settled."""

    async def test_it_goes_where_events_come_from_and_must_reach_a_queue(self) -> None:
        done: list[str] = []
        session = Session(done)
        settled = await consumer(done, settlement=PUBLISHED).handle(session, DELIVERY)

        assert settled == PUBLISHED
        assert done == ["handle", "sms.requested confirmed", "ack 7"]
        assert session.ways == [("events", True)]

    async def test_beside_an_sms_one_ack_settles_all(self) -> None:
        done: list[str] = []
        both = replace(SENT, published=(SMS_EVENT,))
        await consumer(done, settlement=both).handle(Session(done), DELIVERY)

        assert done == ["handle", "sms.requested confirmed", "sms.sent confirmed", "told", "ack 7"]

    async def test_what_no_queue_takes_defers_its_event(self) -> None:
        done: list[str] = []
        session = Session(done, [Confirm.RETURNED])
        with structlog.testing.capture_logs() as lines:
            settled = await consumer(done, settlement=PUBLISHED).handle(session, DELIVERY)

        assert settled is not None
        assert settled.why == Deferred(Reason.UNROUTABLE, None)
        assert done == ["handle", "sms.requested returned", "retry 0 confirmed", "ack 7"]
        assert session.copies[0].properties["headers"]["x-smsherald-attempt"] == 1
        assert [(line["outcome"], line["log_level"]) for line in lines] == [("deferred", "warning")]

    async def test_only_what_came_back_is_said_to_wait(self) -> None:
        both = replace(PUBLISHED, published=(SMS_EVENT, OTHER_EVENT))
        session = Session([], [Confirm.RETURNED, Confirm.CONFIRMED])
        settled = await consumer([], settlement=both).handle(session, DELIVERY)

        assert settled is not None
        assert settled.returned == (SMS_EVENT,)

    async def test_what_is_sent_beside_it_is_told_and_what_is_wrong_waits(self) -> None:
        done: list[str] = []
        parked = Settlement(EventOutcome.PARKED, SENT.results, (BAD,), published=(SMS_EVENT,))
        session = Session(done, [Confirm.RETURNED])
        settled = await consumer(done, settlement=parked).handle(session, DELIVERY)

        assert settled is not None
        assert settled.outcome is EventOutcome.DEFERRED
        assert done[1:] == [
            "sms.requested returned",
            "sms.sent confirmed",
            "retry 0 confirmed",
            "told",
            "ack 7",
        ]

    async def test_what_the_broker_refuses_is_published_again_until_it_has_its_word(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("smsherald.settle.publisher.FIRST_WAIT", 0.01)
        done: list[str] = []
        both = replace(PUBLISHED, published=(SMS_EVENT, OTHER_EVENT))
        session = Session(done, [Confirm.NACKED, Confirm.RETURNED, Confirm.RETURNED])
        settled = await consumer(done, settlement=both).handle(session, DELIVERY)

        assert done == [
            "handle",
            "sms.requested nacked",
            "sms.wanted returned",
            "sms.requested returned",
            "retry 0 confirmed",
            "ack 7",
        ]
        assert settled is not None
        assert sorted(it.routing_key for it in settled.returned) == ["sms.requested", "sms.wanted"]

    async def test_what_was_lost_with_its_session_comes_again(self) -> None:
        done: list[str] = []
        session = Session(done, [Confirm.LOST])
        settled = await consumer(done, settlement=PUBLISHED).handle(session, DELIVERY)

        assert settled is None
        assert done == ["handle", "sms.requested lost"]


POISON = "listed poison"


class TestTrouble:
    """No event is lost to what is wrong with it, or with us."""

    async def test_bytes_that_are_no_event_are_parked(self) -> None:
        done: list[str] = []

        def decode(_: Delivery) -> Event:
            raise UnusableError(Reason.NOT_JSON, "not UTF-8")

        await consumer(done, decode=decode).handle(Session(done), DELIVERY)

        assert done == ["park confirmed", "sms.parked confirmed", "listed not_json", "ack 7"]

    async def test_a_list_that_fails_keeps_nothing_from_being_parked(self) -> None:
        done: list[str] = []

        def decode(_: Delivery) -> Event:
            raise UnusableError(Reason.POISON, "not UTF-8")

        session = Session(done)
        with structlog.testing.capture_logs() as lines:
            await consumer(done, decode=decode, list_fails=True).handle(session, DELIVERY)

        assert done == ["park confirmed", "sms.parked confirmed", "ack 7"]
        assert [line["event"] for line in lines] == ["unexpected", "event"]

    async def test_a_ledger_that_is_away_holds_up_no_event_that_is_parked(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("smsherald.settle.consumer.LISTED_WITHIN", 0.01)
        done: list[str] = []

        def decode(_: Delivery) -> Event:
            raise UnusableError(Reason.NOT_JSON, "not UTF-8")

        session = Session(done)
        with structlog.testing.capture_logs() as lines:
            await consumer(done, decode=decode, list_hangs=True).handle(session, DELIVERY)

        assert done == ["park confirmed", "sms.parked confirmed", "ack 7"]
        assert [line["event"] for line in lines] == ["event"]

    async def test_a_defect_of_ours_defers_the_event_and_counts_as_an_attempt(self) -> None:
        done: list[str] = []
        session = Session(done)
        with structlog.testing.capture_logs() as lines:
            await consumer(done, settlement=RuntimeError("a defect")).handle(session, DELIVERY)

        assert done == ["handle", "retry 0 confirmed", "ack 7"]
        assert session.copies[0].properties["headers"]["x-smsherald-attempt"] == 1
        assert [line["event"] for line in lines] == ["unexpected", "event"]

    async def test_after_all_attempts_it_parks_the_event(self) -> None:
        done: list[str] = []
        session = Session(done)
        exhausted = consumer(
            done,
            decode=lambda _: an_event(defects=20),
            settlement=RuntimeError("a private text"),
        )
        await exhausted.handle(session, DELIVERY)

        headers = session.copies[0].properties["headers"]
        assert headers["x-smsherald-reason"] == "poison"
        assert "private" not in json.dumps(headers)
        assert done == ["handle", "park confirmed", "sms.parked confirmed", POISON, "ack 7"]

    async def test_what_cannot_be_told_is_parked_bare(self) -> None:
        done: list[str] = []
        session = Session(done)
        broken = Settlement(
            EventOutcome.HANDLED,
            ((SMS, Sent(SMS.asked, "SM" + 32 * "0", "queued", at=float("nan"))),),
        )
        await consumer(done, settlement=broken).handle(session, DELIVERY)

        assert session.copies[0].properties["headers"]["x-smsherald-reason"] == "poison"
        assert done == ["handle", "park confirmed", "sms.parked confirmed", POISON, "ack 7"]

    async def test_a_returned_copy_gives_the_session_up(self) -> None:
        done: list[str] = []
        deferred = Settlement(EventOutcome.DEFERRED, ((SMS, Deferred(Reason.HELD, 9.0)),))
        settled = await consumer(done, settlement=deferred).handle(
            Session(done, [Confirm.RETURNED]), DELIVERY
        )

        assert settled is None
        assert "ack 7" not in done
        assert "a copy was returned: the queue RetryCopy is gone" in done[-1]


async def escape(it: Consumer, session: Session, delivery: Delivery) -> None:
    """Take a delivery as a session does, and wait until it has ended that session."""
    with structlog.testing.capture_logs():
        it.on_delivery(session, delivery)
        await asyncio.sleep(0.05)
    assert "a defect of ours: RuntimeError" in session.done


class TestEscapes:
    """What nothing guards ends the session: no delivery is left unsettled, with nobody knowing."""

    async def test_the_session_is_given_up_and_nothing_is_acked(self) -> None:
        done: list[str] = []
        it = consumer(done, memory=Memory(done, fails=1))
        with structlog.testing.capture_logs() as lines:
            it.on_delivery(Session(done), DELIVERY)
            await asyncio.sleep(0.05)

        assert done == ["handle", "sms.sent confirmed", "a defect of ours: RuntimeError"]
        assert [line["event"] for line in lines] == ["unexpected"]

    async def test_what_does_it_once_is_handled_when_it_comes_again(self) -> None:
        done: list[str] = []
        it = consumer(done, memory=Memory(done, fails=1))
        await escape(it, Session(done), DELIVERY)
        done.clear()
        await it.handle(Session(done), DELIVERY)

        assert done == ["handle", "sms.sent confirmed", "told", "ack 7"]

    async def test_what_does_it_twice_is_parked_bare_and_others_are_handled(self) -> None:
        done: list[str] = []
        it = consumer(done, memory=Memory(done, fails=2))
        session = Session(done)
        theirs = {"tenant": "a", "x-smsherald-routing-key": "order.created"}
        again = replace(DELIVERY, properties={"app_id": "shop", "headers": theirs})
        for _ in range(2):
            await escape(it, session, again)
        done.clear()
        await it.handle(session, again)
        (copy,) = session.copies
        for other in (
            replace(again, body=b"[]"),
            replace(again, properties={**again.properties, "message_id": "another"}),
            again,  # It is settled: what comes now is another event with the same words.
        ):
            await it.handle(session, other)

        assert done[:4] == ["park confirmed", "sms.parked confirmed", POISON, "ack 7"]
        assert done[4:] == 3 * ["handle", "sms.sent confirmed", "told", "ack 7"]
        assert "app_id" not in copy.properties
        assert copy.properties["headers"]["x-smsherald-reason"] == "poison"
        assert "tenant" not in copy.properties["headers"]

    async def test_only_so_many_are_remembered(self) -> None:
        escaped = Escaped()
        first, *others = (replace(DELIVERY, body=b"%d" % number) for number in range(MOST + 1))
        for each in (first, first, *others):
            escaped.note(each)
        escaped.note(others[-1])

        assert not escaped.too_often(first)
        assert escaped.too_often(others[-1])

    async def test_they_take_no_slot_with_them(self) -> None:
        done: list[str] = []
        it = consumer(done, concurrency=2, memory=Memory(done, fails=5))
        with structlog.testing.capture_logs():
            for number in range(6):
                it.on_delivery(Session(done), replace(DELIVERY, body=b"%d" % number))
            async with asyncio.timeout(30):
                while sum(what in {"ack 7", "a defect of ours: RuntimeError"} for what in done) < 6:  # noqa: ASYNC110 - it is asked, not told
                    await asyncio.sleep(0.01)

        assert done.count("handle") == 6
        assert done.count("ack 7") == 1

    async def test_an_ended_session_has_settled_nothing(self) -> None:
        done: list[str] = []
        session = Session(done)

        class Ending(Memory):
            async def told(self, told: Collection[Told]) -> None:
                await super().told(told)
                session.alive = False

        with structlog.testing.capture_logs() as lines:
            settled = await consumer(done, memory=Ending(done)).handle(session, DELIVERY)

        assert settled is None
        assert done[-1] == "told"
        assert lines == []


class TestTurns:
    """So many are handled at once, in the order in which they came; the others cost little."""

    async def test_those_of_ended_sessions_do_not_gather_while_no_turn_ends(self) -> None:
        it = consumer([], concurrency=1)
        sessions = [Session([]) for _ in range(4)]
        for session in sessions:
            for _ in range(3):
                it.on_delivery(session, DELIVERY)
            session.alive = session is sessions[-1]

        assert {id(session) for session, _ in vars(it)["_waiting"]} == {id(sessions[-1])}

    async def test_each_way_to_end_gives_the_turn_to_the_next(self) -> None:
        done: list[str] = []
        it = consumer(done, concurrency=1)
        settle = vars(it)["_handle"]
        ends = [RuntimeError("a defect"), asyncio.CancelledError(), KeyError("a defect"), None]

        async def handle(event: Event) -> Settlement:
            settled: Settlement = await settle(event)
            if (end := ends.pop(0)) is not None:
                raise end
            return settled

        vars(it).update(_handle=handle)
        with structlog.testing.capture_logs():
            for tag in range(4):
                it.on_delivery(Session(done), replace(DELIVERY, tag=tag))
            async with asyncio.timeout(30):
                while "ack 3" not in done:  # noqa: ASYNC110 - it is asked, not told
                    await asyncio.sleep(0.01)

        assert [what for what in done if what.startswith("ack")] == ["ack 0", "ack 2", "ack 3"]
        assert await it.drain(30)


class TestDrain:
    """What has begun is finished, what has not is left to the broker."""

    async def test_it_finishes_what_is_in_flight_and_begins_nothing(self) -> None:
        done: list[str] = []
        it = consumer(done, concurrency=2)
        for _ in range(5):
            it.on_delivery(Session(done), DELIVERY)
        await asyncio.sleep(0.005)
        finished = await it.drain(1)

        assert finished
        assert done.count("handle") == 2
        assert done.count("ack 7") == 2

    async def test_it_says_when_the_time_was_too_short(self) -> None:
        done: list[str] = []
        it = consumer(done)
        it.on_delivery(Session(done, [Confirm.NACKED]), DELIVERY)
        await asyncio.sleep(0.005)

        assert not await it.drain(0.1)

    async def test_with_nothing_in_flight_it_is_done_at_once(self) -> None:
        assert await consumer([]).drain(0)
