"""What is true of every text message: numbers, senders, segments."""

from smsherald.sms.phone import countries, e164, mask
from smsherald.sms.segments import asked, measure
from smsherald.sms.sender import is_messaging_service, sender

__all__ = ["asked", "countries", "e164", "is_messaging_service", "mask", "measure", "sender"]
