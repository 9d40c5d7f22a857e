"""Small changes of the world, and its normal form."""

from __future__ import annotations

from model.state import (
    FENCE,
    LISTING_LAG,
    QUARANTINE,
    Delivery,
    Message,
    Phase,
    Request,
    Row,
    Worker,
    World,
)
from smsherald.ledger.rows import State

_GAP = LISTING_LAG + 1
"""Nothing tells apart times that are further from each other, where only their order counts."""


def spend(world: World, fault: str) -> World:
    """Return the world with one fault of this kind less to come."""
    left = getattr(world.faults, fault) - 1
    return world._replace(faults=world.faults._replace(**{fault: left}))


def join(world: World, worker: Worker) -> World:
    """Return the world with this process: which of them is which does not matter."""
    return world._replace(workers=tuple(sorted((*world.workers, worker), key=hash)))


def queued(world: World, delivery: Delivery) -> World:
    """Return the world with this delivery in the queue, whose order does not matter."""
    return world._replace(queue=tuple(sorted((*world.queue, delivery))))


def taken(world: World, delivery: Delivery) -> World:
    """Return the world with this delivery no longer in the queue."""
    place = world.queue.index(delivery)
    return world._replace(queue=world.queue[:place] + world.queue[place + 1 :])


def with_message(world: World, event: int, text: int) -> World:
    """Return the world in which Twilio has taken a text now."""
    return world._replace(messages=(*world.messages, Message(event, text, 0)))


def abandon(world: World, worker: Worker) -> World:
    """Return the world in which nobody waits for this process's request, if it has one."""
    if worker.phase is not Phase.WAIT or worker.claim is None:
        return world
    request = Request(worker.delivery.event, worker.claim.text, worker.left)
    return world._replace(requests=tuple(sorted((*world.requests, request))))


def renumbered(world: World) -> World:
    """Return the world with claim number 1 in every row, and 0 in every claim that is overtaken.

    Numbers only grow, so that nothing but being the row's own tells one from another.
    """
    numbers = [row.number if row else 1 for row in world.rows]
    for worker in world.workers:
        current = worker.claim is None or worker.claim.number == numbers[worker.delivery.event]
        if not current and worker.claim and worker.claim.number:
            break
    else:
        if max(numbers) == 1:
            return world
    return world._replace(
        rows=tuple(row and row._replace(number=1) for row in world.rows),
        workers=tuple(
            sorted(
                (_renumbered(each, numbers[each.delivery.event]) for each in world.workers),
                key=hash,
            )
        ),
    )


def _renumbered(worker: Worker, current: int) -> Worker:
    if worker.claim is None:
        return worker
    number = int(worker.claim.number == current)
    return worker._replace(claim=worker.claim._replace(number=number))


def later(world: World) -> World:
    """Return the world one tick later."""
    return _shorten(
        world._replace(
            rows=tuple(row and _older_row(row) for row in world.rows),
            workers=tuple(sorted(map(_older_worker, world.workers), key=hash)),
            requests=tuple(
                each._replace(left=each.left - 1) for each in world.requests if each.left
            ),
            messages=tuple(
                each if each.created is None else each._replace(created=each.created - 1)
                for each in world.messages
            ),
        )
    )


def _older_row(row: Row) -> Row:
    """Age a row; of an old one only that it is old."""
    if row.state is not State.SENDING:
        return row
    return row._replace(since=row.since - 1, claimed_at=max(row.claimed_at - 1, -QUARANTINE))


def _older_worker(worker: Worker) -> Worker:
    """Age a claim; past the fence it is past the fence."""
    claim = worker.claim
    left = worker.left - 1 if worker.phase is Phase.WAIT else 0
    if claim is None:
        return worker
    if claim.since is not None:
        return worker._replace(claim=claim._replace(since=claim.since - 1))
    asks = worker.phase in {Phase.CLAIM, Phase.SEND}
    claimed = max(claim.claimed - 1, -FENCE - 1) if asks else 0
    return worker._replace(claim=claim._replace(claimed=claimed), left=left)


def _shorten(world: World) -> World:
    """Shorten the gaps between the times that look-ups compare, to the longest that matters."""
    times = {each.created for each in world.messages if each.created is not None}
    times |= {row.since for row in world.rows if row and row.state is State.SENDING}
    times |= {w.claim.since for w in world.workers if w.claim and w.claim.since is not None}
    short, before, new = {0: 0}, 0, 0
    for time in sorted(times, reverse=True):
        new -= min(before - time, _GAP)
        short[time] = new
        before = time
    if all(time == new for time, new in short.items()):
        return world
    return world._replace(
        rows=tuple(
            row._replace(since=short[row.since]) if row and row.state is State.SENDING else row
            for row in world.rows
        ),
        workers=tuple(
            sorted(
                (
                    w._replace(claim=w.claim._replace(since=short[w.claim.since]))
                    if w.claim and w.claim.since is not None
                    else w
                    for w in world.workers
                ),
                key=hash,
            )
        ),
        messages=tuple(
            each if each.created is None else each._replace(created=short[each.created])
            for each in world.messages
        ),
    )
