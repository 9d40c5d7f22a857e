"""The headers that are not the publisher's: ours, and the broker's.

Ours and the broker's `x-…` are known in any case, so that none passes for a publisher's. `CC` and
`BCC` are as RabbitMQ has them: it acts on no other spelling.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OURS = "x-smsherald-"

ROUTING_KEY = f"{_OURS}routing-key"
ATTEMPT = f"{_OURS}attempt"
FIRST_SEEN = f"{_OURS}first-seen"
FLOW = f"{_OURS}flow"
REASON = f"{_OURS}reason"
DETAIL = f"{_OURS}detail"
PARKED_AT = f"{_OURS}parked-at"

_GROUPS = (_OURS, "x-first-death-", "x-last-death-")
_NAMES = frozenset({"x-death", "x-delivery-count"})
_DELIVERS_BY = frozenset({"CC", "BCC"})
"""RabbitMQ delivers to the queues that these name (Sender-selected Distribution)."""


def publishers(received: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the publisher's own headers: what templates see and what a copy carries on.

    A name that is not UTF-8, which comes as bytes, is left out: it cannot be written again.
    """
    return {
        name: value
        for name, value in received.items()
        if isinstance(name, str) and not _is_taken(name)
    }


def _is_taken(name: str) -> bool:
    lowered = name.lower()
    return name in _DELIVERS_BY or lowered in _NAMES or lowered.startswith(_GROUPS)
