"""What Twilio refuses to send: its checks of a request, and its magic numbers.

Sources: Twilio's Messages resource, error dictionary and "Test credentials". The shapes are
checked, not the numbers themselves: any well-formed sender belongs to every account here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qs, urlsplit

from smsherald.sandbox.messages import Draft
from smsherald.sandbox.refusals import Refusal, bad_parameter
from smsherald.sms import as_gsm7, is_messaging_service

Fields = Mapping[str, Sequence[str]]

LONGEST_TEXT: Final = 1600
LONGEST_VALIDITY: Final = 36_000
MOST_MEDIA: Final = 10
_MOST_FIELDS: Final = 100
_NO_OPTIONS: Final = frozenset(
    {"To", "From", "MessagingServiceSid", "Body", "MediaUrl", "SmartEncoded"}
)
"""Parameters that say what is sent, to whom and by whom, and what every text of ours says."""

_E164 = re.compile(r"\A\+[1-9][0-9]{6,14}\Z")
_SHORT_CODE = re.compile(r"\A[1-9][0-9]{2,7}\Z")
# One letter at least: without, it would be a number.
_ALPHANUMERIC = re.compile(r"\A(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}\Z")

_MAGIC_RECIPIENTS: Mapping[str, tuple[int, str]] = {
    "+15005550001": (21211, "The 'To' number {} is not a valid phone number"),
    "+15005550002": (21612, "The 'To' number {} is not reachable from this 'From' via SMS"),
    "+15005550003": (21408, "Permission to send an SMS to the region of {} is not enabled"),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient {}"),
    "+15005550009": (21614, "The 'To' number {} is not a mobile number"),
}
_MAGIC_SENDERS: Mapping[str, tuple[int, str]] = {
    "+15005550001": (21212, "The 'From' number {} is not a valid phone number or sender"),
    "+15005550007": (21606, "The 'From' number {} is not message-capable for this destination"),
    "+15005550008": (21611, "The 'From' number {} has too many messages in its queue"),
}


def is_number(text: str) -> bool:
    """Say whether it is a number in E.164."""
    return _E164.match(text) is not None


def is_short_code(text: str) -> bool:
    """Say whether it has the shape of a short code."""
    return _SHORT_CODE.match(text) is not None


def magic_sender(text: str) -> bool:
    """Say whether it is a number that is nobody's to send by."""
    return text in _MAGIC_SENDERS


def read_form(content_type: str, body: bytes) -> Fields | Refusal:
    """Read the fields of a request; any other content type than a form has none."""
    if content_type != "application/x-www-form-urlencoded":
        return {}
    try:
        return parse_qs(body.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        return bad_parameter("body")


def read_draft(account: str, fields: Fields) -> Draft | Refusal:
    """Check a request as Twilio would; the first thing wrong is what it says."""
    to, sender, service, text = (
        fields.get(name, ("",))[-1] for name in ("To", "From", "MessagingServiceSid", "Body")
    )
    media = tuple(fields.get("MediaUrl", ()))
    body = _encoded(text, fields)
    options = {name: values[-1] for name, values in fields.items() if name not in _NO_OPTIONS}
    return (
        _missing(to, sender or service, text, media)
        or _recipient(to, sender)
        or _sender(sender, service)
        or _content(text, media)
        or _options(fields)
        or Draft(account, to, sender or None, service or None, body, media, options)
    )


def _missing(to: str, sender: str, text: str, media: Sequence[str]) -> Refusal | None:
    if not to:
        return Refusal(400, 21604, "A 'To' phone number is required")
    if not sender:
        return Refusal(400, 21603, "A 'From' or 'MessagingServiceSid' is required")
    if not text and not media:
        return Refusal(400, 21602, "A message body is required")
    return None


def _recipient(to: str, sender: str) -> Refusal | None:
    if magic := _MAGIC_RECIPIENTS.get(to):
        return _magic(magic, to)
    if not _E164.match(to):
        return _magic(_MAGIC_RECIPIENTS["+15005550001"], to)
    if to == sender:
        return Refusal(400, 21266, "'To' and 'From' numbers cannot be the same")
    return None


def _sender(sender: str, service: str) -> Refusal | None:
    if service and not is_messaging_service(service):
        return Refusal(400, 21701, f"The Messaging Service {service} does not exist")
    if magic := _MAGIC_SENDERS.get(sender):
        return _magic(magic, sender)
    if sender and not any(shape.match(sender) for shape in (_E164, _SHORT_CODE, _ALPHANUMERIC)):
        return _magic(_MAGIC_SENDERS["+15005550001"], sender)
    return None


def _content(text: str, media: Sequence[str]) -> Refusal | None:
    if len(text) > LONGEST_TEXT:
        return Refusal(400, 21617, "The message body exceeds the 1600 character limit")
    if len(media) > MOST_MEDIA:
        return Refusal(400, 21623, "The number of media files exceeds the limit")
    if not all(map(_is_url, media)):
        return Refusal(400, 21620, "A media URL is not valid")
    return None


def _options(fields: Fields) -> Refusal | None:
    callback = fields.get("StatusCallback")
    if callback and not _is_url(callback[-1]):
        return Refusal(400, 21609, "The 'StatusCallback' URL is not valid")
    smart = fields.get("SmartEncoded")
    if smart and smart[-1] not in {"true", "false"}:
        return bad_parameter("SmartEncoded")
    validity = fields.get("ValidityPeriod")
    if validity and not _is_validity(validity[-1]):
        return Refusal(400, 21624, "The 'ValidityPeriod' is not a number from 1 to 36000")
    return None


def _encoded(text: str, fields: Fields) -> str:
    """Do Smart Encoding: all of the text or none; a Messaging Service does it unless told not to.

    The table is ours, which is Twilio's with its oddities mended.
    """
    default = "true" if "MessagingServiceSid" in fields else "false"
    if fields.get("SmartEncoded", (default,))[-1] == "false":
        return text
    return as_gsm7(text) or text


def _magic(magic: tuple[int, str], number: str) -> Refusal:
    code, message = magic
    return Refusal(400, code, message.format(number))


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _is_validity(text: str) -> bool:
    return re.match(r"\A[1-9][0-9]{0,4}\Z", text) is not None and int(text) <= LONGEST_VALIDITY
