"""What may happen to daemons: they start, end, keep their bindings, and time goes by."""

from __future__ import annotations

from collections.abc import Iterator

from model.replicas.books import NEW, book_of
from model.replicas.rounds import BIND, KNOWN, UNBIND, Known, go_on
from model.replicas.world import (
    AWAY,
    RECENT,
    UNBIND_AFTER,
    Phase,
    Replica,
    Rule,
    Shop,
    Step,
    World,
    spend,
)


def steps(shop: Shop, world: World) -> Iterator[Step]:
    """Return all that may happen next."""
    for place in range(len(world.replicas)):
        yield from _roll(shop, world, place)
        yield from _round(shop, world, place)
    yield from _time(world)


def are_unbinding(world: World) -> bool:
    """Say whether one is in a round: a key that is unbound in it may be bound again at its end.

    What is published in that moment is lost. It takes a key that nobody has wanted for long, and
    somebody who begins to want it just then.
    """
    return any(each.heard is not None or each.to_do for each in world.replicas)


def _with(world: World, place: int, replica: Replica) -> World:
    replicas = world.replicas
    return world._replace(replicas=(*replicas[:place], replica, *replicas[place + 1 :]))


def _wants(shop: Shop, world: World, place: int) -> bool:
    return NEW in book_of(shop.book(world, place)).keys


def _roll(shop: Shop, world: World, place: int) -> Iterator[Step]:
    """Start a daemon, in two steps; or end one, and start it with the next book."""
    replica, who = world.replicas[place], f"daemon {place + 1}"
    late = shop.without is Rule.WRITTEN_FIRST
    match replica.phase:
        case Phase.DOWN:
            after = _bound(shop, world, place) if late else _written(shop, world, place)
            says = f"{who} {'binds' if late else 'writes down'} what it wants"
            yield Step(says, _with(after, place, replica._replace(phase=Phase.HALF)))
        case Phase.HALF:
            after = _written(shop, world, place) if late else _bound(shop, world, place)
            up = Replica(replica.book, Phase.UP, is_due=False)
            says = f"{who} {'writes down' if late else 'binds'} what it wants"
            yield Step(says, _with(after, place, up))
        case Phase.UP if replica.heard is None and not replica.to_do:
            if replica.book + 1 < len(shop.plans[place]):
                down = _with(world, place, Replica(replica.book + 1))
                yield Step(f"{who} ends, and is given other flows", down, fault=True)


def _written(shop: Shop, world: World, place: int) -> World:
    """Return the world in which a daemon has said what it wants: others have seen what was."""
    if not _wants(shop, world, place):
        return world
    replicas = tuple(
        each if other == place else each._replace(is_last=False)
        for other, each in enumerate(world.replicas)
    )
    return world._replace(wanted=0, replicas=replicas)


def _bound(shop: Shop, world: World, place: int) -> World:
    return world._replace(bound=world.bound or _wants(shop, world, place))


def _round(shop: Shop, world: World, place: int) -> Iterator[Step]:
    """Let the ledger answer a daemon's next question, or the broker do what it was told next."""
    replica, who = world.replicas[place], f"daemon {place + 1}"
    if replica.phase is not Phase.UP:
        return
    if replica.to_do:
        first, *others = replica.to_do
        after = _with(world, place, replica._replace(to_do=tuple(others)))
        says = f"the broker does what {who} has said: {first}"
        yield Step(says, after._replace(bound=first == BIND))
    if replica.heard is None and not replica.is_due:
        return
    heard, book = replica.heard or (), shop.book(world, place)
    unbind_after = 0 if shop.without is Rule.UNBIND_AFTER else UNBIND_AFTER
    unwanted = replica.unwanted
    missed = unwanted is not None and unwanted < -UNBIND_AFTER and shop.without is not Rule.MISSED
    asks = go_on(book, unbind_after, unwanted, heard, missed=missed).asks
    after, answer = _answer(shop, world, place, asks)
    now = go_on(book, unbind_after, unwanted, (*heard, answer), missed=missed)
    looked_again = asks == KNOWN and len(heard) > 1
    told = () if looked_again and shop.without is Rule.LOOKED_AGAIN else now.told
    replica = after.replicas[place]
    replica = replica._replace(heard=(*heard, answer), to_do=(*replica.to_do, *told))
    if now.asks is None:
        replica = replica._replace(heard=None, unwanted=now.unwanted, is_due=False)
    yield Step(f"{who}, in its round: {asks}", _with(after, place, replica))


def _answer(shop: Shop, world: World, place: int, asks: str | None) -> tuple[World, object]:
    replica = world.replicas[place]
    match asks:
        case "want":
            again = shop.without is not Rule.SAID_AGAIN
            return _written(shop, world, place) if again else world, None
        case "known":
            known = Known(world.wanted is not None, replica.is_last)
            return _with(world, place, replica._replace(is_last=True)), known
        case "forget":
            unchanged = replica.is_last or shop.without is Rule.FORGOTTEN_UNCHANGED
            forgets = world.wanted is not None and unchanged
            return world._replace(wanted=None) if forgets else world, forgets
        case "unbind" if shop.without is Rule.AWAITED:
            late = replica._replace(to_do=(*replica.to_do, UNBIND))
            return _with(world, place, late), None
        case "unbind":
            return world._replace(bound=False), None
        case _:
            message = f"the model knows nothing of {asks}"
            raise AssertionError(message)


def _time(world: World) -> Iterator[Step]:
    """Let a tick go by: a round takes less, and so does a start."""
    for replica in world.replicas:
        if replica.phase is Phase.HALF or replica.heard is not None or replica.to_do:
            return
    if not any(replica.is_due and replica.phase is Phase.UP for replica in world.replicas):
        yield Step("a tick goes by", _later(world, 1))
    if world.faults.outages:
        away = _later(spend(world, "outages"), AWAY)
        yield Step("the ledger is away for long", away, fault=True)


def _later(world: World, ticks: int) -> World:
    """Return the world so many ticks later; with more than one, none of them had a round."""
    most = UNBIND_AFTER if ticks == 1 else UNBIND_AFTER + ticks
    wanted = None if world.wanted is None else max(world.wanted - ticks, -RECENT)
    replicas = tuple(
        replica._replace(
            is_due=True,
            steady=min(replica.steady + 1, RECENT) if ticks == 1 else 0,
            unwanted=None if replica.unwanted is None else max(replica.unwanted - ticks, -most),
        )
        for replica in world.replicas
    )
    return world._replace(wanted=wanted, replicas=replicas)
