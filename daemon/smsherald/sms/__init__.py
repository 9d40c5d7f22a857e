"""What is true of every text message: numbers, senders, segments."""

from smsherald.sms.phone import e164, mask, sender
from smsherald.sms.segments import Segments, measure

__all__ = ["Segments", "e164", "mask", "measure", "sender"]
