"""How a text may look: in which alphabet, and in how many segments."""

from __future__ import annotations

from dataclasses import dataclass

from smsherald.errors import Reason, UnusableError
from smsherald.sms import as_gsm7, cut, measure, normalised


@dataclass(frozen=True, slots=True)
class Shape:
    """What a flow says about the look of its texts."""

    gsm7: bool = False
    """Whatever GSM-7 has something alike for is written in it, if all of the text can be."""
    most: int | None = None
    """Segments."""
    cut: bool = False
    """A text of more segments is cut, and not parked."""

    def of(self, text: str) -> str:
        """Return a text as it is sent. Raises UnusableError(TEXT_TOO_LONG)."""
        text = normalised(text)
        if self.gsm7 and not text.isascii():
            text = as_gsm7(text) or text
        if self.most is None or (count := measure(text).count) <= self.most:
            return text
        if self.cut:
            return cut(text, self.most)
        detail = f"message takes {count} segments, and max_segments is {self.most}"
        raise UnusableError(Reason.TEXT_TOO_LONG, detail)


PLAIN = Shape()
