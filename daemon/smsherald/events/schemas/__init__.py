"""What a flow's `schema:` can name."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib import import_module, invalidate_caches

from marshmallow import Schema

from smsherald.events.schemas.event_schema import EventSchema
from smsherald.events.schemas.shipped import SHIPPED

__all__ = ["SHIPPED", "EventSchema", "find_schema"]


@cache
def find_schema(name: str) -> EventSchema:
    """Return a schema by its name, always the same one.

    `my_package.module:MySchema` is a marshmallow schema of one's own: it gets the body as it is,
    and templates call the result `data`. Raises ValueError with a sentence for the operator.
    """
    if name in SHIPPED:
        return EventSchema(name, SHIPPED[name], unwrap=True)
    module_name, colon, class_name = name.partition(":")
    if not (colon and module_name and class_name):
        near = get_close_matches(name, SHIPPED, 1)
        known = f"there are {', '.join(SHIPPED)}; one of your own is `my_package.module:MySchema`"
        hint = f"did you mean `{near[0]}`?" if near else known
        message = f"there is no schema `{name}`; {hint}"
        raise ValueError(message)
    return EventSchema("data", _import(module_name, class_name), unwrap=False)


def _import(module_name: str, class_name: str) -> type[Schema]:
    # Python keeps in mind which folders were not there.
    invalidate_caches()
    try:
        module = import_module(module_name)
    except (Exception, SystemExit) as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        if missing is not None and f"{module_name}.".startswith(f"{missing}."):
            message = f"there is no module `{missing}` where Python looks for them (PYTHONPATH)"
            raise ValueError(message) from error
        message = f"`{module_name}` cannot be imported: {type(error).__name__}: {error}"
        raise ValueError(message) from error
    found = getattr(module, class_name, None)
    if isinstance(found, type) and issubclass(found, Schema):
        return found
    message = f"`{module_name}` has no marshmallow schema `{class_name}`"
    raise ValueError(message)
