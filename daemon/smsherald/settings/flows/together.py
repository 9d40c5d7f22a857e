"""What keys of a flow file say only beside others, or not beside them."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

from smsherald.settings.fields import AtKey

_OF_TWILIO = ("account", "media", "options", "kind", "consent", "mode", "once", "on_unknown")
"""What is about an SMS, and not about an event that is published in its place."""


def contradictions(
    data: Mapping[str, Any], given: Container[str]
) -> Iterator[tuple[str, list[AtKey]]]:
    """Yield each key that cannot stand so, with the reason.

    `data` is what is valid of a file, `given` its keys, be their values right or wrong.
    """
    marketing = data.get("kind") == "marketing"
    if marketing and "consent" not in given:
        yield "kind", [AtKey("marketing needs `consent`, a condition: who has agreed to it?")]
    if "consent" in data and not marketing:
        yield "consent", [AtKey("is asked of `kind: marketing` only")]
    if "too_long" in data and "max_segments" not in data:
        yield "too_long", [AtKey("says nothing without `max_segments`")]
    elif data.get("too_long") == "cut" and marketing:
        message = "would cut the words for opting out, which stand last: `park`, or no limit"
        yield "too_long", [AtKey(message)]
    if "publish" in data:
        for key in _OF_TWILIO:
            if key in data:
                message = "is about an SMS, and `publish` makes an event: say it where that is read"
                yield key, [AtKey(message)]
