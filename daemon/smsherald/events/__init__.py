"""From bytes to an `Event`, and from its body to what templates read."""

from smsherald.events import headers
from smsherald.events.chosen import Chosen, as_chosen
from smsherald.events.decode import decode
from smsherald.events.identity import body_digest, readable
from smsherald.events.origin import Origin, ledger_of, origin_of, written
from smsherald.events.reading import Reading

__all__ = [
    "Chosen",
    "Origin",
    "Reading",
    "as_chosen",
    "body_digest",
    "decode",
    "headers",
    "ledger_of",
    "origin_of",
    "readable",
    "written",
]
