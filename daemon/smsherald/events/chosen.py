"""Where an operator says that an event's identity stands: the setting `identity`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smsherald.events.cloudevents import text_of
from smsherald.events.headers import is_publishers

HEADER, PROPERTY, BODY = _WHERE = ("header", "property", "body")
_PROPERTIES = ("message_id", "correlation_id")
"""Those of AMQP that may name one message."""
_OTHERS = (
    "app_id", "cluster_id", "content_encoding", "content_type", "delivery_mode", "expiration",
    "priority", "reply_to", "type", "user_id",
)  # fmt: skip
_LONGEST = 255
_PATH = re.compile(r"(?:[^\s.\[\]]+|\[[0-9]{1,4}\])(?:\.[^\s.\[\]]+|\[[0-9]{1,4}\])*")
_PARTS = re.compile(r"\[([0-9]+)\]|([^\s.\[\]]+)")


@dataclass(frozen=True, slots=True)
class Chosen:
    """One entry of `identity`: a header, a property, or a path into the body."""

    where: str
    path: tuple[str | int, ...]
    """Keys and list indexes of the body; else one name."""

    @property
    def said(self) -> str:
        """What the operator wrote, in one spelling: part of the identities that it finds."""
        steps = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in self.path)
        return f"{self.where} {steps.removeprefix('.')}"

    def find(
        self, properties: Mapping[str, Any], headers: Mapping[str, Any], body: Any
    ) -> str | None:
        """Return what stands there: a text that is not empty, or a whole number."""
        value: Any = {HEADER: headers, PROPERTY: properties}.get(self.where, body)
        for step in self.path:
            if isinstance(step, str) and isinstance(value, Mapping):
                value = value.get(step)
            elif isinstance(step, int) and isinstance(value, list) and step < len(value):
                value = value[step]
            else:
                return None
        return text_of(value) or None


def as_chosen(text: str) -> Chosen:
    """Read `header NAME`, `property NAME` or `body PATH`.

    Raises ValueError with a sentence that does not show the text.
    """
    where, _, name = text.strip().partition(" ")
    name = name.strip()
    if where not in _WHERE or not name:
        raise ValueError(_no_place(where, name))
    if len(name) > _LONGEST or not name.isprintable() or " " in name:
        message = f"the name after `{where}` must be at most {_LONGEST} letters, without spaces"
        raise ValueError(message)
    if where == BODY:
        return Chosen(BODY, _path(name))
    if where == PROPERTY and name not in _PROPERTIES:
        raise ValueError(_no_property(name))
    if where == HEADER and not is_publishers(name):
        message = "is a header that we or the broker write, never the publisher"
        raise ValueError(message)
    return Chosen(where, (name,))


def _no_place(where: str, name: str) -> str:
    due = "must be `header NAME`, `property NAME` or `body PATH`"
    if where in _WHERE and not name:
        return f"{due}: `{where}` stands alone"
    near = _near(where.rstrip(":").lower(), _WHERE)
    return f"{due}; did you mean `{near}`?" if near else due


def _no_property(name: str) -> str:
    known = " or ".join(f"`{each}`" for each in _PROPERTIES)
    if name == "headers":
        return "must be one of the headers by its name: `header NAME`"
    if name == "timestamp":
        return (
            "the timestamp tells no events apart: a publisher that repeats a publish stamps it anew"
        )
    if name in _OTHERS:
        return f"that property is the same for many events: {known} is due"
    near = _near(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).replace("-", "_").lower(), _PROPERTIES)
    return f"is no property of AMQP's; did you mean `{near}`?" if near else f"{known} is due"


def _path(text: str) -> tuple[str | int, ...]:
    steps = tuple(int(index) if index else key for index, key in _PARTS.findall(text))
    if text.startswith("$") or steps[:2] == ("event", "body"):
        message = "the path begins in the body: `body data.id`"
        raise ValueError(message)
    if not _PATH.fullmatch(text):
        message = "must be a path such as `body data.id` or `body items[0].id`"
        raise ValueError(message)
    if any(isinstance(step, str) and step.isdecimal() for step in steps):
        message = "an element of a list is in brackets, the first is [0]: `body items[0].id`"
        raise ValueError(message)
    return steps


def _near(word: str, known: tuple[str, ...]) -> str | None:
    # Only who mistypes waits for the library.
    from difflib import get_close_matches  # noqa: PLC0415

    return next(iter(get_close_matches(word, known, n=1)), None)
