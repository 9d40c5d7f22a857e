"""What a configuration would have sent, for a person at a terminal."""

from __future__ import annotations

import typer
from rich import box
from rich.table import Table

from smsherald.cli.flows.backtest.staging import Stage
from smsherald.cli.operate.terminal import console, plain, printable, time_of_day, wrapped
from smsherald.model import EventOutcome
from smsherald.rehearsal import Met, Mets, Sum, Tally
from smsherald.sms import Money

MOST_KEYS = 10
_CENT = 2
_LONGEST_ID = 40
"""Characters of an id that are worth a place."""
_UNDER = "  "


def print_tally(stage: Stage) -> None:
    """Print all of it."""
    tally = stage.tally
    _events(tally)
    if tally.flows:
        typer.echo()
        _flows(tally)
    if tally.sent.smses:
        _sent(tally)
    for heading, kind in (("Skipped", "skipped"), ("Parked, for a person to look at", "parked")):
        _reasons(heading, tally, kind)
    _keys("No flow subscribes to", tally.unknown)
    _keys("Subscribed to, and wanted by no flow (`when`, `to_each`, `type`)", tally.unwanted)


def _events(tally: Tally) -> None:
    when = ""
    if tally.first is not None:
        when = f", {time_of_day(tally.first)} to {time_of_day(tally.last)} UTC"
    wrapped(f"{counted(tally.events, 'event')}{when}")
    for outcome in EventOutcome:
        if number := tally.outcomes[outcome]:
            typer.echo(f"{_UNDER}{outcome.value:<10}{number:>10,}")
    if tally.published:
        typer.echo(f"{_UNDER}{'published':<10}{tally.published:>10,}  by flows, for flows here")


def _flows(tally: Tally) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_footer=True)
    table.add_column("flow", "all", overflow="fold")
    flows = dict(sorted(tally.flows.items(), key=lambda it: it[0] or "~"))
    columns = [
        ("sent", [flow.sent.smses for flow in flows.values()]),
        ("skipped", [_times(flow.skipped) for flow in flows.values()]),
        ("parked", [_times(flow.parked) for flow in flows.values()]),
        ("again", [flow.again for flow in flows.values()]),
        ("published", [flow.published for flow in flows.values()]),
        ("segments", [flow.sent.segments for flow in flows.values()]),
    ]
    columns = [each for each in columns if each[0] != "published" or any(each[1])]
    for name, numbers in columns:
        table.add_column(name, f"{sum(numbers):,}", justify="right", no_wrap=True)
    if tally.sent.costs:
        table.add_column("price", price(tally.sent), justify="right")
    for place, (flow, each) in enumerate(flows.items()):
        row = [f"{numbers[place]:,}" for _, numbers in columns]
        if tally.sent.costs:
            row.append(price(each.sent))
        table.add_row(plain("(no flow)" if flow is None else flow), *row)
    console().print(table)


def _sent(tally: Tally) -> None:
    sent = tally.sent
    most = max(tally.numbers.values())
    encodings = ", ".join(f"{number:,} {name}" for name, number in sent.encodings.most_common())
    wrapped(
        f"Sent: {counted(sent.smses, 'SMS')} ({encodings}) to "
        f"{counted(len(tally.numbers), 'number')}, {most:,} to one at most."
    )
    if sent.costs and sent.unpriced:
        wrapped(f"{counted(sent.unpriced, 'SMS')} without a price: no entry of `prices` fits.")
    if not sent.costs:
        wrapped("Set `prices` to see what they cost.")
    if tally.busiest is not None:
        at, smses, segments = tally.busiest
        wrapped(
            f"Busiest minute: {time_of_day(at)[:-3]} UTC, {counted(smses, 'SMS')} in "
            f"{counted(segments, 'segment')}."
        )


def _reasons(heading: str, tally: Tally, kind: str) -> None:
    rows = [
        (name, reason, met)
        for name, flow in sorted(tally.flows.items(), key=lambda it: it[0] or "~")
        for reason, met in _most_first(getattr(flow, kind))
    ]
    if not rows:
        return
    typer.echo(f"\n{heading}")
    for name, reason, met in rows:
        said = f"{name or '(no flow)'}: {reason}, {met.times:,}; first in line {met.line}"
        said += "".join(f", {event_id}" for event_id in named(met.event_id))
        if met.detail is not None:
            said += f": {met.detail}"
        wrapped(said, _UNDER, _UNDER * 2)


def _keys(heading: str, mets: Mets) -> None:
    if not mets:
        return
    typer.echo(f"\n{heading}")
    rows = _most_first(mets)
    for key, met in rows[:MOST_KEYS]:
        wrapped(f"{key or '(no key)'}: {met.times:,}; first in line {met.line}", _UNDER, _UNDER * 2)
    if rest := rows[MOST_KEYS:]:
        times = sum(met.times for _, met in rest)
        typer.echo(f"{_UNDER}{counted(len(rest), 'more key')}: {times:,}; --json has them")


def named(event_id: str | None) -> list[str]:
    """Return an event's id where it says something: a digest of its body does not."""
    return [event_id] if event_id is not None and len(event_id) <= _LONGEST_ID else []


def price(sum_: Sum) -> str:
    """Write what it costs; several currencies one by one."""
    return " + ".join(map(_money, sum_.money)) or "0"


def _money(money: Money) -> str:
    """Write it with thousands apart, and all of its decimals, two at least."""
    number = f"{money.amount:,f}"
    whole, _, decimals = number.partition(".")
    number = f"{whole}.{decimals.rstrip('0'):0<{_CENT}}"
    return printable(f"{number} {money.currency or ''}".strip())


def counted(number: int, noun: str) -> str:
    """Write a number and what it counts."""
    plural = f"{noun}es" if noun.endswith("SMS") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def _times(mets: Mets) -> int:
    return sum(met.times for met in mets.values())


def _most_first(mets: Mets) -> list[tuple[str, Met]]:
    return sorted(mets.items(), key=lambda each: (-each[1].times, each[0]))
