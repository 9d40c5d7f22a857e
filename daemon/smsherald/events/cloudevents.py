"""Where a delivery has the attributes of a CloudEvent, if it is one (CloudEvents 1.0.2).

CloudEvents has no binding for AMQP 0-9-1, so publishers take what is near: the prefixes of the one
for AMQP 1.0, those of HTTP, or none at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from smsherald.events.plain import as_text

_BARE = ("id", "source", "specversion", "type")
"""Names that anybody may give a header: they mean an event only where all of them are there."""
_PREFIXED = tuple(
    (f"{prefix}id", f"{prefix}source", prefix)
    for prefix in ("cloudEvents_", "cloudEvents:", "ce-", "ce_")
)
_STRUCTURED = "application/cloudevents"
_LONGEST_TIME = 64
"""Characters; RFC 3339 with nanoseconds and an offset takes 35."""


class CloudEvent(NamedTuple):
    """Attributes, by names that begin with `prefix`."""

    attributes: Mapping[str, Any]
    prefix: str
    names: tuple[str, str] | None
    """Its source and its id: together they name it; None where one is missing."""

    def text(self, name: str) -> str | None:
        """Return an attribute that is a text, and not empty."""
        return text_of(self.attributes.get(self.prefix + name)) or None

    def time(self) -> float | None:
        """Return when it happened, in seconds since the epoch; without a zone it is UTC."""
        said = self.attributes.get(f"{self.prefix}time")
        if isinstance(said, bytes):
            said = text_of(said)
        if isinstance(said, str) and len(said) <= _LONGEST_TIME:
            try:
                said = datetime.fromisoformat(said)
            except ValueError:
                return None
        if not isinstance(said, datetime):
            return None
        moment = (said if said.tzinfo else said.replace(tzinfo=UTC)).timestamp()
        return moment if moment > 0 else None


def find(content_type: Any, headers: Mapping[str, Any], body: Any) -> CloudEvent | None:
    """Return the attributes: of a structured one in `body`, of a binary one in `headers`.

    The first that have source and id; else those of a body that says that it is one.
    """
    structured = isinstance(body, dict) and (
        "specversion" in body
        or (isinstance(content_type, str) and content_type[:23].lower() == _STRUCTURED)
    )
    if structured and (names := _names(body.get("source"), body.get("id"))):
        return CloudEvent(body, "", names)
    if headers:
        for id_, source, prefix in _PREFIXED:
            if id_ in headers and (names := _names(headers.get(source), headers[id_])):
                return CloudEvent(headers, prefix, names)
        if "specversion" in headers and all(name in headers for name in _BARE):
            return CloudEvent(headers, "", _names(headers["source"], headers["id"]))
    return CloudEvent(body, "", None) if structured else None


def _names(source: Any, id_: Any) -> tuple[str, str] | None:
    source, id_ = text_of(source), text_of(id_)
    return (source, id_) if source and id_ else None


def text_of(value: Any) -> str | None:
    """Read what AMQP or JSON gave for an id: a text, or a whole number; nothing else is one."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    return as_text(value)
