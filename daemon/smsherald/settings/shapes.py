"""The shapes that a text can have in the configuration.

Every function takes the text, returns what it means and raises ValueError with a sentence that
never shows the text: it may be a credential.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from smsherald.flows.local.zones import check_zone

SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
BYTES = {"B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3}
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,9})([A-Za-z]+)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_ENTITY = re.compile(r"[!-~]{1,200}")
_TOKEN = re.compile(r"[!-~]{16,200}")
_WORD = re.compile(r"[A-Za-z0-9_:/\\-]+|\*|#")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_BREAK = re.compile(r"[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")
_QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "\u2018": "\u2019", "«": "»"}
_HEX = "[0-9a-fA-F]{32}"
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}")
_PORTS = 65_536
_LONGEST_KEY = 255
_MOST_HASHES = 2


def duration(text: str) -> float:
    """Read `250ms`, `5s`, `2m`, `2h` or `30d` as seconds."""
    match = _AMOUNT.fullmatch(text)
    if match is None or match[2] not in SECONDS:
        message = "must be a duration such as 250ms, 5s, 2m, 2h or 30d"
        raise ValueError(message)
    return int(match[1]) * SECONDS[match[2]]


def age(text: str) -> float | None:
    """Read a duration, or `none`."""
    if text == "none":
        return None
    try:
        return duration(text)
    except ValueError as error:
        message = f"{error}, or `none`"
        raise ValueError(message) from None


def size(text: str) -> int:
    """Read `512B`, `64KB` or `1MB` as bytes; a kilobyte is 1,000 bytes."""
    match = _AMOUNT.fullmatch(text)
    if match is None or match[2] not in BYTES:
        message = "must be a size such as 64KB or 1MB"
        raise ValueError(message)
    return int(match[1]) * BYTES[match[2]]


@dataclass(frozen=True, slots=True)
class Prefetch:
    """How many deliveries wait in this process: a number, or a multiple of the concurrency."""

    number: int
    multiple: bool

    def of(self, concurrency: int) -> int:
        """Return the number of deliveries."""
        return self.number * concurrency if self.multiple else self.number


def token(text: str) -> str:
    """Take what is shown to be let in: it stands in a header, and nobody may guess it."""
    if not _TOKEN.fullmatch(text):
        message = "must be 16 to 200 letters, digits and signs of ASCII, without spaces"
        raise ValueError(message)
    return text


def prefetch(text: str) -> Prefetch:
    """Read `4x` (of the concurrency) or `800`."""
    match = re.fullmatch(r"([1-9][0-9]{0,4})(x?)", text)
    if match is None:
        message = "must be a multiple of the concurrency such as 4x, or a whole number from 1"
        raise ValueError(message)
    return Prefetch(int(match[1]), multiple=bool(match[2]))


def name(text: str) -> str:
    """Take a name of our own: of a flow, an account or a replica. It becomes a metric's label."""
    if not _NAME.fullmatch(text):
        message = "must be 1 to 64 letters, digits, `_`, `-` or `.`, a letter or digit first"
        raise ValueError(message)
    return text


def entity(text: str) -> str:
    """Take the name of an exchange or queue (AMQP: at most 255 bytes; ours get an ending)."""
    if not _ENTITY.fullmatch(text) or text.startswith("amq."):
        message = "must be 1 to 200 printable ASCII characters without a space, not `amq.…`"
        raise ValueError(message)
    return text


def type_prefix(text: str) -> str:
    """Take what notifications' CloudEvents types begin with."""
    if not re.fullmatch(r"[A-Za-z0-9._-]{0,100}", text):
        message = "must be at most 100 letters, digits, `.`, `_` or `-`"
        raise ValueError(message)
    return text


def pattern(text: str) -> str:
    """Take an AMQP topic pattern."""
    if not all(map(_WORD.fullmatch, text.split("."))):
        message = (
            "must be a routing key: words of letters, digits, `_`, `-`, `/`, `:` or `\\` with dots "
            "between, `*` for any one word, `#` for any number of words"
        )
        raise ValueError(message)
    return _bindable(text)


def others_key(text: str) -> str:
    """Take a topic pattern of any words, or nothing: some publish without a routing key."""
    if text:
        exact(text)
    if any(mark in word and word != mark for word in text.split(".") for mark in "*#"):
        message = "`*` and `#` stand for whole words: a dot, or an end, is on both sides of them"
        raise ValueError(message)
    return _bindable(text)


def _bindable(pattern: str) -> str:
    """Take what brokers take (RabbitMQ 4.3.5 refuses a third `#`)."""
    if len(pattern.encode()) > _LONGEST_KEY:
        message = f"is longer than {_LONGEST_KEY} bytes, which no routing key can be"
        raise ValueError(message)
    if pattern.split(".").count("#") > _MOST_HASHES:
        message = (
            "has more than two `#`, which RabbitMQ refuses: name the words between them, or leave "
            "out the last part"
        )
        raise ValueError(message)
    return pattern


def others_exchange(text: str) -> str:
    """Take the name of an exchange that somebody else declares (AMQP: 1 to 255 bytes)."""
    if text in ("", "amq.default"):
        message = (
            "must be the name of an exchange: the one without a name cannot be bound, and what is "
            "published there to our queue's name comes by itself"
        )
        raise ValueError(message)
    exact(text)
    if len(text.encode()) > _LONGEST_KEY:
        message = f"is longer than {_LONGEST_KEY} bytes, which no exchange's name can be"
        raise ValueError(message)
    return text


def routing_key(text: str) -> str:
    """Take the routing key of one event."""
    if not text or len(text.encode()) > _LONGEST_KEY:
        message = "must be a routing key: 1 to 255 bytes"
        raise ValueError(message)
    return text


def locale(text: str) -> str:
    """Take a language tag (BCP 47): a language of two or three letters, and what narrows it."""
    if not _LOCALE.fullmatch(text):
        message = "is no locale such as de or pt-BR"
        raise ValueError(message)
    return text


def region(text: str) -> str:
    """Take a country."""
    if text == "UK":
        message = "must be an ISO 3166 country: the United Kingdom is GB"
        raise ValueError(message)
    if not re.fullmatch("[A-Z]{2}", text):
        message = "must be an ISO 3166 country such as US"
        raise ValueError(message)
    if text != "US":
        # Only who needs another region waits for the library.
        from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415

        if text not in SUPPORTED_REGIONS:
            message = "is no country with telephone numbers: an ISO 3166 code such as US is due"
            raise ValueError(message)
    return text


def time_zone(text: str) -> str:
    """Take a time zone of the tz database."""
    check_zone(text)
    return text


def allowed(text: str) -> str:
    """Take a number in E.164 or a country."""
    if not text[:1].isdigit() and not text.startswith("+"):
        return region(text)
    if not _E164.fullmatch(text):
        message = "must be a number in E.164 such as +15551234567, or a country such as US"
        raise ValueError(message)
    return text


def denied(text: str) -> str:
    """Take a country, or what numbers in E.164 begin with."""
    if not text[:1].isdigit() and not text.startswith("+"):
        return region(text)
    if not _PREFIX.fullmatch(text):
        message = "must be what numbers begin with: + and digits, as +1900; or a country such as US"
        raise ValueError(message)
    return text


def priced(text: str) -> str:
    """Take a country, or what numbers begin with; a comma in a price makes a key of its end."""
    if re.fullmatch(r"0[0-9]*|[0-9]+ [A-Z]{3}", text):
        message = "is a price cut at its comma: a dot is due, as in 0.0079 USD"
        raise ValueError(message)
    return denied(text)


def code(text: str) -> str:
    """Take one of Twilio's error codes."""
    if not re.fullmatch("[1-9][0-9]{4,5}", text):
        message = "is no error code of Twilio's, which has five digits"
        raise ValueError(message)
    return text


def filled(text: str) -> str:
    """Take any text that has something in it."""
    if not text.strip():
        message = "is empty"
        raise ValueError(message)
    return text


def exact(text: str) -> str:
    """Take a text that is what it seems to be: for what is compared sign by sign elsewhere."""
    if not text.strip():
        message = "is empty"
        raise ValueError(message)
    if text != text.strip():
        where = "beginning" if text[0].isspace() else "end"
        cut = text[: len(text) - len(text.lstrip())] + text[len(text.rstrip()) :]
        what = "a line break" if _BREAK.search(cut) else "white space"
        message = f"has {what} at its {where}: leave it out"
        raise ValueError(message)
    if _BREAK.search(text):
        message = "has a line break in it: only one line is due"
        raise ValueError(message)
    if not text.isprintable():
        message = "has a sign in it that cannot be seen, such as a tab or a byte order mark"
        raise ValueError(message)
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        message = "has quotes around it, which would be part of it: leave them out"
        raise ValueError(message)
    return text


def account_sid(text: str) -> str:
    """Take a Twilio account's SID (Twilio: `AC` and 32 hexadecimal digits)."""
    if not re.fullmatch(f"AC{_HEX}", text):
        message = "must be a Twilio account SID: AC and 32 hexadecimal digits"
        raise ValueError(message)
    return text


def api_key(text: str) -> str:
    """Take a Twilio API key's SID (Twilio: `SK` and 32 hexadecimal digits)."""
    if not re.fullmatch(f"SK{_HEX}", text):
        message = "must be the SID of a Twilio API key: SK and 32 hexadecimal digits"
        raise ValueError(message)
    return text


def listen(text: str) -> tuple[str, int]:
    """Read `host:port`, an IPv6 address in brackets; port 0 takes a free one."""
    host, _, port = text.rpartition(":")
    bare = host[1:-1] if re.fullmatch(r"\[[0-9A-Fa-f:.]+\]", host) else None
    if (bare is None and not _HOST.fullmatch(host)) or not re.fullmatch("[0-9]{1,5}", port):
        message = "must be host:port such as 127.0.0.1:8790 or [::1]:8790"
        raise ValueError(message)
    if int(port) >= _PORTS:
        message = "the port must be 0 to 65535"
        raise ValueError(message)
    return bare or host, int(port)
