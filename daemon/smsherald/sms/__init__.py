"""What is true of every text message: numbers, senders, segments, encoding."""

from smsherald.sms.alphabet import forcing
from smsherald.sms.cutting import cut
from smsherald.sms.encoding import as_gsm7, normalised
from smsherald.sms.numbering import countries, country
from smsherald.sms.phone import e164, mask
from smsherald.sms.segments import asked, measure, split
from smsherald.sms.sender import is_messaging_service, sender

__all__ = [
    "as_gsm7",
    "asked",
    "countries",
    "country",
    "cut",
    "e164",
    "forcing",
    "is_messaging_service",
    "mask",
    "measure",
    "normalised",
    "sender",
    "split",
]
