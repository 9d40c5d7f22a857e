"""Samples with numbers that no event had: the same order again would be the same event."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

_NUMBER = re.compile(r"\b([A-Z]{1,3})([0-9]{1,15})\b", re.ASCII)
"""`R12345`: the letters say of what it is the number. A phone's has none."""


class Numbers:
    """Knows the highest number of each kind that was published, and offers the next.

    Only the kinds that the samples have: a body of somebody's own may hold any.
    """

    def __init__(self, samples: Mapping[str, Any], published: Iterable[bytes] = ()) -> None:
        self._samples = {key: json.dumps(body, ensure_ascii=False) for key, body in samples.items()}
        self._highest = {
            kind: -1 for text in self._samples.values() for kind, _ in _NUMBER.findall(text)
        }
        for body in published:
            self.take(body)

    def take(self, body: bytes) -> None:
        """Note the numbers of a body that is published, JSON or not."""
        for kind, digits in _NUMBER.findall(body.decode(errors="replace")):
            if kind in self._highest:
                self._highest[kind] = max(self._highest[kind], int(digits))

    def samples(self) -> dict[str, Any]:
        """Return the samples by routing key: as they are, or with the next numbers if taken."""
        return {
            key: json.loads(_NUMBER.sub(self._free, text)) for key, text in self._samples.items()
        }

    def _free(self, number: re.Match[str]) -> str:
        kind, digits = number.groups()
        free = max(int(digits), self._highest[kind] + 1)
        return f"{kind}{free:0{len(digits)}}"
