"""What became of an event: its steps, and one sentence. Pure: values in, words out."""

from smsherald.timeline.known import Known, Step, Timeline
from smsherald.timeline.telling import tell

__all__ = ["Known", "Step", "Timeline", "tell"]
