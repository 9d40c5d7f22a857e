"""How a text may look: in which alphabet, and in how many segments."""

from __future__ import annotations

from dataclasses import dataclass

from smsherald.errors import Reason, UnusableError
from smsherald.flows.language.template import LONGEST
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
        """Return a text as it is sent. Raises UnusableError(EMPTY_TEXT, TEXT_TOO_LONG)."""
        text = normalised(text)
        if self.gsm7 and not text.isascii():
            # What nobody sees is not there any more.
            text = _alike(text).strip()
        if not text:
            raise UnusableError(Reason.EMPTY_TEXT, "message is empty")
        if len(text) > LONGEST:
            # Some signs have no composed form, and become several.
            raise _too_long(f"message is longer than {LONGEST} characters")
        if self.most is None or (count := measure(text).count) <= self.most:
            return text
        if self.cut:
            if (shorter := cut(text, self.most)) not in _MARKS:
                return shorter
            raise _too_long("message begins with a link that does not fit into max_segments")
        raise _too_long(f"message takes {count} segments, and max_segments is {self.most}")


def _alike(text: str) -> str:
    """Return a text in GSM-7, unless that takes more: of a link every letter may take several."""
    spelled = as_gsm7(text)
    if spelled is None or len(spelled) > LONGEST or measure(spelled).count > measure(text).count:
        return text
    return spelled


def _too_long(detail: str) -> UnusableError:
    return UnusableError(Reason.TEXT_TOO_LONG, detail)


PLAIN = Shape()

_MARKS = frozenset({"...", "…"})
"""What a cut text ends with, alone where nothing else could stay."""
