"""`smsherald pause`, `resume` and `pauses`: the brake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from smsherald.cli.exits import FAILED
from smsherald.cli.operate.opening import for_ledger, loaded, opened, seconds
from smsherald.cli.options import Config

if TYPE_CHECKING:
    from smsherald.cli.operate.pausing.target import Names

_LONGEST_WHY = 200
_LONGEST_FOR = 366 * 86_400.0

All = Annotated[bool, typer.Option("--all", help="Everything.")]
OfFlow = Annotated[
    str | None,
    typer.Option("--flow", metavar="FLOW", help="What a flow makes.", show_default=False),
]
OfAccount = Annotated[
    str | None,
    typer.Option("--account", metavar="NAME", help="What an account sends.", show_default=False),
]
OfSender = Annotated[
    str | None,
    typer.Option("--sender", metavar="SENDER", help="What a sender sends.", show_default=False),
]
OfCountry = Annotated[
    str | None,
    typer.Option(
        "--country", metavar="CC", help="What goes to a country, as US.", show_default=False
    ),
]


def pause(
    *,
    everything: All = False,
    flow: OfFlow = None,
    account: OfAccount = None,
    sender: OfSender = None,
    country: OfCountry = None,
    duration: Annotated[
        str | None,
        typer.Option(
            "--for",
            metavar="DURATION",
            help="It ends by itself, as after 30m, 12h or 7d.",
            show_default=False,
        ),
    ] = None,
    why: Annotated[
        str, typer.Option(metavar="TEXT", help="Shown to whoever looks.", show_default=False)
    ] = "",
    config: Config = None,
) -> None:
    """Pause texts: all of them, or a flow's, an account's, a sender's or a country's.

    Nothing that is claimed from now on is sent; what was claimed before may still go out within a
    second. Nothing is lost: events wait in the broker. Where it is paused already, why, who and
    until when are replaced.

    Exits with 2 for a name that the configuration does not have; where the configuration cannot be
    read, any name is taken.
    """
    from smsherald.cli.operate.pausing.target import given, needs_no_name, who
    from smsherald.cli.operate.pausing.view import held_before, said
    from smsherald.cli.operate.terminal import wrapped
    from smsherald.ledger import described

    length = None if duration is None else seconds(duration, "--for")
    if length is not None and not 0 < length <= _LONGEST_FOR:
        raise typer.BadParameter(
            "must be up to 366d; left out, it lasts until it is resumed", param_hint="--for"
        )
    why = _in_one_line(why)
    on = for_ledger(config)
    target = given(on.default_region, flow, account, sender, country, everything=everything)
    # A flow that is wrong, or a credential that is not there, must not keep anybody from the brake.
    if not needs_no_name(target) and (names := _names(config)):
        names.require(target)
    with opened(on.ledger) as ledger:
        before = [each for each in ledger.pauses.brake().pauses if each.target == target]
        paused = ledger.pauses.pause(target, why, who(), length)
    for each in before:
        wrapped(held_before(each))
    wrapped(said(paused))
    # Whoever asks with another configuration than the daemon's brakes nobody.
    typer.echo(f"Ledger: {described(on.ledger.url)}")


def resume(
    *,
    everything: All = False,
    flow: OfFlow = None,
    account: OfAccount = None,
    sender: OfSender = None,
    country: OfCountry = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would go on, and what would not.")
    ] = False,
    config: Config = None,
) -> None:
    """End a pause that `pause` began, and say which others still hold.

    --all ends the pause of everything, and no other. What a daemon has paused by itself no command
    ends: a probe does, once Twilio takes it. Exits with 1 where there is no such pause.
    """
    from smsherald.cli.operate.pausing.own import own
    from smsherald.cli.operate.pausing.target import given
    from smsherald.cli.operate.pausing.view import print_no_such, print_resumed

    on = for_ledger(config)
    target = given(on.default_region, flow, account, sender, country, everything=everything)
    with opened(on.ledger) as ledger:
        holds = any(pause.target == target for pause in ledger.pauses.brake().pauses)
        if holds and not dry_run:
            holds = ledger.pauses.resume(target)
        others = [each for each in ledger.pauses.brake().pauses if each.target != target]
    if holds:
        print_resumed(target, others, own(on), dry_run=dry_run)
        return
    print_no_such(target, own(on))
    raise typer.Exit(FAILED)


def pauses(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
    config: Config = None,
) -> None:
    """List what operators have paused, and mark what matches nothing in the configuration.

    Then what the daemon at http.listen has paused by itself, since Twilio refuses it or does not
    answer: that is in no ledger, and not in --json either; `status --json` has it.
    """
    from smsherald.cli.operate.pausing.own import own
    from smsherald.cli.operate.pausing.view import print_own, print_pauses

    on = for_ledger(config)
    with opened(on.ledger) as ledger:
        found = ledger.pauses.brake().pauses
    print_pauses(found, _names(config) if found else None, as_json=as_json)
    if not as_json:
        print_own(own(on))


def _names(config: Config) -> Names | None:
    """Return the names that the configuration has; None where it cannot be read, which is said."""
    from smsherald.cli.operate.pausing.target import Names
    from smsherald.cli.operate.terminal import wrapped
    from smsherald.errors import ConfigurationError

    try:
        return Names.of(loaded(config))
    except ConfigurationError as error:
        first, count = error.problems[0], len(error.problems)
        wrapped(f"names are not checked: {first} (problems: {count})", err=True)
        return None


def _in_one_line(why: str) -> str:
    """Return it as it is kept: on one line, without a full stop; BadParameter if it cannot be."""
    line = " ".join(why.split()).rstrip(".")
    if len(line) > _LONGEST_WHY or not line.isprintable():
        raise typer.BadParameter(
            f"must be at most {_LONGEST_WHY} characters that can be shown", param_hint="--why"
        )
    return line
