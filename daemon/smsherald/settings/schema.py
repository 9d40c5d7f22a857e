"""The schema of the settings: every default, and what each value may be."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from marshmallow import ValidationError, validates_schema

from smsherald.model import OnUnknown
from smsherald.settings import shapes
from smsherald.settings.fields import (
    AtKey,
    Choice,
    Entries,
    Flag,
    Integer,
    Items,
    Section,
    Text,
    between,
)
from smsherald.settings.keys import NOT_YET, Keys

_YEAR = 366 * 86_400.0
_LONGEST_TTL = 49 * 86_400.0
"""RabbitMQ counts `x-message-ttl` in milliseconds, up to 2^32 - 1."""
_MOST_UNSETTLED = 65_535
"""AMQP's `basic.qos` has 16 bits."""


def _duration(default: float, low: float = 0.001, high: float = _YEAR) -> Text:
    return Text(
        shapes.duration,
        due="a duration such as 10s",
        validate=between(low, high, " s"),
        load_default=float(default),
    )


class BrokerSchema(Keys):
    """`broker`."""

    url = Text(shapes.broker_url, load_default="amqp://guest:guest@localhost:5672//")
    exchange = Text(shapes.entity, load_default="events")
    queue = Text(shapes.entity, load_default="smsherald")
    declare = Flag(load_default=True)
    unbind_after = _duration(86_400, 60, 30 * 86_400)
    concurrency = Integer(1, 10_000, load_default=200)
    prefetch = Text(
        shapes.prefetch,
        due="a multiple such as 4x or a number",
        numbers=True,
        load_default=shapes.Prefetch(4, multiple=True),
    )
    heartbeat = _duration(10, 1, 3600)
    max_body = Text(
        shapes.size,
        due="a size such as 1MB",
        validate=between(1, 512 * 1000**2, " bytes"),
        load_default=1000**2,
    )
    drain = _duration(25, 0, 3600)

    @validates_schema(skip_on_field_errors=False)
    def bound_prefetch(self, data: Mapping[str, Any], **_: Any) -> None:
        """Keep to what AMQP can say."""
        if "prefetch" in data and "concurrency" in data:
            number = data["prefetch"].of(data["concurrency"])
            if number > _MOST_UNSETTLED:
                message = f"makes {number:,} deliveries: AMQP takes at most {_MOST_UNSETTLED:,}"
                raise ValidationError(message, "prefetch")


def _ascending(tiers: list[float]) -> None:
    for index, (shorter, longer) in enumerate(pairwise(tiers), start=1):
        if longer <= shorter:
            raise ValidationError({index: ["must be longer than the tier before it"]})


class RetrySchema(Keys):
    """`retry`."""

    tiers = Items(
        Text(
            shapes.duration,
            due="a duration such as 10s",
            validate=between(0.001, _LONGEST_TTL, " s"),
        ),
        least=1,
        validate=_ascending,
        load_default=lambda: [5.0, 30.0, 120.0, 600.0, 3600.0],
    )
    attempts = Integer(1, 10_000, load_default=20)
    max_age = Text(shapes.age, due="a duration such as 24h, or `none`,", load_default=86_400.0)


class AccountSchema(Keys):
    """One of `twilio.accounts`."""

    account_sid = Text(shapes.account_sid, required=True)
    auth_token = Text(shapes.filled)
    api_key = Text(shapes.api_key)
    api_secret = Text(shapes.filled)
    sender = Text(shapes.filled, data_key="from", required=True)
    senders = Items(Text(shapes.filled), load_default=list)
    api_url = Text(shapes.http_url, load_default="https://api.twilio.com")

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def sign_in_one_way(self, _data: Any, original: Any, **_: Any) -> None:
        """Take a token, or a key with its secret."""
        if not isinstance(original, Mapping):
            return
        key, secret = "api_key" in original, "api_secret" in original
        if "auth_token" in original:
            both = [name for name in ("api_key", "api_secret") if name in original]
            if both:
                message = "stands beside auth_token: one way to sign in is enough"
                raise ValidationError({name: [AtKey(message)] for name in both})
        elif key != secret:
            missing = "api_secret" if key else "api_key"
            message = "is missing: an API key and its secret belong together"
            raise ValidationError(message, missing)
        elif not key:
            message = "is missing (or api_key with api_secret)"
            raise ValidationError(message, "auth_token")


def _not_yet(wanted: object) -> None:
    if wanted:
        message = f"true {NOT_YET}"
        raise ValidationError(message)


class TwilioSchema(Keys):
    """`twilio`."""

    default_account = Text(shapes.name, load_default="default")
    accounts = Entries(Section(AccountSchema, optional=False), key=shapes.name, required=True)
    timeout = _duration(10, 0.1, 600)
    account_from_parameters = Flag(load_default=False, validate=_not_yet)

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def know_default_account(self, data: Mapping[str, Any], original: Any, **_: Any) -> None:
        """Have the account that flows use unless they say otherwise."""
        accounts = original.get("accounts") if isinstance(original, Mapping) else None
        if isinstance(accounts, Mapping) and accounts and "default_account" in data:
            name = data["default_account"]
            if name not in accounts:
                message = f"no account is called `{name}`: there is {', '.join(accounts)}"
                raise ValidationError(message, "default_account")


class LedgerSchema(Keys):
    """`ledger`."""

    url = Text(shapes.ledger_url, load_default=None)
    retention = _duration(30 * 86_400, 3600, 100 * _YEAR)
    on_unknown = Choice(*OnUnknown, load_default=OnUnknown.LOOKUP)
    fence = _duration(5)
    late_accept = _duration(30, 0)
    listing_lag = _duration(30, 0)
    skew = _duration(600, 0)
    quarantine = Text(
        shapes.duration,
        due="a duration such as 2m",
        allow_none=True,
        load_default=None,
    )


class NotificationsSchema(Keys):
    """`notifications`."""

    exchange = Text(shapes.entity, load_default="smsherald")
    type_prefix = Text(shapes.type_prefix, load_default="smsherald.")
    mandatory = Flag(load_default=False)


class Later(Section):
    """A section that is documented and comes in a later version: nothing would listen there."""

    def _deserialize(self, *_: Any, **__: Any) -> Any:
        raise ValidationError([AtKey(NOT_YET)])


class PublicSchema(Keys):
    """`http.public`."""

    listen = Text(shapes.listen, due="host:port", required=True)
    url = Text(shapes.http_url, required=True)
    token = Text(shapes.filled, required=True)


class HttpSchema(Keys):
    """`http`."""

    listen = Text(shapes.listen, due="host:port", load_default=("127.0.0.1", 8790))
    public = Later(PublicSchema, optional=False, allow_none=True, load_default=None)


class LogSchema(Keys):
    """`log`."""

    level = Choice("debug", "info", "warning", "error", load_default="info")
    format = Choice("auto", "console", "json", load_default="auto")


class SettingsSchema(Keys):
    """`smsherald.yaml`."""

    broker = Section(BrokerSchema)
    retry = Section(RetrySchema)
    twilio = Section(TwilioSchema, optional=False, required=True)
    ledger = Section(LedgerSchema)
    notifications = Section(NotificationsSchema)
    http = Section(HttpSchema)
    log = Section(LogSchema)
    default_region = Text(shapes.region, load_default="US")
