"""A setting stands once, in its schema: all else that names it is checked against that."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

import pytest
from marshmallow import Schema, fields

from smsherald.flows import Flow
from smsherald.settings.fields import Entries, Items, Section
from smsherald.settings.flows.schema import FlowSchema
from smsherald.settings.keys import Keys, default
from smsherald.settings.schema import (
    HttpSchema,
    LogSchema,
    NotificationsSchema,
    PolicySchema,
    SettingsSchema,
)
from smsherald.settings.sections import BrokerSchema, LedgerSchema, RetrySchema
from smsherald.settings.twilio.accounts import AccountSchema, TwilioSchema
from smsherald.settings.values import (
    BrokerSettings,
    HttpSettings,
    LedgerSettings,
    LogSettings,
    NotificationSettings,
    PolicySettings,
    RetrySettings,
    Settings,
    TwilioAccount,
    TwilioSettings,
)

NOTHING = frozenset[str]()


def every_field(schema: type[Schema]) -> Iterator[tuple[str, fields.Field[Any]]]:
    """Yield the fields of a schema, and of all below it."""
    for name, field in schema().fields.items():
        yield f"{schema.__name__}.{name}", field
        inner = field.item if isinstance(field, Items | Entries) else field
        if isinstance(inner, Section):
            yield from every_field(inner.section)


@pytest.mark.parametrize(
    ("name", "field"), [*every_field(SettingsSchema), *every_field(FlowSchema)]
)
def test_every_setting_says_in_one_sentence_what_it_is_for(
    name: str, field: fields.Field[Any]
) -> None:
    assert re.fullmatch(r"(?!.*\. )[A-Z`].*\.", field.metadata["meaning"]), name


@pytest.mark.parametrize(
    ("values", "schema", "from_elsewhere", "in_schema_alone"),
    [
        # An instance's name is the process's, not the configuration's.
        (Settings, SettingsSchema, {"instance"}, NOTHING),
        (BrokerSettings, BrokerSchema, NOTHING, NOTHING),
        (RetrySettings, RetrySchema, NOTHING, NOTHING),
        (TwilioSettings, TwilioSchema, NOTHING, NOTHING),
        # Of an account, what is public goes together, and both ways to sign in become one.
        (
            TwilioAccount,
            AccountSchema,
            {"public", "user", "password"},
            {"account_sid", "sender", "senders", "auth_token", "api_key", "api_secret"},
        ),
        (LedgerSettings, LedgerSchema, NOTHING, NOTHING),
        (NotificationSettings, NotificationsSchema, NOTHING, NOTHING),
        # An address is given in one piece; the public one comes in a later version.
        (HttpSettings, HttpSchema, {"host", "port"}, {"listen", "public"}),
        (PolicySettings, PolicySchema, NOTHING, NOTHING),
        (LogSettings, LogSchema, NOTHING, NOTHING),
        # One message or several are several; what a text may look like is one value;
        # the time zone is in the templates.
        (
            Flow,
            FlowSchema,
            {"messages", "default_region", "shape", "shadow"},
            {"message", "max_segments", "too_long", "encoding", "kind", "mode", "time_zone"},
        ),
    ],
)
def test_a_value_has_the_fields_of_its_schema(
    values: Any, schema: type[Keys], from_elsewhere: set[str], in_schema_alone: set[str]
) -> None:
    has = {field.name for field in dataclasses.fields(values)}

    assert has - from_elsewhere == schema().fields.keys() - in_schema_alone


def test_a_default_is_made_anew_each_time() -> None:
    tiers = default(RetrySchema, "tiers")
    tiers.clear()

    assert default(RetrySchema, "tiers") == [5.0, 30.0, 120.0, 600.0, 3600.0]
    assert default(SettingsSchema, "default_region") == "US"
