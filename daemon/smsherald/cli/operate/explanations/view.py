"""Explanations at 80 columns, or as JSON."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import typer

from smsherald.cli import in_json
from smsherald.cli.operate.explanations.explanation import Explanation
from smsherald.cli.operate.explanations.outcomes import Outcome
from smsherald.cli.operate.terminal import wrapped
from smsherald.unit import advised

_WIDTH = 80
_WORD = 19
"""Columns for the longest word of a list, and a space."""


def print_explanations(explanations: Sequence[Explanation | Outcome], *, as_json: bool) -> None:
    """Print all there is to say about each word; in JSON an object, or a list of several."""
    if as_json:
        one, *others = map(_fields, explanations)
        in_json.echo([one, *others] if others else one)
        return
    for number, explanation in enumerate(explanations):
        if number:
            typer.echo()
        if isinstance(explanation, Outcome):
            wrapped(_advised(f"{explanation.word}: {explanation.meaning}."))
        else:
            _print(explanation)


def _print(said: Explanation) -> None:
    lines = [f"{said.word}: {said.short}"]
    lines += ["", "What it means", *_paragraph(said.meaning)]
    lines += ["", "What smsherald does", *(line for text in said.does for line in _paragraph(text))]
    lines += ["", "What to do", *(line for text in said.advice for line in _point(text))]
    lines += ["", "More", *(f"  {place}" for place in said.see)]
    typer.echo("\n".join(lines))


def print_list(groups: Mapping[str, Sequence[Explanation]], *, as_json: bool) -> None:
    """Print a line for each word, under the headings of their groups; in JSON all of each."""
    if as_json:
        every = [_fields(each) for group in groups.values() for each in group]
        in_json.echo(every)
        return
    for heading, group in groups.items():
        typer.echo("\n".join([heading, *map(_line, group), ""]))
    typer.echo("More of each: `smsherald explain CODE`, `smsherald explain REASON`.")


def _line(explanation: Explanation) -> str:
    return f"  {explanation.word:<{_WORD}}{explanation.short}"


def _paragraph(text: str) -> Iterable[str]:
    return _wrapped(text, "  ", "  ")


def _point(text: str) -> Iterable[str]:
    return _wrapped(text, "  - ", "    ")


def _advised(text: str) -> str:
    return advised(os.environ, text)


def _wrapped(text: str, first: str, others: str) -> list[str]:
    return textwrap.wrap(
        _advised(text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _fields(explanation: Explanation | Outcome) -> dict[str, Any]:
    if isinstance(explanation, Outcome):
        return {
            "kind": "outcome",
            "word": explanation.word,
            "meaning": _advised(explanation.meaning),
        }
    return {
        "kind": explanation.kind,
        "word": explanation.word,
        **explanation.facts,
        "short": explanation.short,
        "meaning": _advised(explanation.meaning),
        "does": list(map(_advised, explanation.does)),
        "advice": list(map(_advised, explanation.advice)),
        "see": list(explanation.see),
    }
