"""From bytes to an `Event`, and from its body to what templates read."""

from smsherald.events.decode import decode
from smsherald.events.identity import body_digest

__all__ = ["body_digest", "decode"]
