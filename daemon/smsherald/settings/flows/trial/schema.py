"""The schema of a flow's tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import ValidationError, validates_schema

from smsherald.errors import Reason, Standing
from smsherald.flows import KEPT_BACK
from smsherald.settings import shapes
from smsherald.settings.fields import (
    AtKey,
    Choice,
    Flag,
    Integer,
    Items,
    Meant,
    Section,
    Text,
    misplaced,
)
from smsherald.settings.flows.trial.properties import Headers, PropertiesSchema
from smsherald.settings.keys import Keys

_MOST_SEGMENTS = 100
_ALONE = ("ignored", "parked")


def _line(text: str) -> str:
    """Take a name that a line of output can hold."""
    if not text.strip() or not text.isprintable():
        message = "must be a line of text: it is shown where the test fails"
        raise ValueError(message)
    return text.strip()


class Body(Meant[Mapping[str, Any] | list[Any]]):
    """The body of a test's event: an object or a list, with anything in it."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Mapping[str, Any] | list[Any]:
        if not isinstance(value, Mapping | list):
            hint = ": a file is `file`" if isinstance(value, str) else ""
            raise ValidationError(f"{misplaced(value, 'a mapping or a list')}{hint}")
        return value


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


class ExpectSchema(Keys):
    """What a test expects."""

    hints: ClassVar[Mapping[str, str]] = {
        "text": "unknown; the text is `message`",
        "body": "unknown; the text is `message`",
        "sender": "unknown; the sender is `from`",
        "publish": "unknown; the routing key of what is published is `published`",
    }

    to = Text(shapes.filled, meaning="The number that the SMS goes to.")
    message = Text(shapes.filled, meaning="The SMS's text.")
    sender = Text(shapes.filled, data_key="from", meaning="The SMS's sender.")
    reference = Text(shapes.filled, numbers=True, meaning="The SMS's reference.")
    account = Text(shapes.name, meaning="The name of the account that sends it.")
    segments = Integer(1, _MOST_SEGMENTS, meaning="How many segments the text takes.")
    skipped = Choice(
        *KEPT_BACK,
        meaning="That the SMS is kept back, and why: `no_consent` or `shadow`.",
    )
    published = Text(
        shapes.routing_key,
        meaning="The routing key of the event that is published in place of the SMS.",
    )
    ignored = Flag(meaning="`true`: the flow makes nothing of the event.")
    parked = Choice(
        *sorted(Reason.of(Standing.PARKED)),
        meaning="The reason why the flow cannot make its SMS.",
    )

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def expect_one_thing(self, _data: Any, original: Any, **_: Any) -> None:
        """Expect a text, or that the event is ignored, or that it is parked."""
        if not isinstance(original, Mapping):
            return
        ends = [key for key in _ALONE if original.get(key, False) is not False]
        if not original.keys() - {"ignored"} and not ends:
            message = (
                "expects nothing: to, message, from, reference, account, segments, skipped or "
                "published, or `ignored: true`, or `parked: REASON`"
            )
            raise ValidationError(message)
        of_texts = {each.data_key or name for name, each in self.fields.items()} - set(_ALONE)
        if ends and len(original.keys() & {*of_texts, *ends}) > 1:
            message = "stands alone: no text can be expected beside it"
            raise ValidationError({ends[0]: [AtKey(message)]})


class FlowTestSchema(Keys):
    """One of a flow's tests."""

    name = Text(_line, meaning="What it is about; shown where it fails.")
    event = Body(meaning="The event's body.")
    file = Text(
        shapes.exact,
        meaning="A file with the body as it came, or with a recorded event; its path counts from "
        "the flow's file.",
    )
    routing_key = Text(
        shapes.routing_key,
        meaning="The event's routing key, if it is not the first of `subscribe`.",
    )
    exchange = Text(
        shapes.others_exchange,
        meaning="The exchange that it is published to, if it is not that of the first route.",
    )
    type = Text(
        shapes.exact,
        meaning="A name that it is known by, if it is not that of the first route.",
    )
    headers = Headers(meaning="Its AMQP headers.")
    properties = Section(
        PropertiesSchema,
        optional=False,
        meaning="Its other AMQP properties, such as `message_id`.",
    )
    expect = Expected(
        Section(ExpectSchema, optional=False),
        single=True,
        least=1,
        required=True,
        meaning="What the flow must make of the event: one end, or several in their order.",
    )

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def have_one_body(self, _data: Any, original: Any, **_: Any) -> None:
        """Have the body here or in a file."""
        if not isinstance(original, Mapping):
            return
        if "event" in original and "file" in original:
            message = "stands beside `event`, and both would be the body: leave out one of them"
            raise ValidationError({"file": [AtKey(message)]})
        if "event" not in original and "file" not in original:
            raise ValidationError({"event": ["is missing; a body in a file is named by `file`"]})
