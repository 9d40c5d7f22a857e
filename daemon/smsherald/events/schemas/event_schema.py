"""A marshmallow schema as flows use it: made once, loaded for every event."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import INCLUDE, Schema, ValidationError, fields

from smsherald.errors import Reason, UnusableError
from smsherald.events.schemas.fields import Text, TextsOf
from smsherald.model import Json

_MISSING = frozenset(fields.Field.default_error_messages[key] for key in ("required", "null"))
_FIELD = re.compile(r"\A[A-Za-z_][A-Za-z0-9_-]{0,39}\Z")
_MOST_SAID = 5


class EventSchema:
    """Loads an event's body; `name` is what templates call the result.

    The body comes bare or, if `unwrap`, as the member `name` of an object, which an envelope is.
    """

    def __init__(self, name: str, schema: type[Schema], *, unwrap: bool) -> None:
        self.name = name
        self._schema = schema(unknown=INCLUDE)
        self._unwrap = unwrap

    def load(self, body: Json | list[Any]) -> Mapping[str, Any]:
        """Return what templates read of what `unwrapped` returns.

        Raises UnusableError(MISSING_VALUE | INVALID_VALUE); its detail names the fields. And
        UnusableError(NOT_AN_OBJECT) of a list.
        """
        if isinstance(body, list):
            detail = f"{self.name}: the body is a list, and a schema takes an object"
            raise UnusableError(Reason.NOT_AN_OBJECT, detail)
        try:
            loaded = self._schema.load(body)
        except ValidationError as error:
            raise self._unusable(error.messages_dict) from None
        except Exception as error:
            # A schema of one's own can do anything; its message may quote the event.
            detail = f"{self.name}: the schema raised {type(error).__name__}"
            raise UnusableError(Reason.INVALID_VALUE, detail) from error
        if not (isinstance(loaded, dict) or isinstance(loaded, Mapping)):  # noqa: SIM101 - the second asks an ABC, which is slow.
            detail = f"{self.name}: the schema makes no mapping of it"
            raise UnusableError(Reason.INVALID_VALUE, detail)
        return loaded

    def unwrapped(self, body: Json | list[Any]) -> Json | list[Any]:
        """Return what is loaded of a body, as it came."""
        inner = body.get(self.name) if self._unwrap and not isinstance(body, list) else None
        return inner if isinstance(inner, dict) else body

    def texts(self) -> frozenset[str]:
        """Return the paths that are texts where they are there, each as a template spells it."""
        found = set()
        for name, field in self._schema.load_fields.items():
            path = f"{self.name}.{field.attribute or name}"
            if isinstance(field, Text | fields.String):
                found.add(path)
            elif isinstance(field, TextsOf):
                found |= {f"{path}.{member}" for member in field.members}
        return frozenset(found)

    @property
    def schema(self) -> Schema:
        """What loads: for who describes it."""
        return self._schema

    @property
    def is_shipped(self) -> bool:
        """Whether it knows what its fields are, and so whose address a number stands in."""
        return self._unwrap

    def _unusable(self, messages: Mapping[Any, Any]) -> UnusableError:
        found = list(_complaints(self.name, messages))
        said = [f"{path} is {'missing' if missing else 'not valid'}" for path, missing in found]
        if len(said) > _MOST_SAID:
            said[_MOST_SAID:] = [f"and {len(said) - _MOST_SAID} more"]
        missing = all(missing for _, missing in found)
        reason = Reason.MISSING_VALUE if missing else Reason.INVALID_VALUE
        return UnusableError(reason, ", ".join(said))


def _complaints(path: str, messages: Any) -> Iterator[tuple[str, bool]]:
    """Yield the path of every field that is wrong, and whether it is wrong by its absence."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _complaints(path if key == "_schema" else f"{path}{_step(key)}", inner)
    else:
        yield path, all(message in _MISSING for message in messages)


def _step(key: Any) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    # A key that is no field's name may be the event's own: a phone number, for example.
    return f".{key}" if _FIELD.match(str(key)) else ".*"
