"""What became of an event: its steps, and one sentence. Pure: values in, words out."""

from smsherald.timeline.known import Known, Step, Timeline
from smsherald.timeline.nothing import elsewhere
from smsherald.timeline.telling import shown, tell
from smsherald.timeline.words import moment, span

__all__ = ["Known", "Step", "Timeline", "elsewhere", "moment", "shown", "span", "tell"]
