"""What to say of a name that a template begins a path with, and that is none."""

from __future__ import annotations

from smsherald.events.schemas import SHIPPED
from smsherald.flows import EVENT, ITEM, TemplateError


def said(error: TemplateError, *, bare: bool) -> str:
    """Return what is wrong with a template; `bare`: its flow has neither `schema` nor `unwrap`."""
    name = error.unknown
    if name is None:
        return error.message
    if name == ITEM:
        return (
            "there is no `item` here: an element of `to_each` is called so, "
            "in the templates of its SMS"
        )
    if name in EVENT:
        return f"there is no name `{name}`; did you mean `event.{name}`?"
    if not bare:
        return error.message
    # Only who errs waits for the library.
    from difflib import get_close_matches  # noqa: PLC0415

    if get_close_matches(name, ["event"]):
        return f"there is no name `{name}`; did you mean `event`?"
    near = get_close_matches(name, SHIPPED, 1)
    hint = (
        f"`schema: {near[0]}` gives `{near[0]}`"
        if near
        else f"did you mean `event.body.{name}`? A `schema` gives another name"
    )
    return f"there is no name `{name}`: this flow has no `schema`, so there is `event` only; {hint}"
