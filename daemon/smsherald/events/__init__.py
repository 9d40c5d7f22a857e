"""From bytes to an `Event`, and from its body to what templates read."""

from smsherald.events.decode import decode, had_parameters

__all__ = ["decode", "had_parameters"]
