"""The schema of the settings: name, type, default and meaning of each stand here, and once.

The larger sections are in `sections.py`, `twilio` is in `twilio/`. The values, the shipped file
and the documentation are checked against it.
"""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError

from smsherald.events import as_chosen
from smsherald.settings import shapes, urls
from smsherald.settings.fields import (
    AtKey,
    Choice,
    Credential,
    Entries,
    Flag,
    Items,
    Price,
    Section,
    Text,
)
from smsherald.settings.keys import NOT_YET, Keys
from smsherald.settings.sections import BrokerSchema, LedgerSchema, RetrySchema
from smsherald.settings.twilio.accounts import TwilioSchema


class NotificationsSchema(Keys):
    """`notifications`."""

    exchange = Text(
        shapes.entity,
        load_default="smsherald",
        meaning="The topic exchange that tells what became of SMSes (`sms.sent`, `sms.failed`, …).",
    )
    type_prefix = Text(
        shapes.type_prefix,
        load_default="smsherald.",
        meaning="What the CloudEvents `type` has before the routing key, as `com.myshop.`.",
    )
    mandatory = Flag(
        load_default=False,
        meaning="`true`: an event is settled only when its notification reached a queue.",
    )


class Later(Section):
    """A section that is documented and comes in a later version: nothing would listen there."""

    def _deserialize(self, *_: Any, **__: Any) -> Any:
        raise ValidationError([AtKey(NOT_YET)])


class PublicSchema(Keys):
    """`http.public`."""

    listen = Text(
        shapes.listen, due="host:port", required=True, meaning="Where it listens: `host:port`."
    )
    url = Text(urls.http_url, required=True, meaning="The same place, as Twilio reaches it.")
    token = Credential(required=True, meaning="What Twilio shows to be let in.")


class HttpSchema(Keys):
    """`http`."""

    listen = Text(
        shapes.listen,
        due="host:port",
        load_default=("127.0.0.1", 8790),
        meaning="Where `/metrics`, `/livez`, `/readyz` and the status page listen: `host:port`, "
        "`[::1]:8790` for IPv6, port 0 for a free one.",
    )
    token = Credential(
        shapes.token,
        allow_none=True,
        load_default=None,
        meaning="What the status page and all it is made of ask for; `/metrics`, `/livez` and "
        "`/readyz` do not.",
    )
    public = Later(
        PublicSchema,
        optional=False,
        allow_none=True,
        load_default=None,
        meaning="An address for Twilio's callbacks, with `http.public.listen`, `http.public.url` "
        "and `http.public.token`.",
    )


class LogSchema(Keys):
    """`log`."""

    level = Choice(
        "debug",
        "info",
        "warning",
        "error",
        load_default="info",
        meaning="`debug`, `info`, `warning` or `error`: from which level on lines are written.",
    )
    format = Choice(
        "auto",
        "console",
        "json",
        load_default="auto",
        meaning="`console` for people, `json` for machines, `auto`: console on a terminal, JSON "
        "elsewhere.",
    )


class PolicySchema(Keys):
    """`policy`."""

    allow = Items(
        Text(shapes.allowed, due="text such as +15551234567 or US"),
        load_default=list,
        meaning="Numbers in E.164 and countries (ISO 3166): where the list is not empty, nobody "
        "else is texted (`not_allowed`).",
    )
    deny = Items(
        Text(shapes.denied, due="text such as +1900 or US"),
        load_default=list,
        meaning="Countries (ISO 3166) and what numbers begin with (`+1900`): nobody there is "
        "texted (`denied`).",
    )


class SettingsSchema(Keys):
    """`smsherald.yaml`."""

    broker = Section(BrokerSchema, meaning="Where events come from.")
    retry = Section(RetrySchema, meaning="When a deferred event comes again.")
    twilio = Section(TwilioSchema, optional=False, required=True, meaning="Who sends.")
    ledger = Section(LedgerSchema, meaning="Where SMSes are remembered, and for how long.")
    notifications = Section(NotificationsSchema, meaning="How what happened is told.")
    http = Section(HttpSchema, meaning="Where the operator's pages listen.")
    policy = Section(PolicySchema, meaning="Who may be texted.")
    prices = Entries(
        Price(),
        key=shapes.priced,
        least=0,
        load_default=dict,
        meaning="What a segment costs, by what numbers begin with (`+44`) and by countries (ISO "
        "3166), as `{US: 0.0079 USD}`: the longest prefix counts, then the country.",
    )
    log = Section(LogSchema, meaning="What the daemon says of itself.")
    default_region = Text(
        shapes.region,
        load_default="US",
        meaning="The country of numbers without one (`555-867-5309`), as in ISO 3166: `US`, `GB`, "
        "`DE`.",
    )
    time_zone = Text(
        shapes.time_zone,
        load_default="UTC",
        meaning="The time zone that templates write dates and times in, and of those without one: "
        "`Europe/Berlin`, `America/New_York`.",
    )
    identity = Items(
        Text(as_chosen, due="text such as header X-Request-Id"),
        load_default=list,
        meaning="Where your publishers say which event it is, before all other rules: "
        "`header NAME`, `property NAME`, `body PATH`; the first that is there.",
    )
