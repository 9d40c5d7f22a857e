"""What two configurations make of one event, side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import NamedTuple

from smsherald.model import Duplicate, SmsEvent
from smsherald.rehearsal.values import Fate


class Difference(NamedTuple):
    """One SMS that is not the same in both; None is where it is not made at all."""

    here: Fate | None
    there: Fate | None
    what: tuple[str, ...]
    """`only_here` or `only_there`; else all that differs: of `PARTS`."""

    @property
    def flow(self) -> str | None:
        """The flow that makes it, here if it is made here."""
        fate = self.here or self.there
        return None if fate is None else fate.flow


PARTS: dict[str, Callable[[Fate], object]] = {
    "outcome": lambda fate: fate.outcome,
    "reason": lambda fate: fate.reason,
    "flow": lambda fate: fate.flow,
    "to": lambda fate: fate.asked and fate.asked.to,
    "text": lambda fate: fate.asked and fate.asked.text,
    "from": lambda fate: fate.asked and fate.asked.sender,
    "account": lambda fate: fate.asked and fate.asked.account,
    "media": lambda fate: fate.media,
    "publish": lambda fate: fate.detail if fate.outcome == SmsEvent.word else None,
}
"""All that is compared, by its name."""
_ENDS = ("outcome", "reason", "flow")
_AGAIN = ("flow",)
_WHOLE = tuple(PARTS)


def differences(here: Sequence[Fate], there: Sequence[Fate]) -> Iterator[Difference]:
    """Find what differs between what two configurations make of one event.

    An SMS has its counterpart in that of the same flow and recipient; else of the same flow, so
    that another recipient is seen as one; else in one that says the same to the same number by
    another flow. Of what came again nothing is compared but that it did: it is sent in neither.
    """
    if len(here) == len(there) and all(map(_alike, here, there)):
        return
    rest_here, rest_there = list(here), list(there)
    for by in (_by_flow_and_number, _by_flow, _by_number_and_text):
        for one, other in _pairs(rest_here, rest_there, by):
            if what := _differing(one, other):
                yield Difference(one, other, what)
    for fate in rest_here:
        yield Difference(fate, None, ("only_here",))
    for fate in rest_there:
        yield Difference(None, fate, ("only_there",))


def _alike(one: Fate, other: Fate) -> bool:
    return not _differing(one, other)


def _differing(one: Fate, other: Fate) -> tuple[str, ...]:
    if one.outcome == Duplicate.word == other.outcome:
        # Why the first was not sent is a difference of that one.
        names: tuple[str, ...] = _AGAIN
    elif one.asked is None or other.asked is None:
        names = _ENDS
    else:
        if one[:4] == other[:4] and one.asked == other.asked and one.media == other.media:
            return ()
        names = _WHOLE
    return tuple(name for name in names if PARTS[name](one) != PARTS[name](other))


def _by_flow_and_number(fate: Fate) -> Hashable:
    return None if fate.asked is None else (fate.flow, fate.asked.to)


def _by_flow(fate: Fate) -> Hashable:
    return (fate.flow,)


def _by_number_and_text(fate: Fate) -> Hashable:
    return None if fate.asked is None else (fate.asked.to, fate.asked.text)


def _pairs(
    here: list[Fate], there: list[Fate], by: Callable[[Fate], Hashable]
) -> Iterator[tuple[Fate, Fate]]:
    """Take out and return those that belong together; what has no key belongs to nothing."""
    waiting: defaultdict[Hashable, list[Fate]] = defaultdict(list)
    for other in there:
        if (key := by(other)) is not None:
            waiting[key].append(other)
    found = [(one, others.pop(0)) for one in here if (others := waiting.get(by(one)))]
    for one, other in found:
        _take_out(here, one)
        _take_out(there, other)
    return iter(found)


def _take_out(fates: list[Fate], fate: Fate) -> None:
    """Take this very one out: two may be equal."""
    del fates[next(place for place, each in enumerate(fates) if each is fate)]
