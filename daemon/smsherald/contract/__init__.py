"""What this very configuration takes from a broker and puts there, for those on the other side."""

from smsherald.contract.document import asyncapi

__all__ = ["asyncapi"]
