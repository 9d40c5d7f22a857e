"""What a flow's event must look like: by the schema that it names, and by what it reads."""

from __future__ import annotations

from marshmallow import Schema

from smsherald.contract.parts import Json, Parts
from smsherald.events.schemas import EventSchema
from smsherald.events.schemas.fields import Text
from smsherald.flows import Flow
from smsherald.flows.insight import Needs, Place
from smsherald.settings.editor import EventSchemas

_TEXT = ["string", "integer"]
"""What prints, and becomes text where a schema asks for it."""
_ENVELOPE: Json = {"description": "Beside `parameters` it names the event."}


def body(flow: Flow, needs: Needs, schemas: EventSchemas, parts: Parts) -> Json:
    """Return what the body of an event must be that the flow makes texts of.

    What its schema loads is described among `parts`.
    """
    root = needs.body
    root.needed = True
    also: dict[int, Json] = {}
    if needs.about is not None:
        about = root.at(needs.about)
        if flow.schema is not None:
            also[id(about)] = _object(flow.id, flow.schema, needs, schemas, parts)
        elif flow.unwrap is not None and not about.members:
            also[id(about)] = {"type": "object"}
    described = _place(root, also)
    if described.keys() <= {"description"}:
        described["type"] = ["object", "array"]
    return described


def headers(needs: Needs) -> Json:
    """Return what the headers must be; empty: nothing is read of them."""
    if not needs.headers.members:
        return {}
    needs.headers.needed = True
    return _place(needs.headers, {})


def _object(
    flow: str, schema: EventSchema, needs: Needs, schemas: EventSchemas, parts: Parts
) -> Json:
    loaded = schemas.reference(schema.schema)
    if not schema.is_shipped:
        return loaded
    read = needs.of_schema
    for name in _filled(schema.schema) & read.members.keys():
        read.members[name].needed = False
    if read.members:
        read.needed = True
        loaded = parts.schema(f"{flow}.{schema.name}", {"allOf": [loaded, _place(read, {})]})
    # As `EventSchema.unwrapped` tells them apart.
    wrapped: Json = {
        "type": "object",
        "properties": {schema.name: {"type": "object"}},
        "required": [schema.name],
    }
    within = {schema.name: loaded, "request_id": _ENVELOPE}
    return {
        "oneOf": [
            {
                "title": "bare",
                "allOf": [loaded, {"not": wrapped}],
            },
            {"title": f"as `{schema.name}`", "allOf": [wrapped, {"properties": within}]},
        ]
    }


def _filled(schema: Schema) -> frozenset[str]:
    """Return what a schema may fill in by itself: an order's number is its `id`, too."""
    return frozenset(name for name, each in schema.load_fields.items() if isinstance(each, Text))


def _place(place: Place, also: dict[int, Json]) -> Json:
    """Describe a place; `also` is what else is known of some places, by their `id`."""
    other = also.get(id(place))
    if not (place.members or place.elements or place.each):
        if other is not None:
            return other
        return _leaf(place)
    taken: Json = {"type": _types(place)}
    if place.members:
        taken["properties"] = {name: _place(each, also) for name, each in place.members.items()}
        if required := [name for name, each in place.members.items() if each.needed]:
            taken["required"] = required
    taken |= _elements(place, also)
    return taken if other is None else {"allOf": [taken, other]}


def _types(place: Place) -> str | list[str]:
    kinds = ["object"] if place.members else []
    if place.elements or place.each:
        kinds.append("array")
    if not place.needed:
        kinds.append("null")
    return kinds[0] if len(kinds) == 1 else kinds


def _elements(place: Place, also: dict[int, Json]) -> Json:
    # Those that are counted from the end stand at no place that can be said here.
    by_index = {index: each for index, each in place.elements.items() if index >= 0}
    taken: Json = {}
    if by_index:
        most = max(by_index)
        listed = [
            _place(by_index[index], also) if index in by_index else {} for index in range(most + 1)
        ]
        needed = [index + 1 for index, each in by_index.items() if each.needed]
        taken = {"items": listed} | ({"minItems": max(needed)} if needed else {})
    if place.each is None:
        return taken
    each: Json = {"items": _place(place.each, also)}
    return {"allOf": [taken, each]} if taken else each


def _leaf(place: Place) -> Json:
    said = ", ".join(f"`{key}`" for key in place.by)
    taken: Json = {"description": f"For {said}."} if said else {}
    # A text is made of it by all means.
    return taken | ({"type": _TEXT} if place.needed and place.printed else {})
