"""Words that metrics and `status` have beside reasons and codes: why requests and texts wait."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final, get_args

from smsherald.cli.operate.explanations.explanation import Explanation, Kind, texts
from smsherald.errors import Reason
from smsherald.model import Cause, Failure, Result

LABELS: Final[Mapping[str, Collection[str]]] = {
    "cause": tuple(Cause),
    "failure": get_args(Failure),
    "result": get_args(Result),
    "reason": (*Reason, "foreign"),
}
"""The words of each label that are not explained as outcomes; reasons are explained as such."""


def of_label(said: str) -> Explanation | None:
    """Explain a word of a label, however it is spelled; None where it is none, or a reason."""
    word = re.sub(r"[\s-]+", "_", said.strip().lower())
    text = texts("labels").get(word)
    if text is None:
        return None
    return Explanation(
        kind=Kind.LABEL,
        word=word,
        short=text.short,
        meaning=text.meaning,
        does=[text.does],
        advice=text.advice,
        see=text.see,
        facts={"labels": [name for name, words in LABELS.items() if word in words]},
    )


def every_label() -> list[Explanation]:
    """Return all of them, causes first."""
    return [each for word in texts("labels") if (each := of_label(word)) is not None]
