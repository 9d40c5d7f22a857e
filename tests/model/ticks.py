"""Time: a tick makes everything older, and what is too old to be told apart falls together."""

from __future__ import annotations

from collections.abc import Mapping

from model.state import FENCE, LISTING_LAG, QUARANTINE, Phase, Row, Worker, World
from smsherald.model import State


def later(world: World, *, to_the_tick: bool) -> World:
    """Return the world one tick later.

    A claim past the fence is past the fence, a row past its quarantine past its quarantine; of
    the other times of long ago only the order counts, as long as a look-up compares nothing but
    `since` with the texts' dates. `to_the_tick` keeps it all, for the case that it does.
    """
    oldest = -10 * QUARANTINE if to_the_tick else -QUARANTINE
    world = world._replace(
        rows=tuple(row and _older_row(row, oldest) for row in world.rows),
        workers=tuple(sorted(map(_older_worker, world.workers), key=hash)),
        requests=tuple(each._replace(left=each.left - 1) for each in world.requests if each.left),
        messages=tuple(
            each if each.created is None else each._replace(created=each.created - 1)
            for each in world.messages
        ),
    )
    return _shortened(world, to_the_tick=to_the_tick)


def _older_row(row: Row, oldest: int) -> Row:
    if row.state is not State.SENDING:
        return row
    return row._replace(since=row.since - 1, claimed_at=max(row.claimed_at - 1, oldest))


def _older_worker(worker: Worker) -> Worker:
    claim = worker.claim
    if claim is None:
        return worker
    since = None if claim.since is None else claim.since - 1
    is_fresh = claim.since is None or claim.resend
    asks = is_fresh and worker.phase in {Phase.CLAIM, Phase.SEND}
    claimed = max(claim.claimed - 1, -FENCE - 1) if asks else 0
    left = worker.left - 1 if worker.phase is Phase.WAIT else 0
    return worker._replace(claim=claim._replace(since=since, claimed=claimed), left=left)


def _shortened(world: World, *, to_the_tick: bool) -> World:
    """Shorten the gaps between times to the longest that makes a difference to anything."""
    sending = [row for row in world.rows if row and row.state is State.SENDING]
    times = {each.created for each in world.messages if each.created is not None}
    times |= {row.since for row in sending}
    times |= {w.claim.since for w in world.workers if w.claim and w.claim.since is not None}
    if to_the_tick:
        times |= {row.claimed_at for row in sending}
    longest = QUARANTINE if to_the_tick else LISTING_LAG + 1
    short, before, new = {0: 0}, 0, 0
    for time in sorted(times, reverse=True):
        new -= min(before - time, longest)
        short[time] = new
        before = time
    if all(time == new for time, new in short.items()):
        return world
    claimed = short if to_the_tick else {}
    return world._replace(
        rows=tuple(row and _row_at(row, short, claimed) for row in world.rows),
        workers=tuple(sorted((_worker_at(each, short) for each in world.workers), key=hash)),
        messages=tuple(
            each if each.created is None else each._replace(created=short[each.created])
            for each in world.messages
        ),
    )


def _row_at(row: Row, short: Mapping[int, int], claimed: Mapping[int, int]) -> Row:
    if row.state is not State.SENDING:
        return row
    claimed_at = claimed.get(row.claimed_at, row.claimed_at)
    return row._replace(since=short[row.since], claimed_at=claimed_at)


def _worker_at(worker: Worker, short: Mapping[int, int]) -> Worker:
    if worker.claim is None or worker.claim.since is None:
        return worker
    return worker._replace(claim=worker.claim._replace(since=short[worker.claim.since]))
