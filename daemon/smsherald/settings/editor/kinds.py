"""What each kind of field takes, in the words of JSON Schema.

A kind that reads its value in a way of its own has a row here; tests hold that. `Writer.of` asks
the row of a field's class, else that of the class it is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from marshmallow import Schema, fields
from marshmallow.validate import Range

from smsherald.settings import shapes
from smsherald.settings.editor.defaults import default_of
from smsherald.settings.editor.patterns import pattern_of
from smsherald.settings.fields import (
    Choice,
    Entries,
    Flag,
    Integer,
    Items,
    Price,
    Section,
    Text,
)
from smsherald.settings.flows.options import Options, OptionsSchema
from smsherald.settings.flows.routes import RouteField, RouteSchema
from smsherald.settings.flows.schema import Asked, Message
from smsherald.settings.flows.trial.properties import Headers, Moment
from smsherald.settings.flows.trial.schema import Body, Expected
from smsherald.settings.schema import Later
from smsherald.settings.twilio.accounts import Decisions

Json: TypeAlias = dict[str, Any]
Kinds: TypeAlias = Mapping[type[Any], Callable[[Any, "Writer"], Json]]

NOTHING: Json = {"type": "null"}
REFERENCE: Json = {"type": "string", "pattern": r"\$\{"}
"""A text with `${…}`, which becomes what is due where it stands."""


class Writer:
    """Writes what fields take; `references` says that a scalar may be a text with `${…}`.

    `mapping` describes what has keys, `kinds` and `default` each field: by themselves ours.
    """

    def __init__(
        self,
        mapping: Callable[[type[Schema] | Schema], Json],
        *,
        references: bool,
        kinds: Kinds | None = None,
        default: Callable[[fields.Field[Any]], Json] = default_of,
    ) -> None:
        self.mapping = mapping
        self._references = references
        self._kinds = KINDS if kinds is None else kinds
        self._default = default

    def of(self, field: fields.Field[Any]) -> Json:
        """Return what a field takes. Raises LookupError for a kind that has no row."""
        kind = next((each for each in type(field).__mro__ if each in self._kinds), None)
        if kind is None:
            message = f"{type(field).__name__} has no row in KINDS"
            raise LookupError(message)
        taken = self._kinds[kind](field, self)
        if field.allow_none and taken:
            taken = either(taken, NOTHING)
        said = field.metadata.get("meaning") or field.metadata.get("description")
        beside = ({"description": said} if said else {}) | self._default(field)
        # Beside a reference nothing else counts.
        return beside | ({"allOf": [taken]} if beside and "$ref" in taken else taken)

    def scalar(self, taken: Json) -> Json:
        """Return what a scalar takes, with what may stand in its place."""
        if not self._references or taken == {"type": "string"}:
            return taken
        return either(taken, REFERENCE)


def either(*several: Json) -> Json:
    """Return what one of several takes."""
    flat: list[Json] = []
    for each in several:
        flat += each["anyOf"] if each.keys() == {"anyOf"} else [each]
    return {"anyOf": flat}


def _shaped(shape: Callable[[str], Any]) -> Json:
    pattern = pattern_of(shape)
    return {"type": "string"} if pattern is None else {"type": "string", "pattern": pattern}


def _text(field: Text, writer: Writer) -> Json:
    text = writer.scalar(_shaped(field.shape))
    return either(text, {"type": "integer"}) if field.numbers else text


def _price(_: Price, __: Writer) -> Json:
    return {"type": ["string", "number"]}


def _choice(field: Choice, writer: Writer) -> Json:
    return writer.scalar({"type": "string", "enum": [str(word) for word in field.words]})


def _integer(field: Integer, writer: Writer) -> Json:
    taken: Json = {"type": "integer"}
    for check in field.validators:
        if isinstance(check, Range):
            taken |= {"minimum": check.min, "maximum": check.max}
    return writer.scalar(taken)


def _flag(_: Flag, writer: Writer) -> Json:
    return writer.scalar({"type": "boolean"})


def _items(field: Items, writer: Writer) -> Json:
    item = writer.of(field.item)
    several: Json = {"type": "array", "items": item}
    if field.least:
        several["minItems"] = field.least
    return either(item, several) if field.single else several


def _entries(field: Entries, writer: Writer) -> Json:
    taken: Json = {"type": "object", "additionalProperties": writer.of(field.item)}
    if field.least:
        taken["minProperties"] = field.least
    pattern = pattern_of(field.key)
    return taken if pattern is None else {**taken, "propertyNames": {"pattern": pattern}}


def _message(field: Message, writer: Writer) -> Json:
    names = {"propertyNames": {"pattern": pattern_of(shapes.locale)}}
    return either(writer.of(field.item), _entries(field, writer) | names)


def _section(field: Section, writer: Writer) -> Json:
    taken = writer.mapping(field.section)
    # Nothing is an empty mapping, and that is enough where nothing is required.
    return taken if "required" in taken else {**taken, "type": ["object", "null"]}


def _later(_: Later, __: Writer) -> Json:
    return {"not": {}}


def _body(_: Body, __: Writer) -> Json:
    return {"type": ["object", "array"]}


def _headers(_: Headers, __: Writer) -> Json:
    return {"type": "object"}


def _moment(_: Moment, __: Writer) -> Json:
    return {"type": ["string", "number"]}


def _route(_: RouteField, writer: Writer) -> Json:
    return either(_shaped(shapes.pattern), writer.mapping(RouteSchema))


def _options(_: Options, writer: Writer) -> Json:
    return writer.mapping(OptionsSchema)


KINDS: Kinds = {
    Text: _text,
    Asked: _text,
    Choice: _choice,
    Price: _price,
    Integer: _integer,
    Flag: _flag,
    Items: _items,
    Expected: _items,
    Entries: _entries,
    Decisions: _entries,
    Message: _message,
    Section: _section,
    Later: _later,
    Body: _body,
    Headers: _headers,
    Moment: _moment,
    RouteField: _route,
    Options: _options,
}
