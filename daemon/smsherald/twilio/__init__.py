"""Twilio: sends a text, looks one up, and says what Twilio's answer means."""

from smsherald.twilio.gateway import TwilioGateway

__all__ = ["TwilioGateway"]
