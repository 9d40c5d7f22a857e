"""Masks what names a person in a recorded event, as far as that can be recognised.

What is masked stays of its kind: a number is still a number of its country, and what was equal is
equal, so that flows and `backtest` do with it what they did with the original.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from secrets import token_bytes
from typing import Any

SECRET = "***"  # noqa: S105 - it stands for one

_LETTERS = re.compile(r"[^\W\d_]")
_BETWEEN = re.compile(r"[-_\s.:]")
_EMAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"']+")
_NUMBER = re.compile(r"\+\d[\d ()./-]{5,}\d")
_QUERY = re.compile(
    r"(?<=[?&;])((?:key|sig|[a-z_]*(?:token|secret|signature|hmac))=)[^&;#\s]+", re.IGNORECASE
)
_DIGIT = re.compile(rf"({_NUMBER.pattern})|\d")
_LAST = 6
"""Digits of a number that are replaced: what is before them says country and network."""

_SECRETS = re.compile(
    r"password|passwd|secret|token|authorization|apikey|accesskey|privatekey|credential|signature|"
    r"hmac|cookie|iban|^ssn$|taxid|cardnumber|creditcard|^cv[cv]\d?$|"
    r"^(pin|otp|tan)$|pin(code|number)$|"
    r"(access|door|entry|unlock|pickup|collection|security|verification|onetime)(pin|code)$"
)
_NUMBERS = re.compile(
    r"phone|mobile|msisdn|whatsapp|^tel$|^tel(no|nr|number)|^cell$|smsremindernumber|fax|^to$"
)
_NAMES = re.compile(
    r"^(first|last|full|given|family|middle|sur|customer|company|recipient|shipping|billing|"
    r"display|user|nick|contact|buyer|payer|receiver|holder|guest)?name$|"
    r"^(address|street|line)(line)?\d?$|^address[12]$|^company$|^city$|^contact$|"
    r"^(zip|postal|post)(code)?$|^(note|notes|comment|comments|customernote|giftmessage|message)$|"
    r"birth|^dob$|^ip$|ipaddress|browserip|clientip|^(lat|lng|latitude|longitude)$"
)
_CALLED = re.compile(r"name$")
"""Digits in it are no address, and may be all that tells a flow which it is: `name: "#1001"`."""
_MAILS = re.compile(r"e?mail(address)?$")


class Mask:
    """Replaces by a key that lives as long as this does: what is masked cannot be found again."""

    def __init__(self) -> None:
        self._key = token_bytes(16)

    def line(self, line: Mapping[str, Any]) -> dict[str, Any]:
        """Return a recorded event with headers, properties and body masked.

        A body that is no JSON is left out whole, and so are the bytes of a header: nothing in them
        can be recognised.
        """
        masked = {name: self._value(name, value) for name, value in line.items()}
        masked |= {name: line[name] for name in ("at", "exchange", "routing_key")}
        return masked | ({"body_base64": ""} if "body_base64" in line else {})

    def _value(self, name: str, value: Any) -> Any:
        match value:
            case {"$bytes": _, **rest} if not rest:
                return {"$bytes": ""}
            case Mapping():
                return {
                    self._wherever(str(key)): self._value(_within(name, str(key)), each)
                    for key, each in value.items()
                }
            case list():
                return [self._value(name, each) for each in value]
            case str():
                return self._text(name, value)
            case int() | float() if not isinstance(value, bool):
                return self._figure(name, value)
            case _:
                return value

    def _text(self, name: str, text: str) -> str:
        if _SECRETS.search(name):
            return text and SECRET
        if "@" in text and (_MAILS.search(name) or _NUMBERS.search(name)):
            return self._mail(text)
        if _NUMBERS.search(name):
            return self._number(text)
        if _NAMES.search(name):
            text = _LETTERS.sub(lambda found: "X" if found[0].isupper() else "x", text)
            if not _CALLED.search(name):
                # Of ones there are dates, codes and addresses, too.
                text = _DIGIT.sub(lambda found: found[1] or "1", text)
        return self._wherever(text)

    def _figure(self, name: str, figure: float) -> float:
        if _NUMBERS.search(name) and figure == int(figure):
            return int(self._number(str(int(figure))))
        return 0 if _NAMES.search(name) or _SECRETS.search(name) else figure

    def _wherever(self, text: str) -> str:
        """Replace what is known by its shape, whatever its name."""
        text = _EMAIL.sub(lambda found: self._mail(found[0]), text)
        text = _QUERY.sub(rf"\1{SECRET}", text)
        return _NUMBER.sub(lambda found: self._number(found[0]), text)

    def _mail(self, text: str) -> str:
        return f"{self._digits(text, 8)}@example.com"

    def _number(self, text: str) -> str:
        """Replace the last digits, and nothing between them: two spellings stay one number."""
        digits = "".join(filter(str.isdecimal, text))
        replaced = iter(reversed(self._digits(digits, _LAST)))
        signs = [next(replaced, sign) if sign.isdecimal() else sign for sign in reversed(text)]
        return "".join(reversed(signs))

    def _digits(self, text: str, count: int) -> str:
        digest = blake2b(text.encode(errors="surrogatepass"), key=self._key, digest_size=8)
        return f"{int.from_bytes(digest.digest()) % 10**count:0{count}d}"


def _within(outer: str, key: str) -> str:
    """Return by which name a value is known: all parts of a secret, number or name are one."""
    inner = _BETWEEN.sub("", key).lower()
    if _SECRETS.search(outer):
        return outer
    if any(known.search(inner) for known in (_SECRETS, _NUMBERS, _NAMES, _MAILS)):
        return inner
    whole = _NUMBERS.search(outer) or (_NAMES.search(outer) and _CALLED.search(outer))
    return outer if whole else inner
