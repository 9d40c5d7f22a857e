"""Events per second after an outage of Twilio, beside a run without one, in interleaved pairs.

    .venv/bin/python bench/outage.py [--pairs 5] [--events 20000] [--lasts 60] [--json]

Both work off the same full queue; the second finds that Twilio answers 503, until it has rested
for `--lasts` seconds. `docs/benchmarks.md` says more.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import pika
import yaml
from pika.adapters.blocking_connection import BlockingChannel
from rich.console import Console

from contenders import Place, Smsherald, dump
from measure import RunError, length, started
from pairs import interleaved, ratio
from rig import Scene, rig
from shop import QUEUE, TOLD

LOOK = 0.02
"""Seconds between two looks at how far it is."""
STALL_TIMEOUT = 120.0
SHORTENED = {
    "ledger": {"fence": "2s", "late_accept": "1s", "listing_lag": "1s", "quarantine": "10s"},
    "twilio": {"timeout": "2s"},
}
"""Seconds for minutes, as the outage is: what was in flight is of unknown fate for as long."""
UNKNOWN = 400
"""The drain's rate is that of all but so many: twice what is in flight when Twilio goes away, whose
fate is unknown for a while."""


@dataclass(frozen=True, slots=True)
class Hurried(Smsherald):
    """The daemon with an operator's times for an outage of a minute."""

    def command(self, place: Place) -> list[str]:
        """Write settings and flow, the times shortened."""
        command = Smsherald.command(self, place)
        config = place.folder / "smsherald.yaml"
        settings = yaml.safe_load(config.read_text(encoding="utf-8"))
        for part, values in SHORTENED.items():
            settings[part] |= values
        config.write_text(dump(settings), encoding="utf-8")
        return command


@dataclass(frozen=True, slots=True)
class Drain:
    """How a full queue was worked off. Seconds; rates are events per second."""

    waited: float
    """From Twilio's return (a run without outage: from the start) to the first text told."""
    rate: float
    """Of all but the last `UNKNOWN`."""
    overall: float
    """Of all, from the first to the last."""


def drained(scene: Scene, events: int, lasts: float | None) -> Drain:
    """Run the daemon once, after an outage that `lasts` so long, and see that none is lost."""
    command = Hurried().command(scene.place)
    if lasts is not None:
        scene.twilio.go("away")
    with (
        pika.BlockingConnection(pika.URLParameters(scene.place.broker)) as connection,
        started(command, scene.place.folder),
    ):
        channel = connection.channel()
        if lasts is not None:
            rest(channel, events, lasts)
            scene.twilio.go("back")
        times = told(channel, events)
    stats = scene.twilio.stats()
    if (stats["requests"], stats["texts"]) != (events, events):
        raise RunError(f"of {events} events Twilio took {stats}")
    return times


def rest(channel: BlockingChannel, events: int, lasts: float) -> None:
    """Return once nearly all has waited in the queue for so long."""
    deadline = time.monotonic() + STALL_TIMEOUT
    while length(channel, QUEUE) < events - UNKNOWN or length(channel, QUEUE) == events:
        if time.monotonic() > deadline:
            raise RunError("the backlog does not rest in the queue")
        time.sleep(LOOK)
    time.sleep(lasts)


def told(channel: BlockingChannel, events: int) -> Drain:
    """Watch the notifications of what is sent until the last has come."""
    before = length(channel, TOLD)
    began = time.monotonic()
    first = most = 0.0
    done, progressed = 0, began
    while done < events:
        time.sleep(LOOK)
        now, last = time.monotonic(), done
        done = length(channel, TOLD) - before
        if done > last:
            progressed = now
        if now > progressed + STALL_TIMEOUT:
            raise RunError(f"{done} of {events} came")
        if done and not first:
            first, head = now, done
        if done >= events - UNKNOWN and not most:
            most, at_most = now, done
    end = time.monotonic()
    return Drain(
        waited=first - began,
        rate=(at_most - head) / (most - first),
        overall=(events - head) / (end - first),
    )


def main() -> None:
    """Run the pairs, and print what they say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--lasts", type=float, default=60.0, help="seconds")
    parser.add_argument("--json", action="store_true", help="every run, on standard output")
    arguments = parser.parse_args()
    console = Console(stderr=True)
    pairs: list[tuple[Drain, Drain]] = []
    with rig() as bench:

        def once(away: bool) -> Drain:  # noqa: FBT001 - `interleaved` calls it.
            with bench.scene(arguments.events, 0.0) as scene:
                try:
                    return drained(scene, arguments.events, arguments.lasts if away else None)
                except RunError as error:
                    sys.exit(str(error))

        for pair in interleaved(arguments.pairs, once):
            pairs.append(pair)
            console.print(f"{len(pairs)}/{arguments.pairs}: {said(*pair)}")
    compared = ratios(pairs)
    console.print(f"rate {compared['rate']:.3f}, of all {compared['overall']:.3f} (medians)")
    if arguments.json:
        runs = [{"alone": asdict(alone), "after": asdict(after)} for alone, after in pairs]
        print(json.dumps({"runs": runs, **compared}, indent=2))


def said(alone: Drain, after: Drain) -> str:
    """Return a pair in a line."""
    return (
        f"without {alone.rate:.0f}/s; after it {after.rate:.0f}/s from {after.waited:.1f} s on, "
        f"all {after.overall:.0f}/s"
    )


def ratios(pairs: list[tuple[Drain, Drain]]) -> Mapping[str, float]:
    """Compare the medians."""
    return {
        "rate": ratio(pairs, lambda it: it.rate),
        "overall": ratio(pairs, lambda it: it.overall),
    }


if __name__ == "__main__":
    main()
