"""All that a flow's file says in the template language, each with where it stands there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from smsherald.flows.flow import Flow


class Source(NamedTuple):
    """A template, or an expression without braces."""

    where: tuple[str | int, ...]
    """The flow's key, and the index or the locale within it."""
    text: str

    @property
    def key(self) -> str:
        """The flow's key."""
        return str(self.where[0])


def expressions(flow: Flow) -> Iterator[Source]:
    """Go through what is an expression."""
    for key, each in (
        ("unwrap", flow.unwrap),
        ("when", flow.when),
        ("consent", flow.consent),
        ("to_each", flow.to_each),
    ):
        if each is not None:
            yield Source((key,), each.source)


def templates(flow: Flow) -> Iterator[Source]:
    """Go through what is a template."""
    for index, way in enumerate(flow.to):
        yield Source(("to", index), way.template.source)
    for locale, message in flow.messages.items():
        yield Source(("message", locale) if locale else ("message",), message.source)
    for index, link in enumerate(flow.media):
        yield Source(("media", index), link.source)
    for key, each in (
        ("reference", flow.reference),
        ("once", flow.once),
        ("locale", flow.locale),
        ("from", flow.sender),
        ("region", flow.region),
    ):
        if each is not None:
            yield Source((key,), each.source)
