"""The schema of `twilio`: accounts, and how they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, validates_schema

from smsherald.settings import shapes, urls
from smsherald.settings.fields import (
    AtKey,
    Choice,
    Credential,
    Duration,
    Entries,
    Exact,
    Flag,
    Items,
    Section,
    Text,
)
from smsherald.settings.keys import NOT_YET, Keys
from smsherald.settings.twilio.decisions import Decision, objection


class AccountSchema(Keys):
    """One of `twilio.accounts`."""

    account_sid = Exact(
        shapes.account_sid,
        required=True,
        meaning="The account's SID: `AC` and 32 hexadecimal digits.",
    )
    auth_token = Credential(meaning="The account's token.")
    api_key = Exact(
        shapes.api_key,
        meaning="An API key (`SK…`), with its secret, instead of the token; never both ways.",
    )
    api_secret = Credential(meaning="The secret of the API key.")
    sender = Exact(
        data_key="from",
        required=True,
        meaning="The account's own sender: a number, a short code, an alphanumeric name (at most "
        "11 characters, no answers possible) or a Messaging Service (`MG…`).",
    )
    senders = Items(
        Exact(),
        load_default=list,
        meaning="Other senders that the account owns.",
    )
    api_url = Text(
        urls.http_url,
        load_default="https://api.twilio.com",
        meaning="Where Twilio is; the sandbox's address for trying out.",
    )

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


class Decisions(Entries):
    """Decisions on codes, each one that may be made."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Choice(*Decision), key=shapes.code, least=0, **options)

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> dict[str, Any]:
        loaded: dict[str, Any]
        errors: dict[Any, Any] = {}
        try:
            loaded = super()._deserialize(value, *args, **options)
        except ValidationError as error:
            if not isinstance(error.messages, dict):
                raise
            loaded = dict(error.valid_data or {})
            errors = error.messages
        for code, said in loaded.items():
            if code not in errors and (objected := objection(int(code), Decision(said))):
                errors[code] = [objected]
        if errors:
            raise ValidationError(errors, valid_data=loaded)
        return loaded


class TwilioSchema(Keys):
    """`twilio`."""

    default_account = Text(
        shapes.name,
        load_default="default",
        meaning="The account of all flows that name none.",
    )
    accounts = Entries(
        Section(AccountSchema, optional=False),
        key=shapes.name,
        required=True,
        meaning="Accounts by names of your own: letters, digits, `_`, `-`, `.`.",
    )
    timeout = Duration(
        0.1,
        600,
        load_default=10.0,
        meaning="The whole of one request, 100ms to 10m.",
    )
    decisions = Decisions(
        load_default=dict,
        meaning="What is decided on Twilio's error codes where the shipped table says otherwise or "
        "nothing, as `{21612: config_pause}`.",
    )
    proxy = Exact(
        urls.proxy,
        due="http://host:port",
        allow_none=True,
        load_default=None,
        meaning="A proxy for all that is asked of Twilio, as `http://user:password@host:port`.",
    )
    account_from_parameters = Flag(
        load_default=False,
        validate=_not_yet,
        meaning="`true` is not available yet: credentials and accounts in an event are ignored.",
    )

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def know_default_account(self, data: Mapping[str, Any], original: Any, **_: Any) -> None:
        """Have the account that flows use unless they say otherwise."""
        accounts = original.get("accounts") if isinstance(original, Mapping) else None
        if not isinstance(accounts, Mapping) or not accounts or "default_account" not in data:
            return
        if data["default_account"] not in accounts:
            # What was given may come from `${…}`, and nothing that does is shown.
            wanted = "has this name" if "default_account" in original else "is called `default`"
            message = f"no account {wanted}: there is {', '.join(accounts)}"
            raise ValidationError(message, "default_account")
