"""Groups of commands that list what there is, where none of them is named."""

from __future__ import annotations

import typer
from typer.core import TyperGroup

_LIST = "list"


class ListsByItself(TyperGroup):
    """`smsherald parked --json` is `smsherald parked list --json`."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Put in `list` before options of its own, and where nothing is said."""
        says_nothing = not args or (
            args[0].startswith("-") and args[0] not in ctx.help_option_names
        )
        # A shell that completes a word wants to know of all commands.
        if says_nothing and not ctx.resilient_parsing:
            args = [_LIST, *args]
        return super().parse_args(ctx, args)
