"""What Debezium Server makes of a header: JSON, as Kafka Connect's JsonConverter writes it."""

from __future__ import annotations

from smsherald.errors import UnusableError
from smsherald.events.strict_json import value_of

_WITH_SCHEMA = {"schema", "payload"}


def unquoted(text: str | None) -> str | None:
    """Return the text that stands in `"…"`, or in `{"schema": …, "payload": "…"}`; else as it is.

    The second is what comes where `debezium.format.header.schemas.enable` is true, its default.
    """
    if not text or text[0] not in '"{':  # Mostly.
        return text
    try:
        value = value_of(text)
    except UnusableError:
        return text
    if isinstance(value, dict) and value.keys() == _WITH_SCHEMA:
        value = value["payload"]
    return value if isinstance(value, str) else text
