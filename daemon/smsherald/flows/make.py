"""From an event and the flows to SMSes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from smsherald.errors import Reason, UnusableError
from smsherald.flows.book import FlowBook
from smsherald.flows.deadline import WATCH, TooSlowError
from smsherald.flows.flow import Flow
from smsherald.flows.language.runtime import Values
from smsherald.flows.language.template import ITEM
from smsherald.flows.single import make_one, reference_of
from smsherald.flows.views import Views
from smsherald.model import Defect, Event, Made, Sms, SmsEvent


def make(event: Event, flows: FlowBook) -> Made:
    """Make the SMSes that the flows want of an event, and say what they could not make.

    A flow that fails takes no other with it. A copy that is for one flow goes to no other; where
    the book does not have it, that is its defect.
    """
    only: tuple[Flow, ...] | None = None
    if event.only_flow is not None:
        flow = flows.get(event.only_flow)
        if flow is None:
            detail = "the flow that this copy is for is not configured"
            defect = Defect(event.only_flow, Reason.UNKNOWN_FLOW, detail, event.reference)
            return Made((), (defect,))
        only = (flow,)
    smses: list[Sms] = []
    published: list[SmsEvent] = []
    defects: list[Defect] = []
    views = Views(event)
    for flow in flows.wanting(event) if only is None else only:
        WATCH.begin_flow()
        try:
            view = views.of(flow)
            if view is None:
                continue
            if flow.to_each is None:
                made: Iterable[Sms | SmsEvent] = (make_one(event, flow, view),)
            else:
                made, bad = _make_each(event, flow, view, flow.to_each.items(view))
                if bad:
                    defects.append(_referred(_one_defect(flow, bad), flow, views))
            for one in made:
                if isinstance(one, Sms):
                    smses.append(one)
                else:
                    published.append(one)
        except UnusableError as error:
            defects.append(_referred(Defect(flow.id, error.reason, error.detail), flow, views))
        finally:
            WATCH.end_flow()
    return Made(tuple(smses), tuple(defects), tuple(published))


def _make_each(
    event: Event, flow: Flow, view: Values, items: Sequence[Any]
) -> tuple[Iterable[Sms | SmsEvent], Mapping[int, UnusableError]]:
    """Make an SMS of each item, and return what is wrong with others by their index.

    Of equal numbers the first counts.
    """
    made: dict[str, Sms | SmsEvent] = {}
    bad: dict[int, UnusableError] = {}
    for index, item in enumerate(items):
        try:
            sms = make_one(event, flow, with_item(view, item))
        except TooSlowError as error:
            # The others would be no quicker.
            bad |= dict.fromkeys(range(index, len(items)), error)
            break
        except UnusableError as error:
            bad[index] = error
        else:
            made.setdefault(sms.key, sms)
    return made.values(), bad


def with_item(view: Values, item: Any) -> Values:
    """Return the names with an element of `to_each` among them. Raises UnusableError."""
    if item is None:
        raise UnusableError(Reason.MISSING_VALUE, "item is missing")
    return {**view, ITEM: item}


def _one_defect(flow: Flow, bad: Mapping[int, UnusableError]) -> Defect:
    """Say the first in full, and of the others which they are: one event is parked once."""
    (index, first), *others = bad.items()
    also = ", ".join(f"[{index}]" for index, _ in others)
    detail = f"to_each[{index}]: {first.detail}{also and f'; also {also}'}"
    return Defect(flow.id, first.reason, detail)


def _referred(defect: Defect, flow: Flow, views: Views) -> Defect:
    """Add the flow's reference as far as it can be made all the same: a person looks by it."""
    try:
        return replace(defect, reference=reference_of(flow, views.unchecked(flow)))
    except UnusableError:
        return defect
