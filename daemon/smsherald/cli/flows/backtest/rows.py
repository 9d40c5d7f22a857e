"""What a backtest says, as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from smsherald.cli import in_json
from smsherald.cli.flows.backtest.running import Course, Differing
from smsherald.cli.flows.backtest.staging import Stage
from smsherald.cli.operate.terminal import moment
from smsherald.rehearsal import Fate, Mets, Seen, Sum, Tally

Shown = Callable[[str], str]
"""How a number is shown: whole, or masked."""
_WITHIN = "\n    "


def fate_row(line: int, seen: Seen, fate: Fate, shown: Shown) -> dict[str, Any]:
    """Return what became of one SMS."""
    return {
        "line": line,
        "event_id": None if seen.event is None else seen.event.id,
        "routing_key": seen.routing_key,
        **_fate(fate, shown),
        "key": fate.key,
    }


def _fate(fate: Fate, shown: Shown) -> dict[str, Any]:
    asked = fate.asked
    return {
        "flow": fate.flow,
        "outcome": fate.outcome,
        "reason": fate.reason,
        "detail": fate.detail,
        "reference": _without(asked.to, shown, fate.reference) if asked else fate.reference,
        "to": asked and shown(asked.to),
        "from": asked and asked.sender,
        "account": asked and asked.account,
        "text": asked and asked.text,
        "media": list(fate.media),
        "segments": asked and asked.segments.count,
        "encoding": asked and asked.segments.encoding,
    }


def _without(number: str, shown: Shown, reference: str | None) -> str | None:
    """Show the recipient's number in a reference as it is shown elsewhere."""
    return reference and reference.replace(number, shown(number))


def tally_row(stage: Stage) -> dict[str, Any]:
    """Return what one configuration made of the events."""
    tally = stage.tally
    return {
        "configuration": str(stage.path),
        "events": {
            "read": tally.events,
            "first": moment(tally.first),
            "last": moment(tally.last),
            "outcomes": dict(tally.outcomes),
            "published": tally.published,
        },
        "sent": _sum(tally.sent),
        "recipients": len(tally.numbers),
        "most_to_one": max(tally.numbers.values(), default=0),
        "busiest_minute": _busiest(tally),
        "flows": {
            str(name): {
                "sent": _sum(flow.sent),
                "duplicates": flow.again,
                "published": flow.published,
                "skipped": _mets(flow.skipped),
                "parked": _mets(flow.parked),
            }
            for name, flow in tally.flows.items()
            if name is not None
        },
        "without_flow": _mets(tally.flows[None].parked) if None in tally.flows else {},
        "not_subscribed": _mets(tally.unknown),
        "not_wanted": _mets(tally.unwanted),
    }


def course_row(course: Course, *, differing: bool) -> dict[str, Any]:
    """Return how far it went; with `differing` how many events have differences, too."""
    row: dict[str, Any] = {
        "lines": course.lines,
        "bad_lines": course.bad,
        "interrupted": course.interrupted,
        "broken": course.broken,
        "seconds": round(course.seconds, 3),
    }
    return row | ({"differing_events": course.differing_events} if differing else {})


def difference_row(differing: Differing, shown: Shown) -> dict[str, Any]:
    """Return one difference: both sides, null where an SMS is not made."""
    here, there, what = differing.difference
    return {
        "line": differing.line,
        "event_id": differing.event_id,
        "routing_key": differing.routing_key,
        "what": list(what),
        "here": here and _fate(here, shown),
        "there": there and _fate(there, shown),
    }


def written(
    said: Mapping[str, Any], last: str | None = None, rows: Iterable[Mapping[str, Any]] = ()
) -> Iterator[str]:
    """Write an object as JSON, with a list as its `last` member: of many rows one at a time."""
    whole = in_json.written(said)
    if last is None:
        yield whole
        return
    head = whole.removesuffix("\n}")
    yield f"{head},\n  {in_json.written(last)}: ["
    some = False
    for row in rows:
        yield ("," if some else "") + f"\n{in_json.written(row)}".replace("\n", _WITHIN)
        some = True
    yield "\n  ]\n}" if some else "]\n}"


def _sum(sum_: Sum) -> dict[str, Any]:
    return {
        "smses": sum_.smses,
        "segments": sum_.segments,
        "encodings": dict(sum_.encodings),
        # As text: an amount is exact.
        "price": {money.currency or "": f"{money.amount:f}" for money in sum_.money},
        "unpriced": sum_.unpriced,
    }


def _mets(mets: Mets) -> dict[str, Mapping[str, Any]]:
    return {
        name: {
            "times": met.times,
            "line": met.line,
            "event_id": met.event_id,
            "detail": met.detail,
        }
        for name, met in sorted(mets.items(), key=lambda each: (-each[1].times, each[0]))
    }


def _busiest(tally: Tally) -> dict[str, Any] | None:
    if tally.busiest is None:
        return None
    at, smses, segments = tally.busiest
    return {"at": moment(at), "smses": smses, "segments": segments}
