"""How a sample ended: an outcome for each flow that made something of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from smsherald.cli.demo.fates import why
from smsherald.model import Deferred, Parked, Settlement

Ending: TypeAlias = Settlement | Literal["unroutable", "unsettled"]
"""How a sample ended, or what kept it from an end."""
INSTEAD = {
    "unroutable": "no flow subscribes to it",
    "unsettled": "it waits, for Twilio or for the broker",
}


class OfFlow(NamedTuple):
    """What a sample came to for one flow; `flow` is None where none made anything of it."""

    flow: str | None
    outcome: str
    why: str


def endings(ending: Ending) -> Sequence[OfFlow]:
    """Return one for each flow and outcome; of several texts alike the first says why."""
    if not isinstance(ending, Settlement):
        return [OfFlow(None, ending, INSTEAD[ending])]
    several = [OfFlow(sms.flow, outcome.word, why(outcome)) for sms, outcome in ending.results]
    several += [
        OfFlow(it.flow, Deferred.word if it in ending.returned else it.word, it.routing_key)
        for it in ending.published
    ]
    several += [OfFlow(it.flow, Parked.word, f"{it.reason}: {it.detail}") for it in ending.defects]
    if not several:
        return [OfFlow(None, ending.outcome.value, "")]
    alike: dict[tuple[str | None, str], list[OfFlow]] = {}
    for each in several:
        alike.setdefault((each.flow, each.outcome), []).append(each)
    return [
        OfFlow(flow, outcome, f"{first.why}, and {len(others)} more" if others else first.why)
        for (flow, outcome), (first, *others) in alike.items()
    ]
