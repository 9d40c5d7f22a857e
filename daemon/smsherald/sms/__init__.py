"""What is true of every text message: numbers, senders, segments, encoding."""

from smsherald.sms.address import NOT_UNDERSTOOD, NotUnderstood, address_country, read_country
from smsherald.sms.alphabet import forcing
from smsherald.sms.cutting import cut
from smsherald.sms.encoding import as_gsm7, normalised
from smsherald.sms.numbering import countries, country
from smsherald.sms.phone import e164, e164_in, mask
from smsherald.sms.prices import Money, Prices, total
from smsherald.sms.segments import asked, measure, split
from smsherald.sms.sender import is_long_name, is_messaging_service, sender, takes_replies

__all__ = [
    "NOT_UNDERSTOOD",
    "Money",
    "NotUnderstood",
    "Prices",
    "address_country",
    "as_gsm7",
    "asked",
    "countries",
    "country",
    "cut",
    "e164",
    "e164_in",
    "forcing",
    "is_long_name",
    "is_messaging_service",
    "mask",
    "measure",
    "normalised",
    "read_country",
    "sender",
    "split",
    "takes_replies",
    "total",
]
