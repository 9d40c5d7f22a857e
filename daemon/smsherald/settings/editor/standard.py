"""What each of marshmallow's own fields takes, and those of events: for who publishes.

Where a field takes several spellings of a value, the one that is meant stands here: who keeps to it
is understood, whoever else is. A field that is not here, or is read by a function, is anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, missing, validate

from smsherald.events.schemas.fields import Text, TextsOf
from smsherald.settings.editor.kinds import Json, Kinds, Writer

_TEXT = ["string", "integer"]
_SCALARS = (str, int, float, bool)


def default_of(field: fields.Field[Any]) -> Json:
    """Return `default` where it is a value that JSON has; one that is made anew is none."""
    default = field.load_default
    return {"default": default} if default is not missing and isinstance(default, _SCALARS) else {}


def _checked(field: fields.Field[Any], taken: Json) -> Json:
    """Add what validators say in words that JSON Schema has."""
    size = "Items" if taken.get("type") == "array" else "Length"
    for check in field.validators:
        match check:
            case validate.Length():
                least, most = (check.min, check.max) if check.equal is None else (check.equal,) * 2
                taken = taken | _said({f"min{size}": least, f"max{size}": most})
            case validate.Range():
                low = "minimum" if check.min_inclusive else "exclusiveMinimum"
                high = "maximum" if check.max_inclusive else "exclusiveMaximum"
                taken = taken | _said({low: check.min, high: check.max})
            case validate.OneOf() if all(isinstance(each, _SCALARS) for each in check.choices):
                taken = taken | {"enum": list(check.choices)}
            case validate.Equal() if isinstance(check.comparable, _SCALARS):
                taken = taken | {"const": check.comparable}
    return taken


def _said(limits: Mapping[str, Any]) -> Json:
    return {key: limit for key, limit in limits.items() if isinstance(limit, int | float)}


def _plain(kind: str | list[str], **more: str) -> Any:
    return lambda field, _: _checked(field, {"type": kind, **more})


def _anything(_: fields.Field[Any], __: Writer) -> Json:
    return {}


def _texts_of(field: TextsOf, _: Writer) -> Json:
    text = {"type": [*_TEXT, "null"]}
    return {"type": "object", "properties": {member: dict(text) for member in field.members}}


def _nested(field: fields.Nested, writer: Writer) -> Json:
    inner = writer.mapping(field.schema)
    many = field.many or field.schema.many
    return _checked(field, {"type": "array", "items": inner} if many else inner)


def _pluck(field: fields.Pluck, writer: Writer) -> Json:
    inner = writer.of(field.schema.fields[field.field_name])
    many = field.many or field.schema.many
    return _checked(field, {"type": "array", "items": inner} if many else inner)


def _list(field: fields.List[Any], writer: Writer) -> Json:
    return _checked(field, {"type": "array", "items": writer.of(field.inner)})


def _tuple(field: fields.Tuple, writer: Writer) -> Json:
    each = [writer.of(inner) for inner in field.tuple_fields]
    return {"type": "array", "items": each, "minItems": len(each), "maxItems": len(each)}


def _mapping(field: fields.Mapping[Any], writer: Writer) -> Json:
    taken: Json = {"type": "object"}
    if field.value_field is not None:
        taken["additionalProperties"] = writer.of(field.value_field)
    if field.key_field is not None and (keys := writer.of(field.key_field)):
        taken["propertyNames"] = keys
    return taken


def _moment(field: fields.DateTime, _: Writer) -> Json:
    match field.format:
        case None | "iso" | "iso8601":
            return {"type": "string", "format": "date-time"}
        case "timestamp" | "timestamp_ms":
            return {"type": "number"}
        case _:
            return {"type": "string"}


def _enum(field: fields.Enum[Any], _: Writer) -> Json:
    if not isinstance(field.by_value, bool):
        return {}
    words = [each.value if field.by_value else each.name for each in field.enum]
    return {"enum": words} if all(isinstance(word, _SCALARS) for word in words) else {}


def _constant(field: fields.Constant[Any], _: Writer) -> Json:
    return {"const": field.constant} if isinstance(field.constant, _SCALARS) else {}


STANDARD: Kinds = {
    Text: _plain(_TEXT),
    TextsOf: _texts_of,
    fields.String: _plain("string"),
    fields.UUID: _plain("string", format="uuid"),
    fields.Email: _plain("string", format="email"),
    fields.Url: _plain("string", format="uri"),
    fields.IP: _plain("string"),
    fields.IPInterface: _plain("string"),
    fields.Integer: _plain("integer"),
    fields.Number: _plain("number"),
    fields.Decimal: _plain(["number", "string"]),
    fields.Boolean: _plain("boolean"),
    fields.DateTime: _moment,
    fields.Date: _plain("string"),
    fields.Time: _plain("string"),
    fields.TimeDelta: _plain("number"),
    fields.Enum: _enum,
    fields.Constant: _constant,
    fields.Nested: _nested,
    fields.Pluck: _pluck,
    fields.List: _list,
    fields.Tuple: _tuple,
    fields.Mapping: _mapping,
    fields.Field: _anything,
}
