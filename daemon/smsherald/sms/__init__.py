"""What is true of every text message: numbers, senders, segments."""

from smsherald.sms.numbering import countries, country
from smsherald.sms.phone import e164, mask
from smsherald.sms.segments import asked, measure
from smsherald.sms.sender import is_messaging_service, sender

__all__ = [
    "asked",
    "countries",
    "country",
    "e164",
    "is_messaging_service",
    "mask",
    "measure",
    "sender",
]
