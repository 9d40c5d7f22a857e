"""Cutting a text that takes too many segments."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from operator import itemgetter

from smsherald.sms.alphabet import foreign
from smsherald.sms.graphemes import graphemes
from smsherald.sms.links import links
from smsherald.sms.segments import measure

_LAST_WORD = re.compile(r"\s\S*\Z")

_LOOSE = " \t\r\n\f.,;:…-–—([{<„«¿¡"  # noqa: RUF001 - dashes they are.
"""What does not stand before the mark."""


def cut(text: str, most: int) -> str:
    """Return the text if it takes no more than so many segments, else its beginning and a mark.

    `most` is at least 1. What is left ends at a word, or within one that is longer than half of
    what fits, but never within a grapheme or a link: a link that does not fit goes as a whole, and
    of a text that begins with it only the mark is left. The mark is `...` in GSM-7, `…` in UCS-2;
    a text of UCS-2 becomes one of GSM-7 where more of it is left so.
    """
    if measure(text).count <= most:
        return text
    ends = list(accumulate(map(len, graphemes(text)), initial=0))
    spans = list(links(text))
    plain, _ = next(foreign(text), (len(text), ""))
    best = _Cutter(text, ends[: bisect_right(ends, plain)], spans, "...", most).cut()
    if plain < len(text):
        best = max(best, _Cutter(text, ends, spans, "…", most).cut(), key=itemgetter(0))
    return best[1]


@dataclass(frozen=True, slots=True)
class _Cutter:
    """Cuts a text at one of these ends, the first of which is 0."""

    text: str
    ends: list[int]
    links: list[tuple[int, int]]
    mark: str
    most: int

    def cut(self) -> tuple[int, str]:
        """Return how much is left, and that with the mark."""
        none_over = bisect_right(self.ends, self.most, key=self._count)
        end = self.ends[none_over - 1]
        while True:
            left, glued = self._at_a_word(self._before_a_link(end))
            made = self.text[:left] + (" " if glued else "") + self.mark
            if measure(made).count <= self.most:
                return left, made
            end = left - 1

    def _count(self, end: int) -> int:
        return measure(self.text[:end] + self.mark).count

    def _before_a_link(self, end: int) -> int:
        return next((start for start, stop in self.links if start < end < stop), end)

    def _at_a_word(self, end: int) -> tuple[int, bool]:
        """Return the last end of a word up to there, and whether the mark would join a link."""
        begins = self.text[end : end + 1].isspace() or any(start == end for start, _ in self.links)
        last = None if begins else _LAST_WORD.search(self.text, 0, end)
        left, glued = self._tidied(last.start() if last else end)
        return (left, glued) if 2 * left >= end else self._tidied(end)

    def _tidied(self, end: int) -> tuple[int, bool]:
        link = max((stop for _, stop in self.links if stop <= end), default=0)
        end = max(link, len(self.text[:end].rstrip(_LOOSE)))
        end = self.ends[bisect_right(self.ends, end) - 1]
        return end, 0 < end == link
