"""Where two configurations differ, for a person at a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import typer
from rich import box
from rich.table import Table

from smsherald.cli.flows.backtest.rows import Shown
from smsherald.cli.flows.backtest.running import Course, Differing
from smsherald.cli.flows.backtest.staging import Stage
from smsherald.cli.flows.backtest.view import counted, named, price
from smsherald.cli.operate.terminal import console, plain, printable, wrapped
from smsherald.model import SmsEvent
from smsherald.rehearsal import Fate

_SIDES = {"only_here": "only here", "only_there": "only there"}
_VALUES = ("ended", "flow", "to", "from", "account", "text", "media", "publish")
_CONTEXT = ("to", "text")
"""What is shown where it is the same, too."""
_ENDS = {"outcome", "reason"}


class Found:
    """The differences: all are counted, the first `most` kept; None keeps all."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self.kept: list[Differing] = []
        self.counts: Counter[tuple[str, str]] = Counter()
        """By flow, and by what differs."""

    def add(self, differing: Differing) -> None:
        """Count one more."""
        difference = differing.difference
        self.counts[difference.flow or "(no flow)", _what(difference.what)] += 1
        if self._most is None or len(self.kept) < self._most:
            self.kept.append(differing)

    def __len__(self) -> int:
        return self.counts.total()


def print_differences(found: Found, here: Stage, there: Stage, shown: Shown) -> None:
    """Print those that are kept, as `diff` would: `-` is there, `+` is here."""
    if not found:
        return
    typer.echo(f"--- there: {printable(there.path)}")
    typer.echo(f"+++ here: {printable(here.path)}")
    for one in found.kept:
        typer.echo()
        for line in _lines(one, shown):
            typer.echo(line)
    if rest := len(found) - len(found.kept):
        typer.echo()
        wrapped(f"… and {rest:,} more: --most shows more of them, --json has all.")
    typer.echo()


def _lines(one: Differing, shown: Shown) -> Iterator[str]:
    here, there, what = one.difference
    where = [f"line {one.line}", one.routing_key]
    where += named(one.event_id)
    yield printable("  ".join(filter(None, where)))
    yield printable(f"  {one.difference.flow or '(no flow)'}: {_what(what)}")
    values_here, values_there = (_values(fate, shown) for fate in (here, there))
    differs = {"ended" if each in _ENDS else each for each in what}
    for name in _VALUES:
        of_here, of_there = values_here.get(name), values_there.get(name)
        if here and there and name in differs:
            yield from _said("-", name, of_there)
            yield from _said("+", name, of_here)
        elif name in _CONTEXT or (name == "ended" and not (here and there)):
            yield from _said(_mark(here, there), name, of_here or of_there)


def _mark(here: Fate | None, there: Fate | None) -> str:
    if here and there:
        return " "
    return "+" if here else "-"


def _values(fate: Fate | None, shown: Shown) -> dict[str, str]:
    if fate is None:
        return {}
    said = {"flow": fate.flow or "(no flow)", "ended": _ended(fate), "media": " ".join(fate.media)}
    if fate.outcome == SmsEvent.word:
        said["publish"] = fate.detail or ""
    if fate.asked is not None:
        said |= {
            "to": shown(fate.asked.to),
            "from": fate.asked.sender,
            "account": fate.asked.account,
            "text": fate.asked.text,
        }
    return said


def _ended(fate: Fate) -> str:
    why = fate.reason and (f"{fate.reason}: {fate.detail}" if fate.detail else fate.reason)
    return f"{fate.outcome} ({why})" if why else fate.outcome


def _said(mark: str, name: str, value: str | None) -> Iterable[str]:
    """Write a value that is there; a text of several lines stays one of several lines."""
    if not value:
        return
    for number, line in enumerate(value.split("\n")):
        yield f"  {mark} {name if number == 0 else '':<8}{printable(line)}".rstrip()


def _what(what: tuple[str, ...]) -> str:
    return ", ".join(_SIDES.get(each, each) for each in what)


def print_summary(found: Found, course: Course, here: Stage, there: Stage) -> None:
    """Print both sides in numbers, and what differs by flow."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    table.add_column("there (-)", justify="right")
    table.add_column("here (+)", justify="right")
    tallies = there.tally, here.tally
    rows = [
        ("sent", [f"{each.sent.smses:,}" for each in tallies]),
        ("segments", [f"{each.sent.segments:,}" for each in tallies]),
        ("skipped", [f"{each.total('skipped'):,}" for each in tallies]),
        ("parked", [f"{each.total('parked'):,}" for each in tallies]),
        ("again", [f"{each.again:,}" for each in tallies]),
    ]
    if any(each.sent.costs for each in tallies):
        rows.insert(2, ("price", [price(each.sent) for each in tallies]))
    for name, numbers in rows:
        table.add_row(name, *numbers)
    console().print(table)
    if not found:
        wrapped("Both make the same of every event.")
        return
    events = counted(course.differing_events, "event")
    wrapped(
        f"{counted(len(found), 'SMS')} of {events} {'differs' if len(found) == 1 else 'differ'}:"
    )
    for (flow, what), times in found.counts.most_common():
        console().print(plain(f"  {flow}: {what}: {times:,}"))
