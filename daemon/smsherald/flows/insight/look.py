"""What one flow makes of one event: as `make` has it, with why and how."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from smsherald.errors import UnusableError
from smsherald.flows.book import EVENTS, FlowBook
from smsherald.flows.flow import Flow
from smsherald.flows.insight.parts import Part, parts
from smsherald.flows.insight.texts import Text, texts
from smsherald.flows.make import make
from smsherald.flows.views import Views
from smsherald.model import Defect, Event


class Finding(StrEnum):
    """How it ends."""

    ANOTHER_FLOW = "another_flow"
    """The event is a copy for one flow alone, and that is another."""
    NOT_SUBSCRIBED = "not_subscribed"
    ANOTHER_TYPE = "another_type"
    """The flow subscribes to its exchange and key, by a name that it is not known by."""
    WHEN = "when"
    """The flow's condition says no."""
    EMPTY_LIST = "empty_list"
    """`to_each` finds nobody."""
    PARKED = "parked"
    """There is no text, and a defect."""
    MADE = "made"
    """There is a text at least, and maybe a defect beside it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a flow makes of an event."""

    flow: Flow
    finding: Finding
    asked: tuple[Part, ...] = ()
    """What the condition was asked about, where it says no."""
    texts: tuple[Text, ...] = ()
    defect: Defect | None = None


def look(event: Event, flow: Flow, exchange: str = EVENTS) -> Seen:
    """Say what a flow makes of an event; `exchange` is `broker.exchange`.

    Texts and defect are those that the daemon makes. Never raises UnusableError.
    """
    if event.only_flow not in (None, flow.id):
        return Seen(flow, Finding.ANOTHER_FLOW)
    book = FlowBook([flow], exchange)
    if event.only_flow is None and not book.wanting(event):
        subscribed = book.subscribes(event)
        return Seen(flow, Finding.ANOTHER_TYPE if subscribed else Finding.NOT_SUBSCRIBED)
    made = make(event, book)
    defect = next(iter(made.defects), None)
    keys = {each.key for each in made.smses} | {each.key for each in made.published}
    if not keys and defect is not None:
        return Seen(flow, Finding.PARKED, defect=defect)
    try:
        return _told(event, flow, keys, defect)
    except UnusableError as error:
        # A template was quick enough, and is not when it runs again.
        return Seen(flow, Finding.PARKED, defect=Defect(flow.id, error.reason, error.detail))


def _told(event: Event, flow: Flow, keys: Collection[str], defect: Defect | None) -> Seen:
    views = Views(event)
    view = views.of(flow)
    if view is None:
        asked = () if flow.when is None else parts(flow.when, views.asked(flow))
        return Seen(flow, Finding.WHEN, asked)
    if not keys:
        return Seen(flow, Finding.EMPTY_LIST)
    return Seen(flow, Finding.MADE, (), tuple(texts(event, flow, view, keys)), defect)
