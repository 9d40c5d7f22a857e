"""Small changes of the world."""

from __future__ import annotations

from model.state import PAST, Delivery, Message, Notice, Phase, Request, Worker, World


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
    """Return the world with claim number 1 in every row, and 0 wherever one is overtaken.

    Numbers only grow, so that nothing but being the row's own tells one from another.
    """
    numbers = [row.number if row else 1 for row in world.rows]
    for worker in world.workers:
        if _number(worker) not in {None, 0, PAST, numbers[world.place(worker.delivery.event)]}:
            break
    else:
        if max(numbers) == 1:
            return world
    return world._replace(
        rows=tuple(row and row._replace(number=1) for row in world.rows),
        workers=tuple(
            sorted(
                (
                    _renumbered(each, numbers[world.place(each.delivery.event)])
                    for each in world.workers
                ),
                key=hash,
            )
        ),
    )


def _number(worker: Worker) -> int | None:
    """Return the claim number that a process remembers: of its claim, or of what it tells."""
    if worker.claim is not None:
        return worker.claim.number
    return worker.publishes.number if isinstance(worker.publishes, Notice) else None


def _renumbered(worker: Worker, current: int) -> Worker:
    number = _number(worker)
    if number in {None, PAST}:
        return worker
    return with_number(worker, int(number == current))


def with_number(worker: Worker, number: int) -> Worker:
    """Return a process that remembers this claim number, where it remembers one."""
    if worker.claim is not None:
        return worker._replace(claim=worker.claim._replace(number=number))
    if isinstance(worker.publishes, Notice) and worker.publishes.number is not None:
        return worker._replace(publishes=worker.publishes._replace(number=number))
    return worker
