"""Events per second beside something else that the daemon has to do, in interleaved pairs.

    .venv/bin/python bench/beside.py watchers [--pairs 9] [--events 20000] [--json]
    .venv/bin/python bench/beside.py paused --events 30000

`watchers`: the status page open in 20 browsers, and `smsherald status` once a second.
`paused`: ten events a second for an account that an operator has paused.
`docs/benchmarks.md` says more.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pika
import yaml
from rich.console import Console

import ordeal  # noqa: F401 - it lets the tests' parts be found
from contenders import Place, Smsherald, dump, write_config
from measure import Measurement, Run, RunError
from pairs import interleaved, ratio
from rig import Scene, rig
from shop import EVENTS, QUEUE, SENDER
from support.repeating import repeating

BROWSERS = 20
A_SECOND = 10
"""Events for the paused account."""
TIERS = ("5s", "30s", "2m", "10m", "1h")
SMSHERALD = Path(sys.executable).with_name("smsherald")
KEY, ACCOUNT = "beside.paused", "beside"


@dataclass(frozen=True, slots=True)
class Beside(Smsherald):
    """The daemon with a second account and a flow for it."""

    def command(self, place: Place) -> list[str]:
        """Write both; an operator pauses the account as soon as there is a ledger."""
        config = write_config(place)
        settings = yaml.safe_load(config.read_text(encoding="utf-8"))
        accounts = settings["twilio"]["accounts"]
        accounts[ACCOUNT] = accounts["default"] | {"account_sid": "AC" + "6" * 32}
        settings["twilio"]["default_account"] = "default"
        config.write_text(dump(settings), encoding="utf-8")
        flow = {"subscribe": KEY, "account": ACCOUNT, "to": SENDER, "message": "{{ event.body.n }}"}
        (place.folder / "flows" / "beside.yaml").write_text(dump(flow), encoding="utf-8")
        return [str(SMSHERALD), "run", "--config", str(config)]


def smsherald(place: Place, *arguments: str) -> None:
    """Run a command on the daemon's configuration."""
    command = [str(SMSHERALD), *arguments, "--config", str(place.folder / "smsherald.yaml")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def watchers(place: Place) -> Iterator[None]:
    """Keep the page open in `BROWSERS`, and ask for the status once a second."""
    address = f"http://127.0.0.1:{place.http_port}"

    def ask() -> None:
        with urllib.request.urlopen(f"{address}/status.json", timeout=10) as answer:  # noqa: S310
            answer.read()

    with ExitStack() as open_pages:
        for _ in range(BROWSERS):
            open_pages.enter_context(watching(place.http_port))
        open_pages.enter_context(repeating(ask, 1.0))
        yield


@contextmanager
def watching(port: int) -> Iterator[None]:
    """Read the stream of events as a browser does, while inside."""

    def read() -> None:
        while stream.recv(65_536):
            pass

    with socket.create_connection(("127.0.0.1", port)) as stream:
        stream.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        reading = threading.Thread(target=read, daemon=True)
        reading.start()
        yield
        stream.shutdown(socket.SHUT_RDWR)
        reading.join()


@contextmanager
def paused(place: Place, *, events: bool) -> Iterator[None]:
    """Pause the second account, and publish for it; afterwards nothing of it is left."""
    smsherald(place, "pause", "--account", ACCOUNT)
    at = pika.URLParameters(place.broker)
    at.heartbeat = 0  # Undisturbed, nothing is said on it for as long as the run takes.
    with pika.BlockingConnection(at) as connection:
        channel = connection.channel()
        numbers = iter(range(1_000_000))

        def publish() -> None:
            properties = pika.BasicProperties(delivery_mode=2)
            body = json.dumps({"n": next(numbers)}).encode()
            channel.basic_publish(EVENTS, KEY, body, properties)

        if events:
            with repeating(publish, 1 / A_SECOND):
                yield
        else:
            yield
        time.sleep(1)  # What is under way is put off.
        for tier in TIERS:
            channel.queue_purge(f"{QUEUE}.retry.{tier}")
        channel.queue_purge(QUEUE)


def during(what: str, place: Place, *, disturbed: bool) -> Any:
    """Return what goes on in a run's window."""
    if what == "paused":
        return lambda _pid: paused(place, events=disturbed)
    return lambda _pid: watchers(place) if disturbed else ExitStack()


def run(what: str, scene: Scene, events: int, *, disturbed: bool) -> Measurement:
    """Measure one run."""
    measured = Run(Beside(), events, scene).measure(during(what, scene.place, disturbed=disturbed))
    return replace(measured, contender=what if disturbed else "alone")


def ratios(pairs: list[tuple[Measurement, Measurement]]) -> Mapping[str, float]:
    """Compare the medians: what is left of the rate, and what an event costs in CPU."""
    return {
        "rate": ratio(pairs, lambda it: it.rate),
        "cpu": ratio(pairs, lambda it: it.cpu_us),
    }


def main() -> None:
    """Run the pairs, and print what they say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=["watchers", "paused"])
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--json", action="store_true", help="every run, on standard output")
    arguments = parser.parse_args()
    console = Console(stderr=True)
    pairs: list[tuple[Measurement, Measurement]] = []
    with rig() as bench:

        def once(disturbed: bool) -> Measurement:  # noqa: FBT001 - `interleaved` calls it.
            with bench.scene(arguments.events, 0.0) as scene:
                try:
                    return run(arguments.what, scene, arguments.events, disturbed=disturbed)
                except RunError as error:
                    sys.exit(str(error))

        for alone, beside in interleaved(arguments.pairs, once):
            pairs.append((alone, beside))
            one = ratios(pairs[-1:])
            console.print(
                f"{len(pairs)}/{arguments.pairs}: alone {alone.rate:.0f}/s, beside "
                f"{beside.rate:.0f}/s: {one['rate']:.3f}; CPU {one['cpu']:.3f}; others "
                f"{beside.others_share:.0%}"
            )
    compared = ratios(pairs)
    console.print(f"rate {compared['rate']:.3f}, CPU an event {compared['cpu']:.3f} (medians)")
    if arguments.json:
        runs = [asdict(each) | {"rate": each.rate} for pair in pairs for each in pair]
        print(json.dumps({"runs": runs, **compared}, indent=2))


if __name__ == "__main__":
    main()
