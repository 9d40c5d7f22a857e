"""The options by which each of the commands says which of what is parked it means."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import wraps
from typing import Annotated, Any, get_type_hints

import typer

from smsherald.cli.operate.opening import seconds
from smsherald.errors import Reason
from smsherald.settle.parked import BY_THE_BROKER, Wanted


def _given(
    *,
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID", help="As `list` shows them.", show_default=False),
    ] = None,
    reason: Annotated[
        str | None,
        typer.Option(metavar="REASON", help="As missing_value.", show_default=False),
    ] = None,
    flow: Annotated[
        str | None,
        typer.Option(metavar="FLOW", help="Parked for this flow.", show_default=False),
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="An order's number.", show_default=False),
    ] = None,
    event_id: Annotated[
        str | None,
        typer.Option(metavar="ID", help="As the log has it.", show_default=False),
    ] = None,
    older: Annotated[
        str | None,
        typer.Option(metavar="DURATION", help="Parked longer ago, as 12h.", show_default=False),
    ] = None,
    newer: Annotated[
        str | None,
        typer.Option(metavar="DURATION", help="Parked since then, as 2h.", show_default=False),
    ] = None,
) -> Wanted:
    for each in ids or ():
        if not re.fullmatch("[0-9a-f]{8,64}", each):
            raise typer.BadParameter(
                f"{each!r} is no id: at least its first 8 digits, as `list` shows them",
                param_hint="ID",
            )
    if reason is not None and reason not in (reasons := {*Reason, *BY_THE_BROKER}):
        near = get_close_matches(reason, reasons, 1)
        raise typer.BadParameter(
            f"there is no reason {reason}" + (f"; did you mean {near[0]}?" if near else ""),
            param_hint="--reason",
        )
    return Wanted(
        ids=tuple(ids or ()),
        reason=reason,
        flow=flow,
        reference=reference,
        event_id=event_id,
        older=None if older is None else seconds(older, "--older"),
        newer=None if newer is None else seconds(newer, "--newer"),
    )


def filtered(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options, and what they say as its first argument, `wanted`."""
    filters = inspect.signature(_given).parameters
    _, *own = inspect.signature(command).parameters.values()

    @wraps(command)
    def run(**options: Any) -> None:
        wanted = _given(**{name: options.pop(name) for name in filters})
        command(wanted, **options)

    types = get_type_hints(_given, include_extras=True) | get_type_hints(
        command, include_extras=True
    )
    # Typer reads both.
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [each.replace(annotation=types[each.name]) for each in (*filters.values(), *own)]
    )
    run.__annotations__ = types
    return run


def require_meant(wanted: Wanted, *, everything: bool) -> None:
    """Insist on a filter or on --all, and not on both: BadParameter."""
    if wanted.says_nothing != everything:
        raise typer.BadParameter("say which, by an ID or a filter, or --all, and not both")
