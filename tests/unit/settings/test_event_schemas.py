"""What the schemas of events say of their fields: who keeps to it is understood."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest
from jsonschema import Draft7Validator
from marshmallow import EXCLUDE, INCLUDE, Schema, ValidationError, fields, validate

from smsherald.events.schemas import SHIPPED
from smsherald.events.schemas.fields import Text, TextsOf
from smsherald.settings.editor import EventSchemas
from smsherald.settings.editor.standard import STANDARD

NOWHERE = object()


class Size(Enum):
    """Of a shirt."""

    S = 1
    L = 2


class Person(Schema):
    """Somebody; their name is what they are called.

    This is not said.
    """

    name = fields.String(required=True)
    parent = fields.Nested("Person", exclude=("friends",))
    friends = fields.List(fields.Nested("Person", only=("name",)))


class Lenient(Schema):
    """It takes more."""

    class Meta:
        """What it does not know stays."""

        unknown = INCLUDE

    known = fields.Integer(load_default=7)
    shown = fields.String(dump_only=True)
    said = fields.String(data_key="is-said", metadata={"description": "By whom."})
    who = fields.Nested(Person, metadata={"description": "Who."})


class Ours(fields.Field[Any]):
    """A kind that nobody knows."""


def described(field: fields.Field[Any]) -> Draft7Validator:
    schema = Schema.from_dict({"it": field})
    schemas = EventSchemas("#/definitions/")
    reference = schemas.reference(schema)
    return Draft7Validator({**reference, "definitions": schemas.described})


FIELDS: list[tuple[fields.Field[Any], list[Any], list[Any]]] = [
    # The field, what may stand there, what may not.
    (Text(), ["R1", 7], [[], {}, True, 1.5]),
    (Text(allow_none=True), ["R1", 7, None], [[]]),
    (TextsOf("phone"), [{}, None, {"phone": 7, "more": []}], ["x", {"phone": []}]),
    (fields.String(), ["a"], [1, None]),
    (fields.String(validate=validate.Length(1, 2)), ["a"], ["", "abc"]),
    (fields.String(validate=validate.Length(equal=2)), ["ab"], ["", "abc"]),
    (fields.String(validate=validate.OneOf(["a", "b"])), ["a"], ["c"]),
    (fields.String(validate=validate.Equal("a")), ["a"], ["b"]),
    (fields.String(validate=validate.Regexp(r"a\Z")), ["a"], [1]),
    (fields.UUID(), ["69702e6e-4856-55cd-820b-a0d0f0efcf77"], [{}]),
    (fields.Email(), ["a@b.example"], [{}]),
    (fields.Url(), ["https://b.example/"], [{}]),
    (fields.IP(), ["192.0.2.1"], [{}]),
    (fields.IPInterface(), ["192.0.2.1/24"], [{}]),
    (fields.Integer(), [1], ["a", None, {}]),
    (fields.Integer(validate=validate.Range(1, 3)), [1, 3], [0, 4]),
    (
        fields.Integer(validate=validate.Range(1, 3, min_inclusive=False, max_inclusive=False)),
        [2],
        [1, 3],
    ),
    (fields.Float(), [1, 1.5], ["a", {}]),
    (fields.Decimal(), [1, "1.5"], [{}]),
    (fields.Boolean(), [True], [{}, "perhaps"]),
    (fields.DateTime(), ["2026-01-01T00:00:00"], [{}, 1]),
    (fields.AwareDateTime("iso"), ["2026-01-01T00:00:00Z"], [{}, 1]),
    (fields.DateTime("timestamp"), [1_750_000_000], ["x"]),
    (fields.DateTime("%d.%m.%Y"), ["01.02.2026"], [{}]),
    (fields.Date(), ["2026-01-01"], [{}, 1]),
    (fields.Time(), ["10:00:00"], [{}, 1]),
    (fields.TimeDelta(), [5], ["x"]),
    (fields.Enum(Size), ["S"], [1, "M"]),
    (fields.Enum(Size, by_value=True), [1], ["S", 3]),
    (fields.Enum(Size, by_value=fields.Integer), [1], []),
    (fields.Constant("a"), ["a"], []),
    (fields.Constant([1]), [[1]], []),
    (fields.Nested(Person), [{"name": "Ann", "parent": {"name": "Bo"}}], [{}, [], "x"]),
    (fields.Nested(Person, many=True), [[{"name": "Ann"}], []], [{"name": "Ann"}, [{}]]),
    (fields.Nested(Person(many=True)), [[{"name": "Ann"}]], [{"name": "Ann"}]),
    (
        fields.Nested(Person, allow_none=True, only=("name",)),
        [None, {"name": "Ann"}],
        [{"name": "Ann", "parent": {"name": "Bo"}}],
    ),
    (fields.Nested(Person(unknown=EXCLUDE)), [{"name": "Ann", "more": 1}], [{}]),
    (fields.Pluck(Person, "name"), ["Ann"], [{}]),
    (fields.Pluck(Person, "name", many=True), [["Ann"]], ["Ann", [{}]]),
    (fields.List(fields.Integer()), [[], [1]], [1, ["a"]]),
    (fields.List(fields.Integer(), validate=validate.Length(min=1)), [[1]], [[]]),
    (fields.List(fields.List(fields.String())), [[["a"]]], [["a"]]),
    (fields.Tuple((fields.String(), fields.Integer())), [["a", 1]], [["a"], ["a", 1, 2], "a"]),
    (fields.Dict(), [{}, {"a": [1]}], [1, []]),
    (
        fields.Dict(keys=fields.String(validate=validate.Length(min=2)), values=fields.Integer()),
        [{"ab": 1}],
        [{"ab": "x"}, {"a": 1}],
    ),
    (fields.Raw(), [1, "a", {}], []),
    (fields.Raw(allow_none=True), [None, 1], []),
    (fields.Function(deserialize=str), [1, "a"], []),
    (Ours(), [1, "a"], []),
    (fields.String(required=True), ["a"], [NOWHERE]),
    (fields.String(), [NOWHERE], []),
]


@pytest.mark.parametrize(
    ("field", "right", "wrong"), FIELDS, ids=[type(each[0]).__name__ for each in FIELDS]
)
def test_a_field_takes_what_the_document_says(
    field: fields.Field[Any], right: list[Any], wrong: list[Any]
) -> None:
    validator = described(field)
    lenient = isinstance(field, Text | TextsOf)  # They refuse nothing.
    schema = Schema.from_dict({"it": field})()
    for value in right:
        data = {} if value is NOWHERE else {"it": value}
        assert [each.message for each in validator.iter_errors(data)] == []
        schema.load(data)
    for value in wrong:
        data = {} if value is NOWHERE else {"it": value}
        assert not validator.is_valid(data), value
        if not lenient:
            with pytest.raises(ValidationError):
                schema.load(data)


def test_every_kind_of_field_that_there_is_has_a_row() -> None:
    known = {
        each
        for name, each in vars(fields).items()
        if not name.startswith("_") and isinstance(each, type) and issubclass(each, fields.Field)
    }

    rows = STANDARD.keys() - {fields.Field}
    assert {each for each in known if rows.isdisjoint(each.__mro__)} == {
        fields.Field,
        fields.Raw,
        fields.Method,
        fields.Function,
    }


def test_a_schema_is_described_once_however_often_it_stands_there() -> None:
    schemas = EventSchemas("#/")

    assert schemas.reference(Person) == schemas.reference(Person) == {"$ref": "#/Person"}
    # Itself, without friends, and with a name alone.
    assert set(schemas.described) == {"Person", "Person-2", "Person-3"}
    assert schemas.described["Person"]["properties"]["parent"] == {"$ref": "#/Person-2"}
    assert set(schemas.described["Person-2"]["properties"]) == {"name", "parent"}
    assert schemas.described["Person-3"]["properties"] == {"name": {"type": "string"}}


def test_it_says_what_the_schema_says_of_itself_and_of_its_members() -> None:
    schemas = EventSchemas("#/")
    schemas.reference(Lenient)
    said = schemas.described["Lenient"]

    assert "additionalProperties" not in said
    assert said["description"] == "It takes more."
    assert said["properties"] == {
        "known": {"default": 7, "type": "integer"},
        "is-said": {"description": "By whom.", "type": "string"},
        # Beside a reference nothing counts.
        "who": {"description": "Who.", "allOf": [{"$ref": "#/Person"}]},
    }
    assert schemas.described["Person"]["description"] == (
        "Somebody; their name is what they are called."
    )
    assert schemas.described["Person"]["additionalProperties"] is False


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_ones_take_what_is_more(name: str) -> None:
    schemas = EventSchemas("#/")
    schemas.reference(SHIPPED[name])
    (said,) = schemas.described.values()

    assert Draft7Validator(said).is_valid({"more": [1]})
    assert said["properties"].keys() == {
        each.data_key or key for key, each in SHIPPED[name]().load_fields.items()
    }
