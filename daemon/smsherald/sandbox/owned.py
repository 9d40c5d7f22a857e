"""What an account of the sandbox has: its state, numbers, Messaging Services, permissions.

Sources: Twilio's resources Account, IncomingPhoneNumber, ShortCode, Service, UsAppToPerson,
Tollfree Verification and Messaging Geo Permissions. Whatever is well-formed is there, unless it
was ordered otherwise.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from aiohttp import web
from marshmallow import Schema, ValidationError, fields, post_load
from marshmallow.validate import OneOf

from smsherald.sandbox.accounts import authorize, user_of
from smsherald.sandbox.messages import API_VERSION, POOL_SENDER
from smsherald.sandbox.origin import require_own_origin
from smsherald.sandbox.refusals import NOT_AUTHENTICATED, TEST_CREDENTIALS, Refusal, not_found
from smsherald.sandbox.validation import is_number, is_short_code, magic_sender
from smsherald.sms import is_messaging_service

SERVICE = "MG" + "5a" * 16
"""The Messaging Service that every number of the sandbox belongs to."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Owned:
    """What all accounts are and have."""

    status: str = "active"
    type: str = "Full"
    campaign: str | None = "VERIFIED"
    """The state of every A2P campaign; None: there is none."""
    verification: str | None = "TWILIO_APPROVED"
    """The state of every toll-free verification."""
    missing: tuple[str, ...] = ()
    """Numbers, short codes and Messaging Services that it does not have."""
    senders: int = 1
    """How many numbers a Messaging Service has."""
    countries: Mapping[str, bool] = field(default_factory=dict)
    """Whether they may be texted; the others may."""
    verified: tuple[str, ...] | None = None
    """Whom a trial may text; None: everybody."""
    test_credentials: bool = False
    """Whether they are Twilio's test credentials: a text can be asked for, and nothing be read."""


class _OwnedSchema(Schema):
    """The fields that are to be other than they are at first."""

    status = fields.String(validate=OneOf(("active", "suspended", "closed")))
    type = fields.String(validate=OneOf(("Full", "Trial")))
    campaign = fields.String(
        allow_none=True,
        validate=OneOf(("PENDING", "IN_PROGRESS", "VERIFIED", "FAILED", "SUSPENDED")),
    )
    verification = fields.String(
        allow_none=True,
        validate=OneOf(("PENDING_REVIEW", "IN_REVIEW", "TWILIO_APPROVED", "TWILIO_REJECTED")),
    )
    missing = fields.List(fields.String())
    senders = fields.Integer(strict=True, validate=lambda number: 0 <= number <= 1)
    countries = fields.Dict(keys=fields.String(), values=fields.Boolean())
    verified = fields.List(fields.String(), allow_none=True)
    test_credentials = fields.Boolean()

    @post_load
    def make(self, data: dict[str, Any], **_options: Any) -> Owned:
        """Make it of checked fields."""
        lists = {
            name: tuple(data[name])
            for name in ("missing", "verified")
            if data.get(name) is not None
        }
        return Owned(**data | lists)


_OWNED = _OwnedSchema()


class OwnedApi:
    """The handlers; what an account has is the same for all of them."""

    def __init__(self, accounts: Mapping[str, str] | None) -> None:
        self._accounts = accounts
        self.owned = Owned()

    def routes(self) -> list[web.RouteDef]:
        """Return what answers beside the Messages API; it must come before that."""
        account = f"/{API_VERSION}/Accounts/{{account}}"
        service = "/v1/Services/{service}"
        return [
            web.get(f"{account}.json", self._of_account(self._account)),
            web.get(f"{account}/IncomingPhoneNumbers.json", self._of_account(self._numbers)),
            web.get(f"{account}/SMS/ShortCodes.json", self._of_account(self._short_codes)),
            web.get("/v1/Services", self._of_user(self._services)),
            web.get(service, self._of_user(self._service)),
            web.get(f"{service}/PhoneNumbers", self._of_user(self._pool)),
            web.get(f"{service}/PhoneNumbers/{{number}}", self._of_user(self._in_pool)),
            web.get(f"{service}/ShortCodes", self._of_user(self._none("short_codes"))),
            web.get(f"{service}/AlphaSenders", self._of_user(self._none("alpha_senders"))),
            web.get(f"{service}/Compliance/Usa2p", self._of_user(self._campaigns)),
            web.get("/v1/Tollfree/Verifications", self._of_user(self._verifications)),
            web.get("/v1/Messaging/GeoPermissions", self._of_user(self._countries)),
            web.get("/sandbox/account", self.show),
            web.put("/sandbox/account", self.order),
        ]

    async def show(self, _request: web.Request) -> web.Response:
        """Return what was ordered."""
        return web.json_response(asdict(self.owned))

    async def order(self, request: web.Request) -> web.Response:
        """Let it be other than it is at first; 400 says what is wrong, field by field."""
        require_own_origin(request)
        try:
            self.owned = _OWNED.load(json.loads(await request.read()))
        except ValidationError as error:
            return web.json_response({"errors": error.messages}, status=400)
        except (ValueError, RecursionError):
            return web.json_response({"errors": "not JSON"}, status=400)
        return web.json_response(asdict(self.owned))

    def forget(self) -> None:
        """Let it be as it is at first."""
        self.owned = Owned()

    # --- who asks ---------------------------------------------------------------------------

    def _of_account(self, answer: Callable[[web.Request], Any]) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            header = request.headers.get("Authorization")
            account = request.match_info["account"]
            no = authorize(header, account, request.path, self._accounts)
            return _json(no or self._unreadable() or answer(request))

        return handle

    def _of_user(self, answer: Callable[[web.Request], Any]) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            user = user_of(request.headers.get("Authorization"), self._accounts)
            no = NOT_AUTHENTICATED if user is None else self._unreadable()
            return _json(no or answer(request))

        return handle

    def _unreadable(self) -> Refusal | None:
        return TEST_CREDENTIALS if self.owned.test_credentials else None

    # --- api.twilio.com ---------------------------------------------------------------------

    def _account(self, request: web.Request) -> Any:
        user = user_of(request.headers.get("Authorization"), self._accounts)
        if user is not None and user.startswith("SK"):
            # A standard key may read all but accounts and keys.
            return NOT_AUTHENTICATED
        sid = request.match_info["account"]
        return {
            "sid": sid,
            "friendly_name": "Sandbox",
            "status": self.owned.status,
            "type": self.owned.type,
            "owner_account_sid": sid,
            "uri": request.path,
        }

    def _numbers(self, request: web.Request) -> Any:
        number = request.query.get("PhoneNumber", POOL_SENDER)
        has = is_number(number) and not magic_sender(number) and self._has(number)
        entry = {
            "sid": _sid("PN", number),
            "account_sid": request.match_info["account"],
            "phone_number": number,
            "friendly_name": number,
            "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
            "status": "in-use",
        }
        return {"incoming_phone_numbers": [entry] if has else [], "next_page_uri": None}

    def _short_codes(self, request: web.Request) -> Any:
        code = request.query.get("ShortCode", "")
        entry = {"sid": _sid("SC", code), "short_code": code, "friendly_name": code}
        has = is_short_code(code) and self._has(code)
        return {"short_codes": [entry] if has else [], "next_page_uri": None}

    # --- messaging.twilio.com ---------------------------------------------------------------

    def _services(self, _request: web.Request) -> Any:
        return _page("services", [_service(SERVICE)] if self._has(SERVICE) else [])

    def _service(self, request: web.Request) -> Any:
        sid = request.match_info["service"]
        if not (is_messaging_service(sid) and self._has(sid)):
            return not_found(request.path)
        return _service(sid)

    def _pool(self, request: web.Request) -> Any:
        number = {"sid": _sid("PN", POOL_SENDER), "phone_number": POOL_SENDER, "country_code": "US"}
        return self._in_service(request, "phone_numbers", [number] * self.owned.senders)

    def _in_pool(self, request: web.Request) -> Any:
        found = self._service(request)
        if isinstance(found, Refusal):
            return found
        number = request.match_info["number"]
        return {"sid": number, "service_sid": found["sid"], "country_code": "US"}

    def _none(self, key: str) -> Callable[[web.Request], Any]:
        return lambda request: self._in_service(request, key, [])

    def _campaigns(self, request: web.Request) -> Any:
        campaign: dict[str, Any] = {
            "sid": "QE" + "5a" * 16,
            "messaging_service_sid": request.match_info["service"],
            "campaign_status": self.owned.campaign,
            "us_app_to_person_usecase": "CUSTOMER_CARE",
            "errors": [],
        }
        return self._in_service(request, "compliance", [campaign] if self.owned.campaign else [])

    def _verifications(self, request: web.Request) -> Any:
        verification = {
            "sid": "HH" + "5a" * 16,
            "tollfree_phone_number_sid": request.query.get("TollfreePhoneNumberSid"),
            "status": self.owned.verification,
            "rejection_reason": None,
        }
        return _page("verifications", [verification] if self.owned.verification else [])

    def _in_service(self, request: web.Request, key: str, entries: list[Any]) -> Any:
        found = self._service(request)
        return found if isinstance(found, Refusal) else _page(key, entries)

    # --- accounts.twilio.com ----------------------------------------------------------------

    def _countries(self, request: web.Request) -> Any:
        country = request.query.get("CountryCode", "US")
        enabled = self.owned.countries.get(country, True)
        entry = {"country_code": country, "type": "country", "enabled": enabled}
        return {"permissions": [{**entry, "error_code": 0, "error_messages": []}]}

    def _has(self, sender: str) -> bool:
        return sender not in self.owned.missing


def _service(sid: str) -> dict[str, Any]:
    return {"sid": sid, "friendly_name": "Sandbox", "us_app_to_person_registered": True}


def _page(key: str, entries: list[Any]) -> dict[str, Any]:
    return {key: entries, "meta": {"key": key, "page": 0, "next_page_url": None}}


def _sid(prefix: str, text: str) -> str:
    """Return the same SID for the same number."""
    return prefix + hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _json(answer: Any) -> web.Response:
    if not isinstance(answer, Refusal):
        return web.json_response(answer)
    response = web.json_response(answer.body(), status=answer.status)
    if answer.status == web.HTTPUnauthorized.status_code:
        response.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return response
