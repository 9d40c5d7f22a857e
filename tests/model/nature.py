"""What happens to the processes: time, crashes, lost connections, late requests, new templates."""

from __future__ import annotations

from collections.abc import Iterator

from model.changes import abandon, join, queued, spend, with_message
from model.ledger import send_again, with_row
from model.state import Delivery, Phase, Row, Scenario, Step, World
from model.ticks import later
from smsherald.model import State


def happen(scenario: Scenario, world: World) -> Iterator[Step]:
    """Return what may happen next that no process does."""
    if not any(each.phase is Phase.WAIT and not each.left for each in world.workers):
        # Twilio answers, or it is given up, within the time of a request.
        yield Step("a tick goes by", later(world, to_the_tick=scenario.to_the_tick))
    yield from _late_requests(world)
    yield from _person(world)
    yield from _replays(world)
    yield from _crashes(world)
    yield from _operators(world)
    faults = world.faults
    if faults.expiries:
        expired = spend(world, "expiries")._replace(expired=True)
        yield Step("the text expires", expired, fault=True)
    if faults.new_texts:
        rendered = spend(world, "new_texts")._replace(text=world.text + 1)
        yield Step("the template changes", rendered, fault=True)


def _late_requests(world: World) -> Iterator[Step]:
    for place, request in enumerate(world.requests):
        rest = world._replace(requests=world.requests[:place] + world.requests[place + 1 :])
        says = f"event {request.event + 1}: Twilio takes what nobody waits for any more, "
        says += f"as SM{len(world.messages)}"
        yield Step(says, with_message(rest, request.event, request.text))


def _person(world: World) -> Iterator[Step]:
    """Say what became of an SMS that is held: a person looks where the daemon would not."""
    for event, row in enumerate(world.rows):
        if row is None or row.state is not State.HELD:
            continue
        sids = [sid for sid, each in enumerate(world.messages) if world.place(each.event) == event]
        state = State.SENT if sids else State.FREE
        sid, result = (sids[0], (("status", None),)) if sids else (None, ())
        new = Row(state, row.number, 0, 0, row.text, sid, result, event=row.event)
        yield Step(f"event {event + 1}: a person says {state}", with_row(world, event, new))


def _operators(world: World) -> Iterator[Step]:
    """Pull the brake, and let it go."""
    if world.faults.pauses and not world.paused:
        paused = spend(world, "pauses")._replace(brake=world.brake + 1, paused=True)
        yield Step("an operator pauses everything", paused, fault=True)
    if world.paused:
        yield Step("an operator lets it go on", world._replace(paused=False))


def _replays(world: World) -> Iterator[Step]:
    """Send again what has failed or was skipped: a person has mended why, and publishes its copy.

    Whoever is about to tell how it ended tells what is past from now on.
    """
    for event, row in enumerate(world.rows):
        if not world.faults.replays or row is None:
            continue
        if row.state is State.FAILED or row.state is State.SKIPPED:
            again = queued(spend(send_again(world, event, row), "replays"), Delivery(event, 0))
            yield Step(f"event {event + 1}: a person sends it again", again, fault=True)


def _crashes(world: World) -> Iterator[Step]:
    """End a process, or its session: then the broker brings its delivery again."""
    for place, worker in enumerate(world.workers):
        rest = world._replace(workers=world.workers[:place] + world.workers[place + 1 :])
        event = worker.delivery.event + 1
        back = queued(rest, worker.delivery) if worker.session else rest
        if world.faults.kills:
            killed = abandon(spend(back, "kills"), worker)
            yield Step(f"event {event}: the process is killed", killed, fault=True)
        if world.faults.lost_connections and worker.session:
            lost = spend(back, "lost_connections")
            if worker.phase not in {Phase.PUBLISH, Phase.ACK}:
                lost = join(lost, worker._replace(session=False))
            yield Step(f"event {event}: the connection is lost", lost, fault=True)
