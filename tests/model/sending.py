"""The sending of SMSes as it is searched: what may happen, and what must hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from model.changes import renumbered
from model.ledger import ENDED
from model.nature import happen
from model.rules import work
from model.state import Phase, Scenario, Step, Worker, World
from smsherald.model import OnUnknown, State


@dataclass(frozen=True)
class Sending:
    """A scenario of it, as `search.Model`."""

    scenario: Scenario

    def start(self) -> World:
        """Return the world before anything happened."""
        return self.scenario.start()

    def steps(self, world: World) -> Iterator[Step]:
        """Return all that may happen next."""
        yield from work(self.scenario, world)
        yield from happen(self.scenario, world)

    def alike(self, world: World) -> World:
        """Return the one world that stands for all that differ in nothing that matters."""
        return renumbered(world)

    def wrong(self, world: World) -> str | None:
        """Return what must never be, if this world has it."""
        if world.paused and any(_is_sent(worker) for worker in world.workers):
            return "what was claimed in a pause is sent"
        return wrong(self.scenario, world)

    def done(self, world: World) -> bool:
        """Say whether every event is acked, and every SMS has ended and is told, as it is."""
        return done(world)


def wrong(scenario: Scenario, world: World) -> str | None:
    """Return what must never be, if this world has it."""
    texts = [0] * len(world.rows)
    for message in world.messages:
        texts[world.place(message.event)] += 1
    sent = 0
    for event, row in enumerate(world.rows):
        who = f"event {event + 1}"
        if texts[event] > 1 and scenario.on_unknown is not OnUnknown.RESEND:
            return f"{who} is texted twice"
        if len(world.told[event]) > 1:
            return f"two outcomes of {who} are told"
        if row is None:
            continue
        if texts[event] and row.state in ENDED and row.state is not State.SENT:
            return f"{who} is texted and recorded as {row.state}"
        sent += row.state is State.SENT
        told = {notice.outcome for notice in world.told[event]}
        if row.told and f"sms.{row.state}" not in told:
            return f"{who} is taken for told as {row.state}, and nobody was told so"
    if sent > len(world.messages):
        return "more is recorded as sent than Twilio has taken"
    return None


def _is_sent(worker: Worker) -> bool:
    """Say whether a process asks Twilio for what it claimed while everything was paused."""
    claim = worker.claim
    return worker.phase is Phase.WAIT and claim is not None and claim.paused


def done(world: World) -> bool:
    """Say whether every event is acked, and every SMS has ended and is told, as it is."""
    if world.queue or world.workers or world.requests:
        return False
    if not all(row and row.state in ENDED and row.told for row in world.rows):
        return False
    return all(world.told)
