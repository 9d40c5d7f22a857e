"""What may happen to events: they are published, handled, sent again by a person, too late."""

from __future__ import annotations

from collections.abc import Iterator

from model.replicas import daemons
from model.replicas.books import NEW, book_of
from model.replicas.handling import TIERS, Asked, Handled, handled, published
from model.replicas.world import RECENT, Phase, Rule, Shop, Step, Wire, World, spend
from smsherald.model import EventOutcome
from smsherald.testing import an_event


def steps(shop: Shop, world: World) -> Iterator[Step]:
    """Return all that may happen next."""
    yield from _publish(shop, world)
    for wire in dict.fromkeys(world.queue):
        for place, replica in enumerate(world.replicas):
            if replica.phase is Phase.UP:
                yield from _handle(shop, world, wire, place)
    if shop.rolls:
        yield from daemons.steps(shop, world)
    yield from _nature(world)


def queued(world: World, *wires: Wire) -> World:
    """Return the world with these in the queue, whose order does not matter."""
    return world._replace(queue=tuple(sorted((*world.queue, *wires), key=hash)))


def taken(wires: tuple[Wire, ...], wire: Wire) -> tuple[Wire, ...]:
    """Return what is left without one."""
    place = wires.index(wire)
    return wires[:place] + wires[place + 1 :]


def _wants(shop: Shop, world: World, place: int, event: int) -> bool:
    book = book_of(shop.book(world, place))
    return bool(book.wanting(an_event(routing_key=shop.events[event].routing_key)))


# --- events ---


def _publish(shop: Shop, world: World) -> Iterator[Step]:
    for event in world.unpublished:
        key, properties, ours = shop.events[event]
        left = tuple(each for each in world.unpublished if each != event)
        after = world._replace(unpublished=left)
        if key != NEW or world.bound:
            wire = published(event, key, properties, ours)
            yield Step(f"the shop publishes {_name(event)}", queued(after, wire))
            continue
        if wanting := _up(shop, world, event):
            says = f"{_name(event)} is lost: nothing is bound, and daemon {wanting[0] + 1} wants it"
            after = after._replace(wrong=None if daemons.are_unbinding(world) else says)
        yield Step(f"the shop publishes {_name(event)}, and nothing is bound", after)


def _up(shop: Shop, world: World, event: int) -> list[int]:
    """Return the places of those that run and want an event."""
    return [
        place
        for place, replica in enumerate(world.replicas)
        if replica.phase is Phase.UP and _wants(shop, world, place, event)
    ]


def _handle(shop: Shop, world: World, wire: Wire, place: int) -> Iterator[Step]:
    """Let a daemon handle a delivery, and be killed before it acks it, or before it tells."""
    asked = Asked(
        shop.book(world, place), world.rows, _is_wanted(shop, world, place),
        world.expired, shop.without, broken=shop.broken,
    )  # fmt: skip
    says = f"daemon {place + 1} is brought {_name(wire.event)}"
    yield from _settle(shop, world, wire, handled(wire, asked), says)
    faults = world.faults
    for refuses, bare in ((False, True), (True, False), (True, True)):
        if (refuses and not faults.refusals) or (bare and not faults.bare):
            continue
        did = handled(wire, asked._replace(refuses=refuses, bare=bare))
        if did == handled(wire, asked._replace(refuses=refuses and bare)):
            continue  # The last of these faults makes no difference.
        after, more = world, ""
        if refuses:
            after, more = spend(after, "refusals"), ", Twilio asks for patience"
        if bare:
            after, more = spend(after, "bare"), f"{more}, its copy is written bare"
        yield from _settle(shop, after, wire, did, says + more, fault=True)


def _is_wanted(shop: Shop, world: World, place: int) -> bool:
    """Say whether the ledger knows the key, to a daemon, as one that is wanted."""
    if world.wanted is None or shop.without is Rule.NOT_MINE:
        return False
    if shop.without is Rule.RECENTLY:
        return world.wanted == 0
    is_steady = world.replicas[place].steady >= RECENT or shop.without is Rule.STEADY
    return not is_steady or -world.wanted < RECENT


def _settle(
    shop: Shop, world: World, wire: Wire, did: Handled, says: str, *, fault: bool = False
) -> Iterator[Step]:
    texts = tuple(sorted((*world.texts, *((wire.event, flow) for flow in did.texts))))
    recorded = world._replace(rows=did.rows, texts=texts)
    wrong = recorded.wrong or _wrong_text(recorded, wire, did)
    recorded = recorded._replace(wrong=wrong)
    told = queued(recorded, *(copy for _, copy in did.copies))
    parked = tuple(sorted((*told.parked, *(copy for _, copy in did.parked)), key=hash))
    told = told._replace(parked=parked)
    wrong = wrong or _wrong_tier(wire, did) or _wrong_end(shop, recorded, wire, did)
    acked = told._replace(queue=taken(told.queue, wire), wrong=wrong)
    yield Step(f"{says}: {did.outcome}", acked, fault)
    if world.faults.kills:
        if told is not recorded:
            says_killed = f"{says}: {did.outcome}, and is killed before the ack"
            yield Step(says_killed, spend(told, "kills"), fault=True)
        if did.rows != world.rows:
            yield Step(
                f"{says}, and is killed once it is recorded", spend(recorded, "kills"), fault=True
            )


def _wrong_text(world: World, wire: Wire, did: Handled) -> str | None:
    for flow in did.texts:
        who = f"{_name(wire.event)} of flow {flow}"
        if world.texts.count((wire.event, flow)) > 1:
            return f"{who} is texted twice"
        if world.expired and wire.seen:
            return f"{who} is texted too late"
        if wire.flow not in {"", flow}:
            return f"{who} is texted by a copy that is for {wire.flow}"
    return None


def _wrong_tier(wire: Wire, did: Handled) -> str | None:
    """Say whether what Twilio asks patience for is asked again as soon as at first."""
    for tier, copy in did.copies:
        if copy.refused > wire.refused and tier < min(wire.refused, len(TIERS) - 1):
            return f"{_name(wire.event)} is asked for again as soon as at first"
    return None


def _wrong_end(shop: Shop, world: World, wire: Wire, did: Handled) -> str | None:
    """Say what is wrong with how a delivery ended: something must have become of it."""
    who = _name(wire.event)
    for reason, _ in did.parked:
        if reason not in shop.parked:
            return f"{who} is parked: {reason}"
    if did.outcome is EventOutcome.IGNORED:
        return _wrong_ignored(shop, world, wire)
    texted = any(event == wire.event and wire.flow in {"", flow} for event, flow in world.texts)
    if did.copies or did.parked or world.expired or texted:
        return None
    return f"{who} is lost: acked, and nothing has become of it"


def _wrong_ignored(shop: Shop, world: World, wire: Wire) -> str | None:
    who = _name(wire.event)
    if wire.flow:
        return f"{who} for flow {wire.flow} is ignored"
    for place, replica in enumerate(world.replicas):
        if replica.phase is not Phase.DOWN and _wants(shop, world, place, wire.event):
            return f"{who} is ignored, and daemon {place + 1} wants it"
    return None


def _nature(world: World) -> Iterator[Step]:
    if world.faults.replays:
        for wire in dict.fromkeys(world.parked):
            again = spend(world, "replays")._replace(parked=taken(world.parked, wire))
            says = f"a person sends {_name(wire.event)} again"
            yield Step(says, queued(again, wire), fault=True)
    if world.faults.expiries and not world.unpublished:
        expired = spend(world, "expiries")._replace(expired=True)
        yield Step("all texts are too late by now", expired, fault=True)


def _name(event: int) -> str:
    return f"event {event + 1}"
