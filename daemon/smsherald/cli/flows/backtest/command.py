"""`smsherald backtest`: what a configuration would have sent of events that are recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smsherald.cli import say
from smsherald.cli.exits import CONFIGURATION, FAILED, INTERRUPTED
from smsherald.cli.files import GIVE, PLACE
from smsherald.cli.options import Config
from smsherald.paths import Kind, kind_of
from smsherald.unit import why

if TYPE_CHECKING:
    from smsherald.cli.flows.backtest.differing import Found
    from smsherald.cli.flows.backtest.running import Course
    from smsherald.cli.flows.backtest.staging import Stage

BAD_SHOWN = 5
_MOST = 100


def command(
    events: Annotated[
        str,
        typer.Argument(
            metavar="EVENTS.jsonl",
            help="Recorded events, as `smsherald tap` writes them, packed by gzip or not; "
            "`-` is standard input.",
            show_default=False,
        ),
    ],
    *,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Another configuration: its folder, or its settings file.",
            show_default=False,
        ),
    ] = None,
    config: Config = None,
    texts: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write one line of JSON for each SMS, with its number and text.",
            show_default=False,
        ),
    ] = None,
    most: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="N",
            help="With --against: show so many in full. Default: 100.",
            show_default=False,
        ),
    ] = _MOST,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show whole numbers, also with --json.")
    ] = False,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Exit with 1 where something is parked, or on a warning."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
) -> None:
    """Say what the flows would have sent of recorded events; nothing is sent.

    Each event is taken at its own time, in the order of the file, on the daemon's own way: the
    same event again is a duplicate, `once` and the ledger's retention count. The ledger is in
    memory, and Twilio takes everything. No credentials and no broker are needed.

    With --against the same events go through another configuration too. Shown is what differs:
    texts, recipients, senders, accounts, outcomes; `-` is there, `+` is here.

    Exits with 0 when all is done, and both are the same; 1 when they differ, when a line is no
    event, when there is none, or with --strict; 78 when a configuration cannot be used; 130 on
    Ctrl-C, after what was seen so far.
    """
    from smsherald.cli.flows.backtest.differing import Found
    from smsherald.cli.flows.backtest.recording import STDIN

    if texts is not None and events != STDIN and _are_one(Path(events), texts):
        raise typer.BadParameter("would write over the events", param_hint="--texts")
    here, there = _staged(config, against)
    found = Found(None if as_json else most)
    course = _run(events, here, there, texts, found)
    _print(course, here, there, found, reveal=reveal, as_json=as_json)
    _say_bad(events, course)
    if course.interrupted:
        from smsherald.cli.flows.backtest.view import counted

        say.error(f"interrupted after {counted(course.lines, 'line')}")
        raise typer.Exit(INTERRUPTED)
    strictly = strict and (here.warnings or here.tally.total("parked"))
    if course.bad or course.broken or not here.tally.events or found or strictly:
        raise typer.Exit(FAILED)


def _are_one(events: Path, texts: Path) -> bool:
    return {kind_of(events), kind_of(texts)} == {Kind.FILE} and events.samefile(texts)


def _staged(config: Path | None, against: Path | None) -> tuple[Stage, Stage | None]:
    import os

    from smsherald.cli.flows.backtest.staging import staged
    from smsherald.errors import ConfigurationError
    from smsherald.settings.load import find_config, settings_of

    try:
        here = staged(find_config(config, os.environ))
        return here, None if against is None else staged(settings_of(against))
    except ConfigurationError as error:
        for problem in error.problems:
            say.error(problem)
        raise typer.Exit(CONFIGURATION) from None


def _run(events: str, here: Stage, there: Stage | None, texts: Path | None, found: Found) -> Course:
    from smsherald.cli.flows.backtest.recording import NOT_WHOLE, opened
    from smsherald.cli.flows.backtest.running import Ears, run
    from smsherald.cli.flows.backtest.showing import progress, written

    bad, torn = 0, -1

    def say_bad(number: int, message: str) -> None:
        nonlocal bad, torn
        if number - 1 == torn:
            torn = number  # Of the event whose first line has been named.
            return
        torn = number if message == NOT_WHOLE else torn
        bad += 1
        if bad <= BAD_SHOWN:
            say.error(f"{events}:{number}: {message}")

    try:
        with opened(events) as recording, written(texts) as fate, progress(recording) as shown:
            ears = Ears(bad=say_bad, fate=fate, differing=found.add, progress=shown)
            return run(recording, here, there, ears)
    except OSError as error:
        file = error.filename or events
        reason = why(error, GIVE if file == events else PLACE)
        raise typer.BadParameter(f"{file}: {reason}") from error


def _print(
    course: Course, here: Stage, there: Stage | None, found: Found, *, reveal: bool, as_json: bool
) -> None:
    from smsherald.sms import mask

    shown = str if reveal else mask
    if as_json:
        from smsherald.cli.flows.backtest.rows import course_row, difference_row, tally_row, written

        said = course_row(course, differing=there is not None) | {"here": tally_row(here)}
        if there is None:
            typer.echo("".join(written(said)))
            return
        said["there"] = tally_row(there)
        rows = (difference_row(each, shown) for each in found.kept)
        for piece in written(said, "differences", rows):
            typer.echo(piece, nl=False)
        typer.echo()
        return
    if there is None:
        from smsherald.cli.flows.backtest.view import print_tally

        print_tally(here)
        return
    from smsherald.cli.flows.backtest.differing import print_differences, print_summary

    print_differences(found, here, there, shown)
    print_summary(found, course, here, there)


def _say_bad(events: str, course: Course) -> None:
    if course.bad > BAD_SHOWN:
        say.error(f"{events}: {course.bad:,} of {course.lines:,} lines are no recorded events")
    if course.broken is not None:
        say.error(f"{events}: cannot be read after line {course.lines:,}: {course.broken}")
    elif not course.lines and not course.interrupted:
        say.error(f"{events}: holds no event")
