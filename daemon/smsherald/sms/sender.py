"""Senders: numbers, Messaging Services, short codes, alphanumeric names."""

from __future__ import annotations

import re

from smsherald.sms.phone import e164

_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
# With a digit among them: MGB is a good name for who sells cars.
_NEARLY_A_SERVICE = re.compile(r"MG(?=[a-fA-F]*[0-9])[0-9a-fA-F]+")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &_+-]{1,11}")
_LONG_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &_+-]{12,}")


def sender(text: str, region: str) -> str:
    """Return a sender as Twilio takes it (Twilio: Messages resource, `From`).

    A Messaging Service, a short code or an alphanumeric name stays as it is; all else must be
    a number. Raises UnusableError(BAD_NUMBER).
    """
    if any(shape.fullmatch(text) for shape in (_SERVICE, _SHORT_CODE, _NAME)):
        return text
    return e164(text, region)


def is_long_name(text: str) -> bool:
    """Say whether it would be an alphanumeric name, had it 11 characters at most."""
    return _LONG_NAME.fullmatch(text) is not None and not is_messaging_service(text)


def is_messaging_service(sender: str) -> bool:
    """Say whether a sender is the SID of a Messaging Service (Twilio: MG and 32 hex digits)."""
    return _SERVICE.fullmatch(sender) is not None


def takes_replies(sender: str) -> bool:
    """Say whether a text can be answered: not one of an alphanumeric name.

    Twilio: "Alphanumeric Sender ID", which is one-way, so that STOP never comes.
    """
    return is_messaging_service(sender) or sender.removeprefix("+").isdigit()


def is_nearly_a_service(sender: str) -> bool:
    """Say whether a sender looks like the SID of a Messaging Service and has a wrong length."""
    return not is_messaging_service(sender) and _NEARLY_A_SERVICE.fullmatch(sender) is not None
