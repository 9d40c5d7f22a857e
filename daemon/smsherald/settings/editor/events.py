"""JSON Schema of what the marshmallow schemas of flows load."""

from __future__ import annotations

from typing import Any, TypeAlias

from marshmallow import RAISE, Schema, fields

from smsherald.settings.editor.kinds import Json, Writer
from smsherald.settings.editor.standard import STANDARD, default_of

_Shape: TypeAlias = tuple[type[Schema], frozenset[str], bool, tuple[Any, ...]]


class EventSchemas:
    """Describes schemas, each once, under a name of its own; `root` is what references begin with.

    One that holds itself is described, too.
    """

    def __init__(self, root: str) -> None:
        self.described: dict[str, Json] = {}
        """The schemas by their names."""
        self._root = root
        self._names: dict[_Shape, str] = {}
        self._writer = Writer(self.reference, references=False, kinds=STANDARD, default=default_of)

    def reference(self, schema: type[Schema] | Schema) -> Json:
        """Return a reference to what a schema takes."""
        made = schema if isinstance(schema, Schema) else schema()
        shape = _shape(made)
        name = self._names.get(shape)
        if name is None:
            name = self._names[shape] = self._free(type(made).__name__)
            # It stands there before it is made: what it holds may hold it.
            self.described[name] = {}
            self.described[name].update(self._of(made))
        return {"$ref": f"{self._root}{name}"}

    def _free(self, name: str) -> str:
        number = 1
        while (free := name if number == 1 else f"{name}-{number}") in self.described:
            number += 1
        return free

    def _of(self, schema: Schema) -> Json:
        keys = {each.data_key or name: each for name, each in schema.load_fields.items()}
        taken: Json = {"type": "object"}
        if doc := (type(schema).__doc__ or "").strip():
            taken["description"] = doc.splitlines()[0]
        taken["properties"] = {key: self._writer.of(field) for key, field in keys.items()}
        if required := [key for key, field in keys.items() if field.required]:
            taken["required"] = required
        if schema.unknown == RAISE:
            taken["additionalProperties"] = False
        return taken


def _shape(schema: Schema) -> _Shape:
    """Tell schemas of one class apart by what is left of them."""
    inner = tuple(
        sorted(
            (name, tuple(sorted(field.only or ())), tuple(sorted(field.exclude)))
            for name, field in schema.load_fields.items()
            if isinstance(field, fields.Nested)
        )
    )
    return type(schema), frozenset(schema.load_fields), schema.unknown == RAISE, inner
