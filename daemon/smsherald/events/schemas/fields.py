"""The fields that events need and marshmallow does not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

from smsherald.events.plain import as_text

_NO_TEXT = "This is no text."
_NO_OBJECT = "This is no object."


class Text(fields.Field[str]):
    """A text; a whole number becomes one, for shops number their orders in either way."""

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002 - marshmallow's signature.
        data: Mapping[str, Any] | None,  # noqa: ARG002 - the same.
        **_: Any,
    ) -> str:
        text = as_text(value)
        if text is None:
            raise ValidationError(_NO_TEXT)
        return text


class TextsOf(fields.Field[dict[str, Any]]):
    """An object of which some members, where they are there, are texts.

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
    ) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValidationError(_NO_OBJECT)
        loaded, errors = dict(value), {}
        for member in self.members:
            found = loaded.get(member)
            if found is None or isinstance(found, str):
                continue
            if (text := as_text(found)) is None:
                errors[member] = [_NO_TEXT]
            else:
                loaded[member] = text
        if errors:
            raise ValidationError(errors)
        return loaded
