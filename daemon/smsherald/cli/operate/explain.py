"""`smsherald explain`: what a code of Twilio's, a reason or a label means, and what to do."""

from __future__ import annotations

from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smsherald.cli import say
from smsherald.cli.exits import FAILED
from smsherald.cli.options import Config
from smsherald.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from smsherald.cli.operate.explanations.codes import Decided
    from smsherald.cli.operate.explanations.explanation import Explanation
    from smsherald.cli.operate.explanations.outcomes import Outcome
    from smsherald.settings.twilio.decisions import Table

_MOST_WORDS = 8
"""Of what is explained as one: a column of codes that is pasted must not take minutes."""


def command(
    wanted: Annotated[
        list[str] | None, typer.Argument(metavar="CODE|REASON", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,  # noqa: FBT002 - typer's signature
    config: Config = None,
) -> None:
    """Say what codes of Twilio's or reasons mean, and what to do; without either, list all.

    The log has them as twilio_code and reason: 30007, 21610, paused, poison. An HTTP status, which
    stands there for a refusal without a code, is explained too, and so are the words of metrics and
    status: timeout, tls, unanswered. Nobody is asked, and no configuration is needed; where there
    is one, what its twilio.decisions say is told. For an outcome, as sent or deferred, it says in a
    line what that is, and where to look.

    Of several it explains one after the other. Exits with 1 for a code that the table does not
    have, 2 for a word that is none of all that.
    """
    from smsherald.cli.operate.explanations.outcomes import Outcome
    from smsherald.cli.operate.explanations.view import print_explanations, print_list
    from smsherald.settings.twilio.decisions import load

    table = load()
    if not wanted:
        print_list(_every(table, _decided(config)), as_json=as_json)
        return
    found = _read(wanted, table, cache(lambda: _decided(config)))
    print_explanations(found, as_json=as_json)
    if any(not isinstance(it, Outcome) and it.facts.get("known") is False for it in found):
        raise typer.Exit(FAILED)


def _read(
    words: Sequence[str], table: Table, decided: Callable[[], Decided]
) -> list[Explanation | Outcome]:
    """Explain them in order, as many as can be for one: `in flight`, `error 30007`.

    BadParameter for what is none.
    """
    from smsherald.cli.operate.explanations.reasons import not_understood
    from smsherald.cli.operate.terminal import printable

    found: list[Explanation | Outcome] = []
    while words:
        for end in range(min(len(words), _MOST_WORDS), 0, -1):
            if (one := _explained(" ".join(words[:end]), table, decided)) is not None:
                found.append(one)
                words = words[end:]
                break
        else:
            odd = takewhile(lambda word: _explained(word, table, decided) is None, words)
            raise typer.BadParameter(
                not_understood(printable(" ".join(odd))), param_hint="CODE|REASON"
            )
    return found


def _explained(
    said: str, table: Table, decided: Callable[[], Decided]
) -> Explanation | Outcome | None:
    """Explain an outcome, a word of a label, a reason or a number; None where it is none."""
    from smsherald.cli.operate.explanations.codes import of_code, of_status
    from smsherald.cli.operate.explanations.labels import of_label
    from smsherald.cli.operate.explanations.outcomes import of_outcome
    from smsherald.cli.operate.explanations.reasons import of_reason, read
    from smsherald.errors import Reason

    if (word := of_outcome(said) or of_label(said)) is not None:
        return word
    match read(said):
        case None:
            return None
        case Reason() as reason:
            return of_reason(reason, table)
        case number:
            return of_status(number) or of_code(number, table, decided())


def _decided(config: Path | None) -> Decided:
    """Return what the operator has decided; nothing where no configuration can be used."""
    import os

    from smsherald.cli.operate.explanations.codes import Decided
    from smsherald.settings.load import find_config, load_decisions

    try:
        path = find_config(config, os.environ)
    except ConfigurationError:
        return Decided()
    try:
        return Decided(load_decisions(path, os.environ), str(path))
    except ConfigurationError as error:
        say.warning(error.problems[0])
        say.warning("so what stands in twilio.decisions, if anything, is not said here")
        return Decided()


def _every(table: Table, decided: Decided) -> Mapping[str, Sequence[Explanation]]:
    """Return reasons by outcome, then codes by what is decided on them, then words of labels."""
    from smsherald.cli.operate.explanations.codes import of_code
    from smsherald.cli.operate.explanations.effects import in_short
    from smsherald.cli.operate.explanations.labels import every_label
    from smsherald.cli.operate.explanations.reasons import of_reason, of_standing
    from smsherald.errors import Standing
    from smsherald.settings.twilio.decisions import Decision, overridden

    groups: dict[str, Sequence[Explanation]] = {
        f"Reasons, {str(standing.name).lower()}": [
            of_reason(reason, table) for reason in of_standing(standing)
        ]
        for standing in Standing
    }
    rows = sorted(overridden(table, decided.decisions).items())
    for decision in Decision:
        codes = [code for code, row in rows if row.decision is decision]
        groups[f"Twilio's codes, {decision}: {in_short(decision)}"] = [
            of_code(code, table, decided) for code in codes
        ]
    groups["Words of metrics and `status`"] = every_label()
    return {heading: group for heading, group in groups.items() if group}
