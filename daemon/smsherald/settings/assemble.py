"""From checked values to `Settings`, and what several of them must keep together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from smsherald.errors import UnusableError
from smsherald.model import Account, OnUnknown
from smsherald.settings.keys import Finding, default
from smsherald.settings.schema import SettingsSchema
from smsherald.settings.secret import Secret
from smsherald.settings.sections import LedgerSchema, RetrySchema
from smsherald.settings.twilio.decisions import Decision
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
from smsherald.settings.yaml.places import Path
from smsherald.sms.sender import is_nearly_a_service, sender

SAFETY = 1.6
"""The quarantine's default, as a multiple of the shortest that is sound."""
_PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
_SUMMANDS = ("fence", "late_accept", "listing_lag")
_NO_SENDER = (
    "is no sender: a number in E.164 (+15551234567) or of default_region, a short code, "
    "a name of at most 11 characters, or MG and 32 hexadecimal digits"
)
_NO_SERVICE = (
    "is no Messaging Service: MG and 32 hexadecimal digits, and this has another number of them"
)


@dataclass(frozen=True, slots=True)
class FlowDefaults:
    """What flows take from the settings, as far as those could be read."""

    accounts: Mapping[str, Account | None]
    """None is an account that is configured wrongly: nothing more can be said about it."""
    default_account: str | None
    region: str
    max_age: float | None
    on_unknown: OnUnknown
    time_zone: str
    retention: float
    """The ledger's, in seconds."""
    unknown: frozenset[str] = frozenset()
    """Accounts whose senders nobody knows here: a flow may name any."""


def flow_defaults(data: Mapping[str, Any], names: list[str]) -> tuple[FlowDefaults, list[Finding]]:
    """Find the accounts with their senders normalised; `names` are all that the file has.

    `data` is what is valid of the settings.
    """
    findings: list[Finding] = []
    region = data.get("default_region", default(SettingsSchema, "default_region"))
    twilio, retry, ledger = (data.get(section, {}) for section in ("twilio", "retry", "ledger"))
    valid = twilio.get("accounts", {})
    accounts = {each: _account(each, valid.get(each, {}), region, findings) for each in names}
    on = FlowDefaults(
        accounts=accounts,
        default_account=twilio.get("default_account"),
        region=region,
        max_age=retry.get("max_age", default(RetrySchema, "max_age")),
        on_unknown=OnUnknown(ledger.get("on_unknown", default(LedgerSchema, "on_unknown"))),
        time_zone=data.get("time_zone", default(SettingsSchema, "time_zone")),
        retention=ledger.get("retention", default(LedgerSchema, "retention")),
    )
    return on, findings


def _account(
    account: str, data: Mapping[str, Any], region: str, findings: list[Finding]
) -> Account | None:
    path: Path = ("twilio", "accounts", account)
    own = _senders({(*path, "from"): data["sender"]} if "sender" in data else {}, region, findings)
    others = {(*path, "senders", index): text for index, text in enumerate(data.get("senders", []))}
    senders = _senders(others, region, findings)
    if not own or "account_sid" not in data or len(senders) < len(others):
        return None
    return Account(account, data["account_sid"], own[0], frozenset(own + senders))


def _senders(texts: Mapping[Path, str], region: str, findings: list[Finding]) -> list[str]:
    found = []
    for path, text in texts.items():
        if is_nearly_a_service(text):
            findings.append((path, _NO_SERVICE))
            continue
        try:
            found.append(sender(text, region))
        except UnusableError:
            findings.append((path, _NO_SENDER))
    return found


def shortest_quarantine(data: Mapping[str, Any]) -> float | None:
    """Return the sum that the quarantine must exceed, in seconds; None where a part is wrong."""
    ledger = data.get("ledger", {})
    parts = [ledger.get(part) for part in _SUMMANDS] + [data.get("twilio", {}).get("timeout")]
    return None if None in parts else float(sum(parts))


def conflicts(data: Mapping[str, Any]) -> list[Finding]:
    """Find what is wrong between settings that are right one by one."""
    shortest = shortest_quarantine(data)
    quarantine = data.get("ledger", {}).get("quarantine")
    if quarantine is None or shortest is None or quarantine > shortest:
        return []
    message = (
        "must be longer than ledger.fence, twilio.timeout, ledger.late_accept and "
        f"ledger.listing_lag together, which are {shortest:g}s: a request could still be taken "
        "after its look-up; left out, it is long enough"
    )
    return [(("ledger", "quarantine"), message)]


def unused(data: Mapping[str, Any], environ: Mapping[str, str]) -> list[str]:
    """Return the variables that name a proxy to other programs, where the settings name none."""
    if data["twilio"]["proxy"] is not None:
        return []
    return [name for name in _PROXIES if environ.get(name)]


def doubtful(data: Mapping[str, Any]) -> list[Finding]:
    """Find what can be used and is hardly meant."""
    findings: list[Finding] = []
    retention, max_age = data["ledger"]["retention"], data["retry"]["max_age"]
    if max_age is not None and retention < max_age:
        message = (
            "is shorter than retry.max_age: an event that comes again after it is texted again"
        )
        findings.append((("ledger", "retention"), message))
    if allowed := frozenset(data["policy"]["allow"]):
        numbers = sum(rule.startswith("+") for rule in allowed)
        message = (
            f"only its numbers ({numbers}) and countries ({len(allowed) - numbers}) are texted: "
            "every other SMS is skipped (`not_allowed`)"
        )
        findings.append((("policy", "allow"), message))
    return findings


def assemble(
    data: Mapping[str, Any],
    accounts: Mapping[str, Account],
    environ: Mapping[str, str],
    beside: FilePath,
) -> Settings:
    """Make the settings of data without an error; `beside` is the folder they were found in."""
    twilio = data["twilio"]
    return Settings(
        broker=broker_settings(data),
        retry=RetrySettings(**data["retry"] | {"tiers": tuple(data["retry"]["tiers"])}),
        twilio=TwilioSettings(
            **twilio
            | {
                "accounts": {
                    each: _sign_in(accounts[each], values)
                    for each, values in twilio["accounts"].items()
                },
                "decisions": decisions_of(twilio),
            }
        ),
        ledger=ledger_settings(data, environ, beside),
        notifications=NotificationSettings(**data["notifications"]),
        http=http_settings(data),
        policy=policy_settings(data),
        prices=data["prices"],
        log=LogSettings(**data["log"]),
        default_region=data["default_region"],
        time_zone=data["time_zone"],
        identity=tuple(data["identity"]),
        instance=environ.get("SMSHERALD_INSTANCE") or f"{os.uname().nodename}-{os.getpid()}",
    )


def broker_settings(data: Mapping[str, Any]) -> BrokerSettings:
    """Make those of the broker."""
    # A command may lack the password of `management`, and with it the whole.
    broker = {"management": None} | data["broker"]
    return BrokerSettings(**broker | {"prefetch": broker["prefetch"].of(broker["concurrency"])})


def policy_settings(data: Mapping[str, Any]) -> PolicySettings:
    """Make those of who may be texted."""
    return PolicySettings(**{key: tuple(rules) for key, rules in data["policy"].items()})


def http_settings(data: Mapping[str, Any]) -> HttpSettings:
    """Make those of the operator's pages."""
    host, port = data["http"]["listen"]
    # A command may lack the token; the daemon that asks for it says so.
    return HttpSettings(host, port, data["http"].get("token"))


def ledger_settings(
    data: Mapping[str, Any], environ: Mapping[str, str], beside: FilePath
) -> LedgerSettings:
    """Make those of the ledger; of other sections `twilio.timeout` is enough."""
    ledger = data["ledger"]
    return LedgerSettings(
        **ledger
        | {
            "url": ledger["url"] or _ledger_url(environ, beside),
            "on_unknown": OnUnknown(ledger["on_unknown"]),
            "quarantine": _quarantine(data),
        }
    )


def _quarantine(data: Mapping[str, Any]) -> float:
    given: float | None = data["ledger"]["quarantine"]
    return SAFETY * (shortest_quarantine(data) or 0.0) if given is None else given


def _sign_in(public: Account, values: Mapping[str, Any]) -> TwilioAccount:
    token = values.get("auth_token")
    user, password = (public.sid, token) if token else (values["api_key"], values["api_secret"])
    return TwilioAccount(public, user, password, values["api_url"])


def _ledger_url(environ: Mapping[str, str], beside: FilePath) -> Secret:
    """Return the default: systemd may name several state directories, the first is ours.

    Not where somebody happens to stand: from another folder it would be another ledger.
    """
    state = environ.get("STATE_DIRECTORY", "").split(":")[0]
    return Secret(f"sqlite:///{FilePath(state or beside) / 'ledger.db'}")


def decisions_of(twilio: Mapping[str, Any]) -> Mapping[int, Decision]:
    """Return what an operator decides on codes, of the valid data of `twilio`."""
    return {int(code): Decision(said) for code, said in twilio.get("decisions", {}).items()}
