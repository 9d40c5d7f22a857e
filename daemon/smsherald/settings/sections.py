"""The schemas of the larger sections: every default, and what each value is and may be."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from marshmallow import ValidationError, validates_schema

from smsherald.model import OnUnknown
from smsherald.settings import shapes, urls
from smsherald.settings.fields import (
    YEAR,
    Choice,
    Credential,
    Duration,
    Flag,
    Integer,
    Items,
    Text,
    between,
)
from smsherald.settings.keys import Keys
from smsherald.settings.secret import Secret

_LONGEST_TTL = 49 * 86_400.0
"""RabbitMQ counts `x-message-ttl` in milliseconds, up to 2^32 - 1."""
_MOST_UNSETTLED = 65_535
"""AMQP's `basic.qos` has 16 bits."""


class BrokerSchema(Keys):
    """`broker`."""

    url = Credential(
        urls.broker_url,
        load_default=lambda: Secret("amqp://guest:guest@localhost:5672//"),
        meaning="The broker, as `amqp://user:password@host:port/virtual-host`.",
    )
    exchange = Text(
        shapes.entity,
        load_default="events",
        meaning="The topic exchange that your systems publish to.",
    )
    queue = Text(shapes.entity, load_default="smsherald", meaning="Our queue.")
    declare = Flag(
        load_default=True,
        meaning="`false`: declare and bind nothing, only check that all is there; for a broker "
        "that others look after.",
    )
    unbind_after = Duration(
        180,
        30 * 86_400,
        load_default=86_400.0,
        meaning="A routing key that no daemon on the queue has wanted for so long is unbound, "
        "3m to 30d.",
    )
    management = Credential(
        urls.management_url,
        due="http://user:password@host:15672",
        allow_none=True,
        load_default=None,
        meaning="RabbitMQ's management plugin, as `http://user:password@host:15672`, for "
        "`smsherald check --live` alone.",
    )
    concurrency = Integer(
        1,
        10_000,
        load_default=200,
        meaning="SMSes in flight at once, 1 to 10,000; also the number of connections to Twilio.",
    )
    prefetch = Text(
        shapes.prefetch,
        due="a multiple such as 4x or a number",
        numbers=True,
        load_default=shapes.Prefetch(4, multiple=True),
        meaning="Deliveries that wait in this process: a multiple of the concurrency or a number, "
        "at most 65,535 in all.",
    )
    heartbeat = Duration(
        1,
        3600,
        load_default=10.0,
        meaning="How soon a silent broker is given up (after two of them), 1s to 1h.",
    )
    max_body = Text(
        shapes.size,
        due="a size such as 1MB",
        validate=between(1, 512 * 1000**2, " bytes"),
        load_default=1000**2,
        meaning="Events with a larger body are parked as `too_large`.",
    )
    drain = Duration(
        0,
        3600,
        load_default=25.0,
        meaning="After SIGTERM, what is in flight may finish within this time; what does not "
        "comes again to another process.",
    )

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
        Duration(high=_LONGEST_TTL),
        least=1,
        validate=_ascending,
        load_default=lambda: [5.0, 30.0, 120.0, 600.0, 3600.0],
        meaning="How long a deferred event waits: one queue a tier, each longer than the one "
        "before, at most 49d.",
    )
    attempts = Integer(
        1,
        10_000,
        load_default=20,
        meaning="How often an event is tried again that smsherald itself fails on, before it is "
        "parked (`poison`).",
    )
    max_age = Text(
        shapes.age,
        due="a duration such as 24h, or `none`,",
        load_default=86_400.0,
        meaning="The SMSes of an older event are skipped (`expired`), also when they were only "
        "delayed by us; `none`: never.",
    )


class LedgerSchema(Keys):
    """`ledger`."""

    url = Credential(
        urls.ledger_url,
        load_default=None,
        meaning="The ledger: `sqlite:///relative/path` or `sqlite:////absolute/path` on a local "
        "disk, or `postgresql://user:password@host/database`.",
    )
    retention = Duration(
        3600,
        100 * YEAR,
        load_default=30 * 86_400.0,
        meaning="SMSes that have ended and are told are deleted this long after their end, and "
        "free ones that nobody came back for; never one that is `sending` or `held`.",
    )
    on_unknown = Choice(
        *OnUnknown,
        load_default=OnUnknown.LOOKUP,
        meaning="What becomes of an SMS that Twilio may or may not have taken.",
    )
    fence = Duration(
        load_default=5.0,
        meaning="An SMS must be on its way so soon after its claim, else it is given back: a "
        "process that was stopped in between must not send late.",
    )
    late_accept = Duration(
        0,
        load_default=30.0,
        meaning="How long after our timeout Twilio may still take a request.",
    )
    listing_lag = Duration(
        0,
        load_default=30.0,
        meaning="How long a text that was taken may be missing from Twilio's list.",
    )
    skew = Duration(
        0,
        load_default=600.0,
        meaning="How far Twilio's clock and the ledger's may be apart.",
    )
    quarantine = Text(
        shapes.duration,
        due="a duration such as 2m",
        allow_none=True,
        load_default=None,
        meaning="How long an SMS of unknown fate is left alone before it is looked up.",
    )
