"""From an event and the flows to SMSes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from typing import Any

from smsherald.errors import Reason, UnusableError
from smsherald.events.schemas import EventSchema
from smsherald.flows.book import FlowBook
from smsherald.flows.deadline import WATCH, TooSlowError
from smsherald.flows.flow import Flow
from smsherald.flows.language import Values
from smsherald.flows.local.locales import choose
from smsherald.flows.recipient import recipient
from smsherald.flows.template import ITEM, UNWRAPPED, Template
from smsherald.model import Defect, Event, Made, Sms, SmsEvent
from smsherald.sms import asked, sender

_LINK = re.compile(r"https://[!-~]{1,2000}")

_REMEMBERED = 1024
"""Messages by locale; bounded, for locales come from outside."""


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
    made: list[Sms | SmsEvent] = []
    defects: list[Defect] = []
    views = _Views(event)
    for flow in flows.wanting(event) if only is None else only:
        WATCH.begin_flow()
        try:
            view = views.of(flow)
            if view is None:
                continue
            if flow.to_each is None:
                made.append(_make_one(event, flow, view))
            else:
                several, bad = _make_each(event, flow, view, flow.to_each.items(view))
                made += several
                if bad:
                    defects.append(_referred(_one_defect(flow, bad), flow, views))
        except UnusableError as error:
            defects.append(_referred(Defect(flow.id, error.reason, error.detail), flow, views))
        finally:
            WATCH.end_flow()
    return Made(
        tuple(each for each in made if isinstance(each, Sms)),
        tuple(defects),
        tuple(each for each in made if isinstance(each, SmsEvent)),
    )


class _Views:
    """What templates see of one event: loaded once for every schema, however many flows ask."""

    def __init__(self, event: Event) -> None:
        self._event = event
        self._plain: Values = {
            "event": {
                "id": event.id,
                "type": event.names[0] if event.names else None,
                "source": event.source,
                "time": int(event.time if event.happened is None else event.happened),
                "routing_key": event.routing_key,
                "headers": event.headers,
                "body": event.body,
            }
        }
        self._loaded: dict[tuple[EventSchema | None, str | None], Values | UnusableError] = {}

    def of(self, flow: Flow) -> Values | None:
        """Return the names that a flow's templates may use; None where it does not want the event.

        A condition that asks the event alone is asked first: what others publish on an exchange
        need not be what this flow's schema says. Raises UnusableError.
        """
        early = flow.when is not None and flow.when.names <= self._plain.keys()
        if early and not flow.wants(self._plain):
            return None
        view = self._read(flow)
        return view if early or flow.wants(view) else None

    def unchecked(self, flow: Flow) -> Values:
        """Return the names of a flow's templates with the event as it came."""
        name, body = self._inner(flow)
        return self._plain if name is None else {**self._plain, name: body}

    def _read(self, flow: Flow) -> Values:
        key = (flow.schema, None if flow.unwrap is None else flow.unwrap.source)
        view = self._loaded.get(key)
        if view is None:
            try:
                view = self._load(flow)
            except UnusableError as error:
                view = error
            self._loaded[key] = view
        if isinstance(view, UnusableError):
            raise view
        return view

    def _load(self, flow: Flow) -> Values:
        name, body = self._inner(flow)
        if name is None:
            return self._plain
        loaded = body if flow.schema is None else flow.schema.load(body)
        return {**self._plain, name: loaded}

    def _inner(self, flow: Flow) -> tuple[str | None, Any]:
        """Return what the flow is about, and what templates call it."""
        if flow.unwrap is None:
            if flow.schema is None:
                return None, None
            return flow.schema.name, flow.schema.unwrapped(self._event.body)
        found = flow.unwrap.found(self._plain)
        if flow.schema is None:
            return UNWRAPPED, found
        return flow.schema.name, flow.schema.unwrapped(found)


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
            sms = _make_one(event, flow, _with_item(view, item))
        except TooSlowError as error:
            # The others would be no quicker.
            bad |= dict.fromkeys(range(index, len(items)), error)
            break
        except UnusableError as error:
            bad[index] = error
        else:
            made.setdefault(sms.key, sms)
    return made.values(), bad


def _with_item(view: Values, item: Any) -> Values:
    if item is None:
        raise UnusableError(Reason.MISSING_VALUE, "item is missing")
    return {**view, ITEM: item}


def _one_defect(flow: Flow, bad: Mapping[int, UnusableError]) -> Defect:
    """Say the first in full, and of the others which they are: one event is parked once."""
    (index, first), *others = bad.items()
    also = ", ".join(f"[{index}]" for index, _ in others)
    detail = f"to_each[{index}]: {first.detail}{also and f'; also {also}'}"
    return Defect(flow.id, first.reason, detail)


def _make_one(event: Event, flow: Flow, view: Values) -> Sms | SmsEvent:
    to = recipient(flow.to, view, flow.region, flow.default_region)
    # White space at the ends is the configuration's, where a text stands over several lines.
    locale = flow.locale.render(view, "locale") if flow.locale else ""
    text = _message(flow, locale).render(view, "message").strip()
    if not text:
        raise UnusableError(Reason.EMPTY_TEXT, "message is empty")
    text = flow.shape.of(text)
    key = _key(event, flow, view, to)
    if flow.publish is not None:
        said = {"phone": to, "message": text}
        if flow.sender is not None and (from_ := flow.sender.render(view, "from").strip()):
            said["from"] = from_
        reference = _reference(flow, view)
        return SmsEvent(key, flow.id, to, flow.publish, {"sms": said}, event, reference)
    return Sms(
        key=key,
        fingerprint=_digest("text", flow.account.sid, to, text),
        event=event,
        flow=flow.id,
        reference=_reference(flow, view),
        asked=asked(flow.account.name, flow.account.sid, _sender(flow, view), to, text),
        expires=None if flow.max_age is None else event.time + flow.max_age,
        on_unknown=flow.on_unknown,
        once=flow.once is not None,
        refused=_refused(flow, view),
        media=_media(flow, view) if flow.media else (),
        options=flow.options,
    )


def _key(event: Event, flow: Flow, view: Values, to: str) -> str:
    if flow.once is None:
        return _digest("sms", *event.identity, flow.id, to)
    once = flow.once.render(view, "once").strip()
    if not once:
        raise UnusableError(Reason.MISSING_VALUE, "once is empty: all would have one key")
    return _digest("once", flow.id, to, once)


def _refused(flow: Flow, view: Values) -> Reason | None:
    if flow.consent is not None and not flow.consent.holds(view):
        return Reason.NO_CONSENT
    return Reason.SHADOW if flow.shadow else None


def _media(flow: Flow, view: Values) -> tuple[str, ...]:
    links = tuple(link for each in flow.media if (link := each.render(view, "media").strip()))
    if not all(map(_LINK.fullmatch, links)):
        raise UnusableError(Reason.INVALID_VALUE, "media is no link that begins with https://")
    return links


def _reference(flow: Flow, view: Values) -> str | None:
    return (flow.reference.render(view, "reference").strip() or None) if flow.reference else None


def _referred(defect: Defect, flow: Flow, views: _Views) -> Defect:
    """Add the flow's reference as far as it can be made all the same: a person looks by it."""
    try:
        return replace(defect, reference=_reference(flow, views.unchecked(flow)))
    except UnusableError:
        return defect


@lru_cache(_REMEMBERED)
def _message(flow: Flow, locale: str) -> Template:
    """Choose the message of a locale, else the first."""
    chosen = choose(locale, flow.messages)
    return next(iter(flow.messages.values())) if chosen is None else flow.messages[chosen]


def _sender(flow: Flow, view: Values) -> str:
    """Return the sender that the flow asks for if the account owns it, else the account's own."""
    if flow.sender is not None and (asked := flow.sender.render(view, "from").strip()):
        try:
            wanted = sender(asked, flow.default_region)
        except UnusableError:
            # What is no sender at all is not owned either.
            return flow.account.sender
        if wanted in flow.account.senders:
            return wanted
    return flow.account.sender


def _digest(*parts: str) -> str:
    """Hash a tuple: with their lengths, so that no two tuples make the same bytes."""
    told_apart = "".join([f"{len(part)}:{part}" for part in parts])
    return sha256(told_apart.encode("utf-8", "surrogatepass")).hexdigest()
