"""The settings file: what is wrong with a value, and where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsherald.errors import ConfigurationError
from smsherald.settings.load import load
from support.configuration import EXAMPLE, FLOW, SETTINGS, write
from support.texting import ACCOUNT as SID

NO_SENDER = (
    "is no sender: a number in E.164 (+15551234567) or of default_region, a short code, "
    "a name of at most 11 characters, or MG and 32 hexadecimal digits"
)

NO_SERVICE = (
    "is no Messaging Service: MG and 32 hexadecimal digits, and this has another number of them"
)


def problems(folder: Path, text: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(write(folder, text, order_created=FLOW), environ)
    return list(map(str, caught.value.problems))


FILE = "smsherald.yaml"
AFTER = SETTINGS.count("\n") + 1
"""The line that a text has which is put after SETTINGS."""

WRONG = {
    "an unknown section": ("brokr: {}", f"{AFTER}:1: brokr: unknown; did you mean `broker`?"),
    "an unknown key": ("log: {colour: red}", f"{AFTER}:7: log.colour: unknown"),
    "a list for a section": ("log: [info]", f"{AFTER}:6: log: a mapping is due here"),
    "a number for a text": (
        "broker: {queue: 5}",
        f"{AFTER}:17: broker.queue: a number stands where text is due: quote it",
    ),
    "true for a text": (
        "broker: {queue: true}",
        f"{AFTER}:17: broker.queue: true or false stands where text is due: quote it",
    ),
    "nothing for a text": (
        "broker: {queue: }",
        f"{AFTER}:17: broker.queue: nothing stands where a value is due",
    ),
    "a quoted number for a number": (
        "broker: {concurrency: '5'}",
        f"{AFTER}:23: broker.concurrency: text stands where a whole number is due",
    ),
    "a fraction for a whole number": (
        "broker: {concurrency: 5.0}",
        f"{AFTER}:23: broker.concurrency: a number stands where a whole number is due",
    ),
    "a number out of bounds": (
        "broker: {concurrency: 0}",
        f"{AFTER}:23: broker.concurrency: must be 1 to 10,000",
    ),
    "yes for true": (
        "broker: {declare: yes}",
        f"{AFTER}:19: broker.declare: text stands where true or false is due",
    ),
    "a duration without its unit": (
        "broker: {drain: 25}",
        f"{AFTER}:17: broker.drain: a number stands where a duration such as 10s is due",
    ),
    "a duration out of bounds": (
        "broker: {heartbeat: 250ms}",
        f"{AFTER}:21: broker.heartbeat: must be 1 s to 3,600 s",
    ),
    "a size out of bounds": (
        "broker: {max_body: 1GB}",
        f"{AFTER}:20: broker.max_body: must be 1 bytes to 512,000,000 bytes",
    ),
    "more deliveries than AMQP can count": (
        "broker: {prefetch: 400x}",
        f"{AFTER}:20: broker.prefetch: makes 80,000 deliveries: AMQP takes at most 65,535",
    ),
    "tiers that do not grow": (
        "retry: {tiers: [5s, 30s, 30s]}",
        f"{AFTER}:26: retry.tiers[2]: must be longer than the tier before it",
    ),
    "no tiers": ("retry: {tiers: []}", f"{AFTER}:16: retry.tiers: is an empty list"),
    "one tier without a list": (
        "retry: {tiers: 5s}",
        f"{AFTER}:16: retry.tiers: text stands where a list is due",
    ),
    "a word that is none of the few": (
        "log: {level: loud}",
        f"{AFTER}:14: log.level: must be debug or info or warning or error",
    ),
    "an age that is null": (
        "retry: {max_age: null}",
        f"{AFTER}:18: retry.max_age: nothing stands where a value is due",
    ),
    "a quarantine that is too short": (
        "ledger: {quarantine: 75s}",
        (
            f"{AFTER}:22: ledger.quarantine: must be longer than ledger.fence, twilio.timeout, "
            "ledger.late_accept and ledger.listing_lag together, which are 75s: a request could "
            "still be taken after its look-up; left out, it is long enough"
        ),
    ),
    "a ledger on a server, and in no database": (
        "ledger: {url: 'postgres://a'}",
        (
            f"{AFTER}:15: ledger.url: must be postgresql://user:password@host:port/database; "
            "in a user or password, signs such as @, :, / and # are written %40, %3A, %2F and "
            "%23, and % itself %25"
        ),
    ),
    "a public address": (
        "http: {public: {listen: '0.0.0.0:1', url: 'https://a', token: t}}",
        f"{AFTER}:8: http.public: is not available yet",
    ),
    "a public address that is not whole": (
        "http: {public: {port: 5}}",
        f"{AFTER}:8: http.public: is not available yet",
    ),
    "a national number that is allowed": (
        "policy: {allow: ['5551234567']}",
        (
            f"{AFTER}:18: policy.allow[0]: must be a number in E.164 such as +15551234567, "
            "or a country such as US"
        ),
    ),
    "a number with spaces that is allowed": (
        "policy: {allow: [DE, +1 555 123 4567]}",
        (
            f"{AFTER}:22: policy.allow[1]: must be a number in E.164 such as +15551234567, "
            "or a country such as US"
        ),
    ),
    "a number without its quotes and sign": (
        "policy: {allow: [15551234567]}",
        (
            f"{AFTER}:18: policy.allow[0]: a number stands where text such as +15551234567 or US "
            "is due"
        ),
    ),
    "a country's old name that is allowed": (
        "policy: {allow: [UK]}",
        f"{AFTER}:18: policy.allow[0]: must be an ISO 3166 country: the United Kingdom is GB",
    ),
    "a name of a country that is denied": (
        "policy: {deny: [GB, France]}",
        f"{AFTER}:21: policy.deny[1]: must be an ISO 3166 country such as US",
    ),
    "a country of nobody": (
        "policy: {deny: [XX]}",
        (
            f"{AFTER}:17: policy.deny[0]: is no country with telephone numbers: "
            "an ISO 3166 code such as US is due"
        ),
    ),
    "a prefix without its sign": (
        "policy: {deny: ['0044']}",
        (
            f"{AFTER}:17: policy.deny[0]: must be what numbers begin with: + and digits, as +1900; "
            "or a country such as US"
        ),
    ),
    "a prefix with nothing in it": (
        "policy: {deny: [+]}",
        (
            f"{AFTER}:17: policy.deny[0]: must be what numbers begin with: + and digits, as +1900; "
            "or a country such as US"
        ),
    ),
    "a country that is none": (
        "default_region: UK",
        f"{AFTER}:17: default_region: must be an ISO 3166 country: the United Kingdom is GB",
    ),
    "a time zone that is none": (
        "time_zone: Europe/Berlni",
        f"{AFTER}:12: time_zone: is no time zone of the tz database; did you mean `Europe/Berlin`?",
    ),
    "an identity that is no list": (
        "identity: header X-Id",
        f"{AFTER}:11: identity: text stands where a list is due",
    ),
    "an identity that does not say where it stands": (
        "identity: [header X-Id, X-Event-Id]",
        f"{AFTER}:25: identity[1]: must be `header NAME`, `property NAME` or `body PATH`",
    ),
    "an identity that is a mapping": (
        "identity:\n  - header: X-Id",
        (
            f"{AFTER + 1}:5: identity[0]: a mapping stands where text such as header X-Request-Id "
            "is due"
        ),
    ),
    "an identity by a header of ours": (
        "identity: [header x-smsherald-identity]",
        f"{AFTER}:12: identity[0]: is a header that we or the broker write, never the publisher",
    ),
    "an identity by a property that many events share": (
        "identity: [property app_id]",
        (
            f"{AFTER}:12: identity[0]: that property is the same for many events: `message_id` or "
            "`correlation_id` is due"
        ),
    ),
    "an identity by a path that begins too early": (
        "identity: [body event.body.id]",
        f"{AFTER}:12: identity[0]: the path begins in the body: `body data.id`",
    ),
    "an identity by an index as in a dotted name": (
        "identity: [body items.0.id]",
        (
            f"{AFTER}:12: identity[0]: an element of a list is in brackets, the first is [0]: "
            "`body items[0].id`"
        ),
    ),
}


@pytest.mark.parametrize(("text", "problem"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_value_is_said_with_its_place(text: str, problem: str, here: Path) -> None:
    assert problems(here, f"{SETTINGS}{text}\n") == [f"{FILE}:{problem}"]


DECIDED = {
    "no decision": (
        "21612: perhaps",
        (
            "21612: must be rate_limited or retry_later or bad_recipient or bad_pair or opt_out or "
            "content or geo or config_pause or expired or info"
        ),
        "22",
    ),
    "no code": (
        "geo: geo",
        "geo: is no error code of Twilio's, which has five digits",
        "15",
    ),
    "what was taken is sent again": (
        "30003: retry_later",
        (
            "30003: Twilio says this of a text that it had taken: sent again, it could be texted "
            "twice"
        ),
        "22",
    ),
    "nothing about a refusal": (
        "21612: info",
        (
            "21612: a request is refused with this, and `info` says nothing of that: "
            "what becomes of the text is due here"
        ),
        "22",
    ),
}


@pytest.mark.parametrize(("text", "problem", "column"), DECIDED.values(), ids=DECIDED.keys())
def test_a_decision_that_cannot_be_is_said_with_its_place(
    text: str, problem: str, column: str, here: Path
) -> None:
    settings = SETTINGS.replace("twilio:\n", f"twilio:\n  decisions: {{{text}}}\n")

    assert problems(here, settings) == [f"{FILE}:2:{column}: twilio.decisions.{problem}"]


ACCOUNTS = {
    "no account at all": ("log: {level: info}\n", ["1:1: twilio: is missing"]),
    "an empty file": ("", ["1:1: twilio: is missing"]),
    "accounts that are empty": (
        "twilio: {accounts: {}}\n",
        ["1:20: twilio.accounts: is an empty mapping"],
    ),
    "an account with nothing in it": (
        "twilio:\n  accounts:\n    default:\n",
        [
            "3:5: twilio.accounts.default.account_sid: is missing",
            "3:5: twilio.accounts.default.auth_token: is missing (or api_key with api_secret)",
            "3:5: twilio.accounts.default.from: is missing",
        ],
    ),
    "a Messaging Service with too few digits": (
        SETTINGS.replace('"+15005550006"', "MG12ab"),
        [f"6:13: twilio.accounts.default.from: {NO_SERVICE}"],
    ),
    "a Messaging Service with too many digits": (
        SETTINGS + f"      senders: [MG, MGB, 'MG{'0' * 33}']\n",
        [f"7:26: twilio.accounts.default.senders[2]: {NO_SERVICE}"],
    ),
    "a SID of another kind": (
        SETTINGS.replace(SID, "SK123"),
        [
            (
                "4:20: twilio.accounts.default.account_sid: must be a Twilio account SID: "
                "AC and 32 hexadecimal digits"
            )
        ],
    ),
    "an API key without its secret": (
        SETTINGS.replace("auth_token: token", "api_key: SK" + "0" * 32),
        [
            (
                "3:5: twilio.accounts.default.api_secret: is missing: "
                "an API key and its secret belong together"
            )
        ],
    ),
    "a secret without its API key": (
        SETTINGS.replace("auth_token: token", "api_secret: s"),
        [
            (
                "3:5: twilio.accounts.default.api_key: is missing: "
                "an API key and its secret belong together"
            )
        ],
    ),
    "two ways to sign in": (
        SETTINGS + "      api_secret: s\n",
        [
            (
                "7:7: twilio.accounts.default.api_secret: stands beside auth_token: "
                "one way to sign in is enough"
            )
        ],
    ),
    "a token of digits alone": (
        SETTINGS.replace("token: token", "token: 12345"),
        ["5:19: twilio.accounts.default.auth_token: a number stands where text is due: quote it"],
    ),
    "a sender that is none": (
        SETTINGS.replace('"+15005550006"', "one of my many phones"),
        [f"6:13: twilio.accounts.default.from: {NO_SENDER}"],
    ),
    "another sender that is none": (
        SETTINGS + "      senders: [Shop, '+1']\n",
        [f"7:23: twilio.accounts.default.senders[1]: {NO_SENDER}"],
    ),
    "a default account that is not there": (
        SETTINGS + "  default_account: shop\n",
        ["7:20: twilio.default_account: no account has this name: there is default"],
    ),
    "no account of the default's name": (
        SETTINGS.replace("default:", "shop:"),
        ["1:1: twilio.default_account: no account is called `default`: there is shop"],
    ),
    "an account's name with a space": (
        SETTINGS.replace("default:", "my shop:") + "  default_account: my\n",
        [
            (
                "3:5: twilio.accounts.my shop: must be 1 to 64 letters, digits, `_`, `-` or `.`, "
                "a letter or digit first"
            ),
            "7:20: twilio.default_account: no account has this name: there is my shop",
        ],
    ),
    "accounts chosen by parameters": (
        SETTINGS + "  account_from_parameters: true\n",
        ["7:28: twilio.account_from_parameters: true is not available yet"],
    ),
    "variables that are missing, and nothing more about them": (
        EXAMPLE,
        [
            "21:20: the environment variable TWILIO_ACCOUNT_SID is not set",
            "22:19: the environment variable TWILIO_AUTH_TOKEN is not set",
            "23:13: the environment variable TWILIO_FROM is not set",
        ],
    ),
}


@pytest.mark.parametrize(("text", "expected"), ACCOUNTS.values(), ids=ACCOUNTS.keys())
def test_a_wrong_account_is_said_with_its_place(text: str, expected: list[str], here: Path) -> None:
    assert problems(here, text) == [f"{FILE}:{problem}" for problem in expected]


def test_an_unknown_variable_is_named(here: Path) -> None:
    assert problems(here, SETTINGS, SMSHERALD__BROKER__URI="x", SMSHERALD__BROKR__URL="x") == [
        "environment:SMSHERALD__BROKER__URI:1:1: broker.uri: unknown; did you mean `url`?",
        "environment:SMSHERALD__BROKR__URL:1:1: brokr: unknown; did you mean `broker`?",
    ]


def test_a_wrong_variable_is_said_once(here: Path) -> None:
    found = problems(here, SETTINGS, SMSHERALD__BROKER__QUEUE="@", SMSHERALD__BROKER__DRAIN="5")

    assert found == [
        (
            "environment:SMSHERALD__BROKER__DRAIN:1:1: broker.drain: "
            "must be a duration such as 250ms, 5s, 2m, 2h or 30d"
        ),
        (
            "environment:SMSHERALD__BROKER__QUEUE:1:1: this is no YAML: found character that "
            "cannot start any token; quote a text that begins with a sign such as @, % or `"
        ),
    ]


def test_no_secret_is_shown_by_what_is_wrong_or_by_the_settings(here: Path) -> None:
    text = SETTINGS.replace("auth_token: token", "auth_token: hunter2") + (
        "broker: {url: 'amqp://u:hunter2@h:x', queue: 'hunter 2'}\n"
        "ledger: {url: 'mysql://u:hunter2@h'}\n"
    )

    assert len(problems(here, text)) == 3
    assert "hunter" not in "".join(problems(here, text))

    loaded = load(write(here, SETTINGS.replace("token: token", "token: hunter2")), {})

    assert "hunter2" not in repr(loaded)


def test_what_two_aliases_share_is_wrong_for_both(here: Path) -> None:
    text = SETTINGS.replace("default:", "default: &a").replace("token: token", "token: 5")

    assert problems(here, text + "    other: *a\n") == [
        (
            f"{FILE}:5:19: twilio.accounts.default.auth_token: "
            "a number stands where text is due: quote it"
        ),
        (
            f"{FILE}:5:19: twilio.accounts.other.auth_token: "
            "a number stands where text is due: quote it"
        ),
    ]


def test_a_variable_that_two_aliases_miss_is_missed_once(here: Path) -> None:
    text = SETTINGS.replace("default:", "default: &a").replace("token: token", "token: ${T}")

    assert problems(here, text + "    other: *a\n") == [
        f"{FILE}:5:19: the environment variable T is not set"
    ]
