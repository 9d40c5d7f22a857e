"""From bytes to an `Event`, and from its body to what templates read."""

from smsherald.events.decode import decode
from smsherald.events.identity import body_digest
from smsherald.events.origin import Origin, ledger_of, origin_of, written

__all__ = ["Origin", "body_digest", "decode", "ledger_of", "origin_of", "written"]
