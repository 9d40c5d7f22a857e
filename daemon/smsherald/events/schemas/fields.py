"""The fields that events need and marshmallow does not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from smsherald.events.plain import as_text


class Text(fields.Field[Any]):
    """A whole number becomes text, for shops number their orders in either way.

    All else stays as it came: whether it will do is asked where a template reads it, for most
    fields nobody reads.
    """

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002 - marshmallow's signature.
        data: Mapping[str, Any] | None,  # noqa: ARG002 - the same.
        **_: Any,
    ) -> Any:
        text = as_text(value)
        return value if text is None else text


class TextsOf(fields.Field[Any]):
    """An object of which some members are as `Text` has them; what is no object stays, too.

    It says what a nested schema would, at a sixth of its time: an order has two addresses.
    """

    def __init__(self, *members: str, allow_none: bool = True) -> None:
        super().__init__(allow_none=allow_none)
        self.members = members

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002 - marshmallow's signature.
        data: Mapping[str, Any] | None,  # noqa: ARG002 - the same.
        **_: Any,
    ) -> Any:
        if not isinstance(value, dict):
            return value
        loaded = dict(value)
        for member in self.members:
            found = loaded.get(member)
            if found is not None and not isinstance(found, str):
                text = as_text(found)
                loaded[member] = found if text is None else text
        return loaded
