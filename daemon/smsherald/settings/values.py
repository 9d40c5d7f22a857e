"""The settings as values: what `config/smsherald.yaml` says once it is read and checked.

Durations are seconds, sizes bytes. What each is for, its default and its bounds stand in
`schema.py` and `sections.py`, Twilio's in `twilio/accounts.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smsherald.events import Chosen, Reading
from smsherald.model import Account, OnUnknown
from smsherald.settings.secret import Secret
from smsherald.settings.twilio.decisions import Decision
from smsherald.settings.urls import Proxy
from smsherald.sms import Money


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """Where events come from.

    `url` may hold a password, and several URLs split by `;`; `management` holds one.
    """

    url: Secret
    exchange: str
    queue: str
    declare: bool
    unbind_after: float
    management: Secret | None
    concurrency: int
    prefetch: int
    heartbeat: float
    max_body: int
    drain: float


@dataclass(frozen=True, slots=True)
class RetrySettings:
    """When a deferred event comes again."""

    tiers: tuple[float, ...]
    attempts: int
    max_age: float | None


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """One account with its credentials; `public` is all that flows and logs may see."""

    public: Account
    user: str
    """What signs in: the account SID with its token, or an API key with its secret."""
    password: Secret
    api_url: str


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """The accounts, and the whole time that one request may take."""

    default_account: str
    accounts: Mapping[str, TwilioAccount]
    timeout: float
    decisions: Mapping[int, Decision]
    """Those that the operator makes; see `decisions.overridden`."""
    proxy: Proxy | None
    account_from_parameters: bool


@dataclass(frozen=True, slots=True)
class LedgerSettings:
    """Where SMSes are remembered, and how long what is the bound for."""

    url: Secret
    retention: float
    on_unknown: OnUnknown
    fence: float
    late_accept: float
    listing_lag: float
    skew: float
    quarantine: float


@dataclass(frozen=True, slots=True)
class NotificationSettings:
    """How what happened is told."""

    exchange: str
    type_prefix: str
    mandatory: bool


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Where the operator's pages listen, and what they ask for; port 0 takes a free one."""

    host: str
    port: int
    token: Secret | None = None


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """Who may be texted: see `policy.Rules`."""

    allow: tuple[str, ...]
    deny: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogSettings:
    """`level` is debug, info, warning or error; `format` is auto, console or json."""

    level: str
    format: str


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them."""

    broker: BrokerSettings
    retry: RetrySettings
    twilio: TwilioSettings
    ledger: LedgerSettings
    notifications: NotificationSettings
    http: HttpSettings
    policy: PolicySettings
    prices: Mapping[str, Money]
    """Of a segment, by prefixes and countries: see `sms.Prices`."""
    log: LogSettings
    default_region: str
    time_zone: str
    identity: tuple[Chosen, ...]
    instance: str
    """The name of this replica: `SMSHERALD_INSTANCE`, else host and process."""

    @property
    def reading(self) -> Reading:
        """How deliveries are read."""
        return Reading(self.broker.exchange, self.broker.max_body, self.identity)
