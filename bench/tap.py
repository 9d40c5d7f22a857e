"""The daemon at a steady rate, alone and with `smsherald tap` beside it, in interleaved pairs.

    .venv/bin/python bench/tap.py [--rate 500] [--seconds 20] [--pairs 9] [--json]

`--rate` should be half of what `bench/throughput.py` shows here. `docs/benchmarks.md` says more.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path

import pika
from pika.adapters.blocking_connection import BlockingChannel
from rich.console import Console

import ordeal  # noqa: F401 - it lets the tests' parts be found
import watch
from contenders import Place, Smsherald
from measure import STALL_TIMEOUT, length, started
from pairs import interleaved, ratio
from rig import Rig, rig
from shop import EVENTS, ROUTING_KEY, TOLD, order
from support.http import request
from support.waiting import eventually

SMSHERALD = Path(sys.executable).with_name("smsherald")
AT_ONCE = 0.02
"""Seconds of events that are published together."""


@dataclass(frozen=True, slots=True)
class Paced:
    """One run: what was published, and what came of it."""

    tapped: bool
    rate: float
    """Events a second, from the first that is published to the last that is told."""
    lag: float
    """Seconds from the last that is published to the last that is told."""
    cpu_us: float
    """Of the daemon, an event."""


@contextmanager
def tap(place: Place) -> Iterator[None]:
    """Listen as long as inside; every event must be in its file at the end."""
    config = place.folder / "smsherald.yaml"
    command = [str(SMSHERALD), "tap", "--config", str(config)]
    lines, said = place.folder / "tap.jsonl", place.folder / "tap.log"
    with (
        lines.open("wb") as out,
        said.open("wb") as err,
        subprocess.Popen(command, stdout=out, stderr=err) as process,
    ):
        try:
            eventually(lambda: "Listening" in said.read_text(), what="the tap listens")
            yield
        finally:
            process.terminate()


def publish(channel: BlockingChannel, events: int, rate: float) -> float:
    """Publish at a rate, as evenly as that goes; return how long it took, in seconds."""
    began, done = time.monotonic(), 0
    while done < events:
        due = min(events, int((time.monotonic() - began + AT_ONCE) * rate))
        for number in range(done, due):
            properties = pika.BasicProperties(
                app_id="bench", message_id=f"order-{number}", delivery_mode=2
            )
            channel.basic_publish(EVENTS, ROUTING_KEY, order(number), properties)
        done = due
        channel.connection.sleep(AT_ONCE)
    return time.monotonic() - began


def wait_until_told(channel: BlockingChannel, events: int) -> None:
    """Return once there is a notification of each; TimeoutError where that takes too long."""
    deadline = time.monotonic() + STALL_TIMEOUT
    while length(channel, TOLD) < events:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{length(channel, TOLD)} of {events} are told")
        time.sleep(0.02)


def run(bench: Rig, events: int, rate: float, *, tapped: bool) -> Paced:
    """Measure one run."""
    with bench.scene(0, 0.0) as scene:
        place = scene.place
        with (
            started(Smsherald().command(place), place.folder) as daemon,
            pika.BlockingConnection(pika.URLParameters(place.broker)) as connection,
        ):
            ready = f"http://127.0.0.1:{place.http_port}/readyz"
            eventually(lambda: request(ready).status == HTTPStatus.OK, what="the daemon is ready")
            channel = connection.channel()
            with tap(place) if tapped else nullcontext():
                began, before = time.monotonic(), watch.cpu_seconds(daemon.pid)
                took = publish(channel, events, rate)
                wait_until_told(channel, events)
                whole = time.monotonic() - began
                spent = watch.cpu_seconds(daemon.pid) - before
        if tapped:
            written = (place.folder / "tap.jsonl").read_bytes().count(b"\n")
            if written < events:
                sys.exit(f"the tap wrote {written} of {events} events")
    return Paced(tapped, events / whole, whole - took, spent * 1e6 / events)


def main() -> None:
    """Run the pairs, and print what they say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rate", type=float, default=500.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--json", action="store_true", help="every run, on standard output")
    arguments = parser.parse_args()
    console, events = Console(stderr=True), int(arguments.rate * arguments.seconds)
    with rig() as bench:

        def once(tapped: bool) -> Paced:  # noqa: FBT001 - `interleaved` calls it.
            one = run(bench, events, arguments.rate, tapped=tapped)
            console.print(
                f"{'tapped' if tapped else 'alone '} {one.rate:.0f}/s, last {one.lag:.2f} s "
                f"later, {one.cpu_us:.0f} us an event"
            )
            return one

        pairs = list(interleaved(arguments.pairs, once))
    ratios = {
        "rate": ratio(pairs, lambda it: it.rate),
        "cpu_us": ratio(pairs, lambda it: it.cpu_us),
    }
    console.print(f"rate {ratios['rate']:.3f}, CPU an event {ratios['cpu_us']:.3f} (medians)")
    if arguments.json:
        print(
            json.dumps(
                {"runs": [asdict(each) for pair in pairs for each in pair], **ratios}, indent=2
            )
        )


if __name__ == "__main__":
    main()
