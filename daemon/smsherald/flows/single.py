"""One SMS for one recipient of one event."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256

from smsherald.errors import Reason, UnusableError
from smsherald.flows.flow import Flow
from smsherald.flows.language.runtime import Values
from smsherald.flows.language.template import Template
from smsherald.flows.local.locales import choose
from smsherald.flows.recipient import recipient
from smsherald.model import Event, Sms, SmsEvent
from smsherald.sms import asked, sender

KEPT_BACK = (Reason.NO_CONSENT, Reason.SHADOW)
"""What a flow itself keeps an SMS back for; `policy` has reasons of its own."""
_LINK = re.compile(r"https://[!-~]{1,2000}")

_REMEMBERED = 1024
"""Messages by locale; bounded, for locales come from outside."""


def make_one(event: Event, flow: Flow, view: Values) -> Sms | SmsEvent:
    """Make a flow's SMS, or what it publishes in place of one; `view` is what templates read.

    Raises UnusableError where the event has not what it takes.
    """
    to = recipient(flow.to, view, flow.region, flow.default_region)
    # White space at the ends is the configuration's, where a text stands over several lines.
    locale = flow.locale.render(view, "locale") if flow.locale else ""
    text = flow.shape.of(_message(flow, locale).render(view, "message").strip())
    key = _key(event, flow, view, to)
    reference = reference_of(flow, view)
    if flow.publish is not None:
        body = {"sms": {"phone": to, "message": text, **_from(flow, view)}}
        return SmsEvent(key, flow.id, to, flow.publish, body, event, reference)
    return Sms(
        key=key,
        fingerprint=_digest("text", flow.account.sid, to, text),
        event=event,
        flow=flow.id,
        reference=reference,
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


def _from(flow: Flow, view: Values) -> Mapping[str, str]:
    """Return the sender that the flow asks for: whether it may is said where the text is sent."""
    said = "" if flow.sender is None else flow.sender.render(view, "from").strip()
    return {"from": said} if said else {}


def _refused(flow: Flow, view: Values) -> Reason | None:
    if flow.consent is not None and not flow.consent.holds(view):
        return Reason.NO_CONSENT
    return Reason.SHADOW if flow.shadow else None


def _media(flow: Flow, view: Values) -> tuple[str, ...]:
    links = tuple(link for each in flow.media if (link := each.render(view, "media").strip()))
    if not all(map(_LINK.fullmatch, links)):
        raise UnusableError(Reason.INVALID_VALUE, "media is no link that begins with https://")
    return links


def reference_of(flow: Flow, view: Values) -> str | None:
    """Return what support will search by; None where there is nothing. Raises UnusableError."""
    return (flow.reference.render(view, "reference").strip() or None) if flow.reference else None


@lru_cache(_REMEMBERED)
def _message(flow: Flow, locale: str) -> Template:
    return flow.messages[chosen_locale(flow, locale)]


def chosen_locale(flow: Flow, locale: str) -> str:
    """Return the locale of the message for what an event says, else of the first."""
    chosen = choose(locale, flow.messages)
    return next(iter(flow.messages)) if chosen is None else chosen


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
