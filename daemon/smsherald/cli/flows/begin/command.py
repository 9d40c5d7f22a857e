"""`smsherald init`: settings and a first flow, made from an event of one's own."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smsherald.cli import say
from smsherald.cli.exits import CONFIGURATION, FAILED
from smsherald.cli.files import GIVE, ONESELF, OWN
from smsherald.paths import Kind, kind_of
from smsherald.unit import why

if TYPE_CHECKING:
    from smsherald.cli.flows.begin.layout import Layout
    from smsherald.cli.flows.begin.making import Made
    from smsherald.cli.flows.begin.reading import Given


def command(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="Where `config/` shall stand, or that folder itself; `.` is here.",
        ),
    ],
    event: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="EVENT.json",
            help="An event: its body, or a line that `smsherald tap` wrote; `-` is standard input.",
            show_default=False,
        ),
    ] = None,
    routing_key: Annotated[
        str | None,
        typer.Option(
            "--routing-key",
            "-k",
            help="The event's, where the file does not say.",
            show_default=False,
        ),
    ] = None,
    flow: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The flow's name. Default: the event's.", show_default=False
        ),
    ] = None,
    *,
    schemas: Annotated[
        bool,
        typer.Option(
            "--schemas", help="Only write the schemas for editors anew, as after an upgrade."
        ),
    ] = False,
) -> None:
    """Write settings, a flow with its test, and schemas that editors complete keys by.

    With --from the flow is made from an event of yours: whom it texts, by which name, in which
    language, and a test that expects what it makes of the event. What is guessed has a comment.
    Where there are settings already, the flow is added to them.

    Nothing of yours is written over: only schemas of another version are. Exits with 0 when all is
    written and good, 1 when something stands in the way, or the event has no phone number or none
    that can be texted, 78 when the settings that are there cannot be used.
    """
    from smsherald.cli.flows.begin.layout import Layout

    layout = Layout.of(folder)
    if schemas:
        if event is not None or flow is not None or routing_key is not None:
            raise typer.BadParameter("makes no flow: it stands alone", param_hint="--schemas")
        _schemas(layout)
        return
    if routing_key is not None and event is None:
        raise typer.BadParameter("is of an event: --from is due", param_hint="--routing-key")
    _check_words(routing_key, flow)
    _init(layout, None if event is None else _read(event, routing_key), event, flow)


def _schemas(layout: Layout) -> None:
    if kind_of(layout.settings) is Kind.MISSING:
        say.error(f"{layout.settings} is not there: without --schemas, init writes it")
        raise typer.Exit(FAILED)
    try:
        _print_written(layout.write_schemas())
    except OSError as error:
        _refuse(error)


def _check_words(routing_key: str | None, flow: str | None) -> None:
    from smsherald.settings.shapes import name, pattern

    for text, shape, option in ((flow, name, "--flow"), (routing_key, pattern, "--routing-key")):
        if text is None:
            continue
        try:
            shape(text)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint=option) from None
    if routing_key is not None and {"*", "#"} & set(routing_key):
        raise typer.BadParameter("is one event's: without `*` and `#`", param_hint="--routing-key")


def _read(path: Path, routing_key: str | None) -> Given:
    from smsherald.cli.flows.begin.reading import UnreadableError, given

    try:
        content = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{path}: {why(error, GIVE)}", param_hint="--from") from error
    try:
        return given(str(path), content, routing_key)
    except UnreadableError as error:
        say.error(f"{path}: {error}")
        raise typer.Exit(FAILED) from None


def _init(layout: Layout, event: Given | None, path: Path | None, flow: str | None) -> None:
    import os

    from smsherald.cli.flows.begin.layout import SETTINGS, flow_file
    from smsherald.cli.flows.begin.making import making
    from smsherald.cli.flows.begin.others import twice
    from smsherald.cli.flows.begin.settings_text import SETTINGS as TEXT
    from smsherald.errors import ConfigurationError

    adding = event is not None and kind_of(layout.settings) is Kind.FILE
    try:
        settings = layout.settings.read_text(encoding="utf-8") if adding else TEXT
        made = making(event, path, flow, settings, os.environ if adding else {})
    except ConfigurationError as error:
        for problem in error.problems:
            say.error(problem)
        if not adding:
            say.error("Of this event init can make no flow: without --from it makes one to change.")
            raise typer.Exit(FAILED) from None
        say.error(f"{layout.settings} is there and cannot be used: see `smsherald check --flows`.")
        raise typer.Exit(CONFIGURATION) from None
    except (OSError, UnicodeDecodeError) as error:
        _refuse(error)
    if adding:
        made.remarks.extend(twice(made, layout.settings, os.environ))
    files = ({} if adding else {SETTINGS: TEXT}) | {flow_file(made.name): made.text} | made.beside
    try:
        if not (standing := layout.standing(files)):
            _write(layout, files)
    except OSError as error:
        _refuse(error)
    _require_none(standing, _way_out(layout, event, made.name))
    _print_next(layout, made, event, path)
    if not made.is_good:
        raise typer.Exit(FAILED)


def _require_none(standing: list[Path], way_out: str) -> None:
    for each in standing:
        say.error(f"{each} is there already, and nothing is written over.")
    if standing:
        say.error(way_out)
        raise typer.Exit(FAILED)


def _write(layout: Layout, files: dict[str, str]) -> None:
    """Write what is new, and schemas where they are not there or are another version's."""
    _print_written(layout.write(files))
    stale = layout.stale_schemas()
    older = [path for path in stale if kind_of(path) is not Kind.MISSING]
    if stale:
        layout.write_schemas()
    _print_written([path for path in stale if path not in older])
    for path in older:
        typer.echo(f"written anew, for this version: {path}")


def _way_out(layout: Layout, event: Given | None, name: str) -> str:
    if event is None and kind_of(layout.settings) is not Kind.MISSING:
        return (
            "A further flow: --from EVENT.json, or a file of your own beside the flows. "
            "Schemas for editors: --schemas."
        )
    return f"Another name than `{name}`: --flow NAME."


def _refuse(error: Exception) -> None:
    what = why(error, ONESELF) if isinstance(error, OSError) else "it is not UTF-8"
    if isinstance(error, PermissionError) and what == error.strerror:
        what = f"{what}; {OWN}"
    where = f"{error.filename}: " if isinstance(error, OSError) and error.filename else ""
    say.error(f"{where}{what}")
    raise typer.Exit(FAILED)


def _print_written(paths: list[Path]) -> None:
    for path in paths:
        typer.echo(f"written: {path}")


def _route(made: Made) -> str:
    """Return what a body does not say of its route, as options."""
    said = (("--routing-key", made.origin.key), ("--exchange", made.origin.exchange))
    return "".join(f" {option} {shlex.quote(value)}" for option, value in said if value)


def _print_next(layout: Layout, made: Made, event: Given | None, path: Path | None) -> None:
    from smsherald.cli.flows.begin.layout import flow_file

    flow = layout.folder / flow_file(made.name)
    for remark in made.remarks:
        say.warning(f"{flow}: {remark}")
    config = "" if layout.is_found else f" -c {shlex.quote(str(layout.settings))}"
    if made.is_good:
        typer.echo(f"\nThe flow `{made.name}` is good, and so is its test. Next:")
    else:
        typer.echo(f"\nFirst edit {flow}; then:")
    steps = [
        ("smsherald test" + config, "its tests, again and again while you change it"),
        ("smsherald demo" + config, "the daemon with your flow, a phone to look at; sends nothing"),
    ]
    if event is not None and path is not None and str(path) != "-":
        is_said = event.line is not None and made.origin.key in {None, event.event.routing_key}
        route = "" if is_said else _route(made)
        preview = f"smsherald preview {shlex.quote(str(path))}{route}{config}"
        steps.insert(0, (preview, "the text as a phone shows it, and what it costs"))
    for line, what in steps:
        typer.echo(f"  {line}\n      {what}")
