"""Looks at what an account may send by; asks for nothing to be sent or changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from twilio.rest import Client

from smsherald.errors import in_one_line
from smsherald.settings.values import TwilioAccount, TwilioSettings
from smsherald.sms import is_messaging_service
from smsherald.sms.region import UnitedStates, united_states
from smsherald.twilio import answers
from smsherald.twilio.client import NO_REGION
from smsherald.twilio.http import HttpClient, NoAnswerError, succeeded
from smsherald.twilio.inspected import (
    AccountInfo,
    AccountSeen,
    Campaign,
    Number,
    Owned,
    Pool,
    SenderSeen,
    Unseen,
)

MOST_SERVICES = 50
"""Messaging Services among which a number's own is looked for."""
_PAGE = 100
_UNREADABLE = Unseen("its answer cannot be read")
_NO_CAMPAIGN = Unseen("there is none", 404)


async def inspect(settings: TwilioSettings, countries: Iterable[str]) -> list[AccountSeen]:
    """Look at all accounts, and whether they may text people in these countries."""
    async with HttpClient(timeout=settings.timeout, connections=4, proxy=settings.proxy) as http:
        return [
            await _Inspection(account, http).all(sorted(countries))
            for _, account in sorted(settings.accounts.items())
        ]


def beside(api_url: str, product: str) -> str:
    """Return where another of Twilio's products is: beside its API, whatever edge or region.

    A look-alike has all of them in one place.
    """
    host = urlsplit(api_url).hostname or ""
    if host.startswith("api.") and host.endswith(".twilio.com"):
        return api_url.replace("://api.", f"://{product}.", 1)
    return api_url


class _Inspection:
    def __init__(self, account: TwilioAccount, http: HttpClient) -> None:
        self._account = account.public
        self._http = http
        self._client = Client(
            account.user,
            account.password.reveal(),
            account.public.sid,
            http_client=http,
            environment=NO_REGION,
        )
        self._api = f"{account.api_url}/2010-04-01/Accounts/{account.public.sid}"
        self._messaging = f"{beside(account.api_url, 'messaging')}/v1"
        self._accounts = f"{beside(account.api_url, 'accounts')}/v1"

    async def all(self, countries: Iterable[str]) -> AccountSeen:
        """Look at all; where an API key may not read the account, a list shows that it signs in."""
        name = self._account.name
        info = await self._info()
        seen = AccountSeen(
            name, info, senders=tuple(map(SenderSeen, sorted(self._account.senders)))
        )
        if seen.is_test:
            return seen
        if isinstance(info, Unseen):
            texts: Mapping[str, Any] | Unseen = info
            if info.status is not None:
                texts = await self._get(f"{self._api}/Messages.json", PageSize=1)
            if isinstance(texts, Unseen):
                return AccountSeen(name, info, signs_in=texts)
        return AccountSeen(
            name,
            info,
            senders=tuple([await self._sender(each) for each in sorted(self._account.senders)]),
            countries={country: await self._country(country) for country in countries},
        )

    async def _info(self) -> AccountInfo | Unseen:
        found = await self._get(f"{self._api}.json")
        if isinstance(found, Unseen):
            return found
        status, kind = found.get("status"), found.get("type")
        if not isinstance(status, str) or not isinstance(kind, str):
            return _UNREADABLE
        return AccountInfo(status, kind)

    async def _sender(self, sender: str) -> SenderSeen:
        if is_messaging_service(sender):
            pool = await self._pool(sender)
            american = isinstance(pool, Pool) and pool.american
            return SenderSeen(sender, pool, await self._campaign(sender) if american else None)
        if sender.startswith("+"):
            return await self._number(sender)
        if sender.isdigit():
            codes = await self._get(f"{self._api}/SMS/ShortCodes.json", ShortCode=sender)
            return SenderSeen(sender, _found(codes, "short_codes"))
        return SenderSeen(sender)

    async def _number(self, sender: str) -> SenderSeen:
        found = await self._get(f"{self._api}/IncomingPhoneNumbers.json", PhoneNumber=sender)
        owned = _number(found, sender)
        if not isinstance(owned, Number):
            return SenderSeen(sender, owned)
        match united_states(sender):
            case UnitedStates.LOCAL:
                return SenderSeen(sender, owned, await self._campaign_of(owned.sid))
            case UnitedStates.TOLL_FREE:
                return SenderSeen(sender, owned, await self._verification(owned.sid))
            case None:
                return SenderSeen(sender, owned)

    async def _pool(self, service: str) -> Pool | Unseen:
        found = await self._get(f"{self._messaging}/Services/{service}")
        if isinstance(found, Unseen):
            return found
        count, american, more = 0, False, False
        for kind, key in (
            ("PhoneNumbers", "phone_numbers"),
            ("ShortCodes", "short_codes"),
            ("AlphaSenders", "alpha_senders"),
        ):
            page = await self._get(f"{self._messaging}/Services/{service}/{kind}", PageSize=_PAGE)
            if isinstance(page, Unseen):
                return page
            entries = _entries(page, key)
            if entries is None:
                return _UNREADABLE
            count += len(entries)
            more |= len(entries) >= _PAGE
            american |= kind == "PhoneNumbers" and any(
                united_states(str(entry.get("phone_number"))) is UnitedStates.LOCAL
                for entry in entries
            )
        return Pool(count, american, more)

    async def _campaign_of(self, number: str) -> Campaign | Unseen:
        """Find the service that a number belongs to: only that can have a campaign."""
        page = await self._get(f"{self._messaging}/Services", PageSize=MOST_SERVICES)
        if isinstance(page, Unseen):
            return page
        services = _entries(page, "services")
        if services is None:
            return _UNREADABLE
        for service in services:
            sid = str(service.get("sid"))
            path = f"{self._messaging}/Services/{sid}/PhoneNumbers/{number}"
            found = await self._get(path)
            if not isinstance(found, Unseen):
                return await self._campaign(sid)
            if not found.absent:
                return found
        if len(services) >= MOST_SERVICES:
            return Unseen(f"the account has more than {MOST_SERVICES} Messaging Services")
        return _NO_CAMPAIGN

    async def _campaign(self, service: str) -> Campaign | Unseen:
        page = await self._get(f"{self._messaging}/Services/{service}/Compliance/Usa2p")
        if isinstance(page, Unseen):
            return page
        found = [_campaign(each, service) for each in _entries(page, "compliance") or ()]
        return next((each for each in found if each.good), found[0] if found else _NO_CAMPAIGN)

    async def _verification(self, number: str) -> Campaign | Unseen:
        page = await self._get(
            f"{self._messaging}/Tollfree/Verifications", TollfreePhoneNumberSid=number
        )
        if isinstance(page, Unseen):
            return page
        for each in _entries(page, "verifications") or ():
            status = str(each.get("status"))
            why = each.get("rejection_reason")
            return Campaign(status, status == "TWILIO_APPROVED", why=str(why or ""))
        return _NO_CAMPAIGN

    async def _country(self, country: str) -> bool | Unseen:
        found = await self._get(f"{self._accounts}/Messaging/GeoPermissions", CountryCode=country)
        if isinstance(found, Unseen):
            return found
        for each in _entries(found, "permissions") or ():
            enabled = each.get("enabled")
            if each.get("country_code") == country and isinstance(enabled, bool):
                return enabled
        return _UNREADABLE

    async def _get(self, uri: str, **params: str | int) -> Mapping[str, Any] | Unseen:
        try:
            response = await self._client.request_async("GET", uri, params=params or None)
        except NoAnswerError as error:
            return Unseen(
                f"no answer from {self._http.way_to(uri)}: {error.failure} "
                f"(smsherald explain {error.failure})"
            )
        if succeeded(response.status_code):
            return answers.json_object(response.text)
        code = answers.error_code(response.text)
        said = answers.json_object(response.text).get("message")
        why = f"{response.status_code}" if code is None else f"{response.status_code}, code {code}"
        return Unseen(
            f"{said} ({why})" if isinstance(said, str) else why, response.status_code, code
        )


def _entries(page: Mapping[str, Any], key: str) -> list[Mapping[str, Any]] | None:
    entries = page.get(key)
    if not isinstance(entries, list):
        return None
    return [entry for entry in entries if isinstance(entry, dict)]


def _found(page: Mapping[str, Any] | Unseen, key: str) -> bool | Unseen:
    return page if isinstance(page, Unseen) else bool(_entries(page, key))


def _number(page: Mapping[str, Any] | Unseen, sender: str) -> Owned:
    if isinstance(page, Unseen):
        return page
    for each in _entries(page, "incoming_phone_numbers") or ():
        # Twilio's filter takes parts of numbers, too.
        if each.get("phone_number") == sender:
            can = each.get("capabilities")
            return Number(str(each.get("sid")), isinstance(can, dict) and can.get("sms") is True)
    return False


def _campaign(entry: Mapping[str, Any], service: str) -> Campaign:
    status = str(entry.get("campaign_status"))
    errors = entry.get("errors") or []
    sentences = [
        str(each.get("error_description", each.get("description", "")))
        for each in errors
        if isinstance(each, dict)
    ]
    return Campaign(status, status == "VERIFIED", service, in_one_line("\n".join(sentences)))
