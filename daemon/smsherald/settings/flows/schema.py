"""The schema of a flow file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validates_schema

from smsherald.errors import Reason, Standing
from smsherald.model import OnUnknown
from smsherald.settings import shapes
from smsherald.settings.fields import (
    AtKey,
    Choice,
    Entries,
    Flag,
    Items,
    Section,
    Text,
    misplaced,
)
from smsherald.settings.keys import NOT_YET, Keys


class Body(fields.Field[Mapping[str, Any]]):
    """The body of a test's event: an object, with anything in it."""

    default_error_messages = Text.default_error_messages

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise ValidationError(misplaced(value, "a mapping"))
        return value


class Recipient(Text):
    """`to`: one template."""

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> Any:
        if isinstance(value, list):
            message = f"a list of alternatives {NOT_YET}"
            raise ValidationError(message)
        return super()._deserialize(value, *args, **options)


def _locale(text: str) -> str:
    """Take a locale; a flow's own key at this place is mostly one that is indented too far."""
    try:
        return shapes.locale(text)
    except ValueError as error:
        if text not in {field.data_key or name for name, field in FlowSchema().fields.items()}:
            raise
        message = f"{error}: is it indented too far?"
        raise ValueError(message) from None


class Expected(Items):
    """`expect`: one end, or several in the order in which they are made."""

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> list[Any]:
        ends = super()._deserialize(value, *args, **options)
        errors: dict[int, dict[str, list[AtKey]]] = {}
        for index, end in enumerate(ends):
            if end.get("ignored") and len(ends) > 1:
                errors[index] = {"ignored": [AtKey("stands alone: nothing is made then")]}
            if "parked" in end and index < len(ends) - 1:
                errors[index] = {"parked": [AtKey("stands once, and last: after all SMSes")]}
        if errors:
            raise ValidationError(errors, valid_data=ends)
        return ends


class Message(Entries):
    """`message`: one template, or one a locale."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Text(shapes.filled), key=_locale, **options)

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> dict[str, str]:
        if isinstance(value, Mapping):
            return super()._deserialize(value, *args, **options)
        return {"": self.item.deserialize(value)}


class ExpectSchema(Keys):
    """What a test expects."""

    to = Text(shapes.filled)
    message = Text(shapes.filled)
    sender = Text(shapes.filled, data_key="from")
    ignored = Flag()
    parked = Choice(*sorted(Reason.of(Standing.PARKED)))

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def expect_one_thing(self, _data: Any, original: Any, **_: Any) -> None:
        """Expect a text, or that the event is ignored, or that it is parked."""
        if not isinstance(original, Mapping):
            return
        ends = [key for key in ("ignored", "parked") if original.get(key, False) is not False]
        if not original.keys() - {"ignored"} and not ends:
            message = (
                "expects nothing: to, message or from, or `ignored: true`, or `parked: REASON`"
            )
            raise ValidationError(message)
        if ends and len(original.keys() & {"to", "message", "from", *ends}) > 1:
            message = "stands alone: no text can be expected beside it"
            raise ValidationError({ends[0]: [AtKey(message)]})


class FlowTestSchema(Keys):
    """One of a flow's tests."""

    event = Body(required=True)
    routing_key = Text(shapes.routing_key)
    expect = Expected(Section(ExpectSchema, optional=False), single=True, least=1, required=True)


class FlowSchema(Keys):
    """A flow file."""

    later: ClassVar[frozenset[str]] = frozenset({"unwrap", "options", "kind", "mode"})
    hints: ClassVar[Mapping[str, str]] = {
        "on": "unknown; which events a flow wants is said by `subscribe`",
        "template": "unknown; the text is `message`",
        "body": "unknown; the text is `message`",
        "text": "unknown; the text is `message`",
    }

    id = Text(shapes.name)
    subscribe = Items(Text(shapes.pattern), single=True, least=1, required=True)
    schema = Text(shapes.filled)
    when = Text(shapes.filled)
    to_each = Text(shapes.filled, due="an expression such as order.watchers")
    to = Recipient(shapes.filled)
    message = Message(required=True)
    locale = Text(shapes.filled)
    reference = Text(shapes.filled)
    account = Text(shapes.name)
    sender = Text(shapes.filled, data_key="from")
    max_age = Text(shapes.age, due="a duration such as 2h, or `none`,")
    on_unknown = Choice(*OnUnknown)
    region = Text(shapes.region)
    tests = Items(Section(FlowTestSchema, optional=False), load_default=list)

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def find_recipient(self, data: Mapping[str, Any], original: Any, **_: Any) -> None:
        """Miss `to`, and say where it went: under `message` it passes for the locale of Tonga."""
        if not isinstance(original, Mapping) or "to" in original:
            return
        errors: dict[str, Any] = {}
        if "to_each" not in original:
            errors["to"] = [Text.default_error_messages["required"]]
        if "to" in data.get("message", {}):
            message = "is this the flow's `to`, indented too far?"
            errors["message"] = {"to": [AtKey(message)]}
        if errors:
            raise ValidationError(errors)
