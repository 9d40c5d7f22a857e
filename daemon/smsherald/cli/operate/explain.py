"""`smsherald explain`: what a code of Twilio's, a reason or a label means, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smsherald.cli import say
from smsherald.cli.exits import FAILED
from smsherald.cli.options import Config
from smsherald.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from smsherald.cli.operate.explanations.codes import Decided
    from smsherald.cli.operate.explanations.explanation import Explanation
    from smsherald.settings.twilio.decisions import Table


def command(
    wanted: Annotated[
        list[str] | None, typer.Argument(metavar="CODE|REASON", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,  # noqa: FBT002 - typer's signature
    config: Config = None,
) -> None:
    """Say what a code of Twilio's or a reason means, and what to do; without either, list all.

    The log has them as twilio_code and reason: 30007, 21610, paused, poison. An HTTP status, which
    stands there for a refusal without a code, is explained too, and so are the words of metrics and
    status: timeout, tls, unanswered. Nobody is asked, and no configuration is needed; where there
    is one, what its twilio.decisions say is told. For an outcome, as sent or deferred, it says in a
    line what that is, and where to look.

    Exits with 1 for a code that the table does not have, 2 for a word that is none of all that.
    """
    from smsherald.cli.operate.explanations.codes import of_code, of_status
    from smsherald.cli.operate.explanations.labels import of_label
    from smsherald.cli.operate.explanations.outcomes import OUTCOMES, print_outcome
    from smsherald.cli.operate.explanations.reasons import not_understood, of_reason, read
    from smsherald.cli.operate.explanations.view import print_explanation, print_list
    from smsherald.cli.operate.terminal import printable
    from smsherald.errors import Reason
    from smsherald.settings.twilio.decisions import load

    table = load()
    if not wanted:
        print_list(_every(table, _decided(config)), as_json=as_json)
        return
    words = " ".join(wanted)
    if (outcome := words.strip().lower()) in OUTCOMES:
        print_outcome(outcome, as_json=as_json)
        return
    if (label := of_label(words)) is not None:
        print_explanation(label, as_json=as_json)
        return
    match read(words):
        case None:
            raise typer.BadParameter(not_understood(printable(words)), param_hint="CODE|REASON")
        case Reason() as reason:
            explanation = of_reason(reason, table)
        case number:
            explanation = of_status(number) or of_code(number, table, _decided(config))
    print_explanation(explanation, as_json=as_json)
    if explanation.facts.get("known") is False:
        raise typer.Exit(FAILED)


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
