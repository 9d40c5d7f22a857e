"""One text, and how its flow came to it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from smsherald.errors import UnusableError
from smsherald.flows.flow import Flow
from smsherald.flows.language.runtime import Values
from smsherald.flows.language.template import Template
from smsherald.flows.make import with_item
from smsherald.flows.recipient import Reading, reading
from smsherald.flows.single import chosen_locale, make_one
from smsherald.model import Event, Sms, SmsEvent


@dataclass(frozen=True, slots=True)
class Text:
    """What was made for one recipient; texts are stripped, as the flow takes them."""

    made: Sms | SmsEvent
    item: int | None
    """Which element of `to_each` it is for, from 0."""
    read: Reading
    locale: str | None
    """What the event says; None where the flow does not ask."""
    message: str
    """The locale of the message that was chosen; empty: the flow has one for all."""
    written: str
    """The message before its shape: before it was brought into GSM-7, or cut."""
    sender: str | None
    """What `from` says; None where there is none."""
    once: str | None


def texts(event: Event, flow: Flow, view: Values, keys: Collection[str]) -> Iterator[Text]:
    """Go through the texts with these keys, in the order in which they are made."""
    left = set(keys)
    for item, inner in _views(flow, view):
        try:
            made = make_one(event, flow, inner)
        except UnusableError:
            continue
        if made.key in left:
            left.remove(made.key)
            yield _traced(made, item, flow, inner)


def _views(flow: Flow, view: Values) -> Iterator[tuple[int | None, Values]]:
    if flow.to_each is None:
        yield None, view
        return
    for index, item in enumerate(flow.to_each.items(view)):
        if item is not None:
            yield index, with_item(view, item)


def _traced(made: Sms | SmsEvent, item: int | None, flow: Flow, view: Values) -> Text:
    locale = _rendered(flow.locale, view, "locale")
    message = chosen_locale(flow, locale or "")
    return Text(
        made=made,
        item=item,
        read=reading(flow.to, view, flow.region, flow.default_region),
        locale=locale,
        message=message,
        written=flow.messages[message].render(view, "message").strip(),
        sender=_rendered(flow.sender, view, "from"),
        once=_rendered(flow.once, view, "once"),
    )


def _rendered(template: Template | None, view: Values, what: str) -> str | None:
    return None if template is None else template.render(view, what).strip()
