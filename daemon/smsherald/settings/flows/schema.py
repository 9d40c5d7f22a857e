"""The schema of a flow file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import ValidationError, validates_schema

from smsherald.model import OnUnknown
from smsherald.settings import shapes
from smsherald.settings.fields import (
    AtKey,
    Choice,
    Entries,
    Integer,
    Items,
    Section,
    Text,
)
from smsherald.settings.flows.constants import hint
from smsherald.settings.flows.options import Options
from smsherald.settings.flows.routes import RouteField
from smsherald.settings.flows.together import contradictions
from smsherald.settings.flows.trial.schema import FlowTestSchema
from smsherald.settings.keys import Keys

MOST_MEDIA = 10
_ANSWERS = frozenset({"yes", "no", "on", "off"})


def _region(text: str) -> str:
    """Take a country, or a template for one."""
    if "{{" in text or "{%" in text:
        return text
    try:
        return shapes.region(text)
    except ValueError as error:
        message = f"{error}{hint(text)}"
        raise ValueError(message) from None


def _few_media(links: list[str]) -> None:
    """Keep to what Twilio takes (Messages resource, `MediaUrl`)."""
    if len(links) > MOST_MEDIA:
        message = f"has {len(links)} links: Twilio takes at most {MOST_MEDIA}"
        raise ValidationError(message)


def _locale(text: str) -> str:
    """Take a locale; a flow's own key at this place is mostly one that is indented too far."""
    try:
        return shapes.locale(text)
    except ValueError as error:
        if text not in {field.data_key or name for name, field in FlowSchema().fields.items()}:
            raise
        message = f"{error}: is it indented too far?"
        raise ValueError(message) from None


class Asked(Text):
    """A condition; YAML knows no `yes`, and a name of no event is called so."""

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> Any:
        if isinstance(value, str) and value.strip().lower() in _ANSWERS:
            message = f"`{value.strip()}` stands where {self.due} is due"
            raise ValidationError(message)
        return super()._deserialize(value, *args, **options)


class Message(Entries):
    """`message`: one template, or one a locale."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Text(shapes.filled), key=_locale, **options)

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> dict[str, str]:
        if isinstance(value, Mapping):
            return super()._deserialize(value, *args, **options)
        return {"": self.item.deserialize(value)}


class FlowSchema(Keys):
    """A flow file."""

    hints: ClassVar[Mapping[str, str]] = {
        "on": "unknown; which events a flow wants is said by `subscribe`",
        "template": "unknown; the text is `message`",
        "body": "unknown; the text is `message`",
        "text": "unknown; the text is `message`",
    }

    id = Text(shapes.name, meaning="The flow's name; default: the file's, without `.yaml`.")
    subscribe = Items(
        RouteField(),
        single=True,
        least=1,
        required=True,
        meaning="Which events the flow wants, as one or a list: a routing key such as "
        "`order.created` (`*` stands for one word, `#` for any number of words), or a route.",
    )
    schema = Text(
        shapes.filled,
        meaning="`order`, `customer`, `shipment`, `sms`, or `my_package.module:MySchema`, a "
        "marshmallow schema of yours.",
    )
    when = Asked(
        shapes.filled,
        due="a condition such as event.body.total > 0",
        meaning="A condition, without braces.",
    )
    to_each = Text(
        shapes.filled,
        due="an expression such as order.watchers",
        meaning="An expression, without braces, for a list in the event: an SMS for each of its "
        "elements.",
    )
    unwrap = Text(
        shapes.filled,
        due="an expression such as event.body.message",
        meaning="An expression, without braces, for the object in the event that the flow is "
        "about, which the schema reads; without a schema templates call it `data`.",
    )
    to = Items(
        Text(shapes.filled),
        single=True,
        least=1,
        meaning="A template for the recipient's number, or a list of them: the first that gives a "
        "number.",
    )
    message = Message(
        required=True,
        meaning="A template for the text, or one for each locale (a language of two or three "
        "letters, then what narrows it: `de`, `pt-BR`, `zh_Hant`); the first is for everybody "
        "else.",
    )
    locale = Text(shapes.filled, meaning="A template for the event's locale.")
    reference = Text(
        shapes.filled,
        meaning="A template for what your support searches by, such as an order's number: it is "
        "in the ledger, the log and the notifications.",
    )
    account = Text(shapes.name, meaning="The name of one of `twilio.accounts`.")
    sender = Text(
        shapes.filled,
        data_key="from",
        meaning="A sender of the account, or a template for one.",
    )
    max_age = Text(
        shapes.age,
        due="a duration such as 2h, or `none`,",
        meaning="As `retry.max_age`, for this flow.",
    )
    on_unknown = Choice(*OnUnknown, meaning="As `ledger.on_unknown`, for this flow.")
    region = Text(
        _region,
        meaning="The country of numbers without one: `MX`, or a template for it, such as "
        '`"{{ event.body.address.country_code }}"`.',
    )
    once = Text(
        shapes.filled,
        meaning="A template for what is texted once to each recipient, whichever events say it, "
        "such as an order's number.",
    )
    max_segments = Integer(1, 10, meaning="The most segments that a text may take, 1 to 10.")
    too_long = Choice("park", "cut", meaning="What becomes of a text of more than `max_segments`.")
    encoding = Choice(
        "keep",
        "gsm7",
        meaning="`gsm7`: characters outside GSM-7 are replaced by those alike in it, if all can "
        "be; a text in UCS-2 has 70 characters a segment and not 160.",
    )
    media = Items(
        Text(shapes.filled),
        single=True,
        least=1,
        validate=_few_media,
        meaning="Templates for links to pictures that are sent with the text (MMS), at most 10, "
        "`https://` only.",
    )
    options = Options(meaning="What else Twilio is told, such as `{risk_check: enable}`.")
    kind = Choice(
        "transactional", "marketing", meaning="What the text is for; `marketing` needs `consent`."
    )
    consent = Asked(
        shapes.filled,
        due="a condition such as event.body.agreed",
        meaning="A condition, without braces: whether the recipient has agreed to marketing.",
    )
    mode = Choice("live", "shadow", meaning="`shadow`: everything but the request to Twilio.")
    publish = Text(
        shapes.routing_key,
        meaning="A routing key: an SMS event is published with it in place of an SMS.",
    )
    time_zone = Text(shapes.time_zone, meaning="As the setting `time_zone`, for this flow.")
    tests = Items(
        Section(FlowTestSchema, optional=False),
        load_default=list,
        meaning="What `smsherald check` tries; see below.",
    )

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def keep_together(self, data: Mapping[str, Any], original: Any, **_: Any) -> None:
        """Refuse what contradicts another key, or says nothing without it."""
        errors = dict(contradictions(data, original if isinstance(original, Mapping) else data))
        if errors:
            raise ValidationError(errors)

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
