"""For a person: what each flow makes of an event, how it came to it, and why another makes none."""

from smsherald.flows.insight.look import Finding, Seen, look
from smsherald.flows.insight.needs import Needs, Place, needs
from smsherald.flows.insight.parts import Part
from smsherald.flows.insight.texts import Text

__all__ = ["Finding", "Needs", "Part", "Place", "Seen", "Text", "look", "needs"]
