"""Where an event's CPU goes: the daemon under a sampling profiler, on a full queue.

    .venv/bin/python bench/hotspots.py --py-spy PATH [--events 20000] [--keep stacks.txt]

py-spy looks at the running process from outside, so nothing in the daemon is changed; each
sample costs it a moment, so take rates from `throughput.py`. Idle threads are not counted.
Three tables say where the samples lie: by the package that was running, by the part of
smsherald that had called it, and by function. `--keep` leaves the stacks as flamegraph tools
read them.
"""

from __future__ import annotations

import argparse
import re
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from contenders import Smsherald
from measure import Run
from rig import rig

RATE = 400
"""Samples a second."""
ATTACH = 0.3
"""Seconds that py-spy is given to find its way into the process."""
LINES = 40
"""Of each table."""
WAITS = frozenset({"python concurrent: _worker", "smsherald.ledger.commit.thread: OneThread._go"})
"""Functions that wait for work in C, which looks like running from outside."""
FRAME = re.compile(r"(?P<function>.+) \((?P<file>.+?)(?::(?P<line>\d+))?\)")
OWN = re.compile(r"/(smsherald/.+)\.py$")
INSTALLED = re.compile(r"/(?:site|dist)-packages/([^/]+)")
STANDARD = re.compile(r"/lib/python[0-9.]+/([^/]+)")


@contextmanager
def sampled(py_spy: str, pid: int, output: Path) -> Iterator[None]:
    """Sample a process while inside; the stacks are in `output` afterwards."""
    command = [
        py_spy,
        "record",
        "--pid",
        str(pid),
        "--rate",
        str(RATE),
        "--format",
        "raw",
        "--full-filenames",
        "--output",
        str(output),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as profiler:
        time.sleep(ATTACH)
        try:
            yield
        finally:
            profiler.send_signal(signal.SIGINT)
            _, said = profiler.communicate(timeout=60)
    if not output.exists():
        raise RuntimeError(said.decode())


def read(output: Path) -> Counter[tuple[str, ...]]:
    """Return how often each stack was seen; frames from the outermost to the innermost."""
    stacks: Counter[tuple[str, ...]] = Counter()
    for line in output.read_text(encoding="utf-8").splitlines():
        stack, _, seen = line.rpartition(" ")
        frames = tuple(stack.split(";"))
        if function(frames[-1]) not in WAITS:
            stacks[frames] += int(seen)
    return stacks


def package(frame: str) -> str:
    """Name the package that a frame's code belongs to; `python` for what is built in."""
    found = FRAME.fullmatch(frame)
    file = found["file"] if found else frame
    if own := OWN.search(file):
        return own[1].replace("/", ".")
    if installed := INSTALLED.search(file):
        return installed[1].removesuffix(".py")
    if standard := STANDARD.search(file):
        return f"python {standard[1].removesuffix('.py')}"
    return "python"


def caller(stack: tuple[str, ...]) -> str:
    """Name the innermost module of smsherald in a stack."""
    modules = map(package, reversed(stack))
    return next(
        (module for module in modules if module.startswith("smsherald.")), "(no code of ours)"
    )


def function(frame: str) -> str:
    """Name a frame's function and where it is, without the line."""
    found = FRAME.fullmatch(frame)
    return f"{package(frame)}: {found['function']}" if found else frame


def show(console: Console, title: str, seen: Mapping[str, int], microseconds: float) -> None:
    """Print the shares, the largest first; `microseconds` is the CPU of an event."""
    total = sum(seen.values())
    shown = Table("share", "µs/event", title, title=None)
    for name, number in Counter(seen).most_common(LINES):
        share = number / total
        shown.add_row(f"{share:.1%}", f"{share * microseconds:.1f}", name)
    console.print(shown)


def main() -> None:
    """Profile a run and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--py-spy", required=True, metavar="PATH", help="the profiler's program")
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--latency", type=float, default=0.0, help="the stand-in's, milliseconds")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="leave the stacks here")
    arguments = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory(prefix="smsherald-bench-") as name:
        output = arguments.keep or Path(name) / "stacks.txt"
        with rig() as bench, bench.scene(arguments.events, arguments.latency) as scene:
            run = Run(Smsherald(), arguments.events, scene)
            measured = run.measure(lambda pid: sampled(arguments.py_spy, pid, output))
        stacks = read(output)
    inner: Counter[str] = Counter()
    callers: Counter[str] = Counter()
    functions: Counter[str] = Counter()
    for stack, seen in stacks.items():
        inner[package(stack[-1])] += seen
        callers[caller(stack)] += seen
        functions[function(stack[-1])] += seen
    console.print(
        f"{measured.events} events, {measured.cpu_us:.0f} µs of CPU each (under the profiler), "
        f"{stacks.total()} samples"
    )
    show(console, "running", inner, measured.cpu_us)
    show(console, "called by", callers, measured.cpu_us)
    show(console, "function", functions, measured.cpu_us)


if __name__ == "__main__":
    main()
