"""What can be used of a flow and is hardly meant: the warnings of `check`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from smsherald.errors import Problem, UnusableError
from smsherald.flows import ITEM, Flow, Template
from smsherald.settings.fields import AtKey
from smsherald.settings.flows.languages import stranger
from smsherald.settings.keys import locate, named
from smsherald.settings.yaml.places import Document, Path
from smsherald.settings.yaml.within import within
from smsherald.sms import as_gsm7, forcing, sender, takes_replies

# Carriers of the United States drop texts with links of shorteners that many share, and others
# deliver fewer of them (Twilio: "How can I send shortened links in my messages?"; CTIA: Messaging
# Principles and Best Practices, 5.3.2).
_SHORTENERS = re.compile(
    r"(?<![\w.-])(?:www\.)?(?:bit\.ly|bitly\.com|tinyurl\.com|goo\.gl|t\.co|ow\.ly|is\.gd|v\.gd|buff\.ly|"
    r"rebrand\.ly|cutt\.ly|tiny\.cc|rb\.gy|t\.ly|shorturl\.at|adf\.ly|lnkd\.in|soo\.gd|bit\.do)"
    r"(?!\.?[\w-])",
    re.IGNORECASE,
)
_STRAY = re.compile(r"\$\{\w+|\{\s*\w+(?:\.\w+)*\s*\}|\}\}|%\}")
_BRACES = "a template has two braces at both ends"
_HINTS = {"$": "`${…}` works in settings only", "%": "a statement begins with `{%`"}
_OPTS_OUT = re.compile(r"https?://|www\.|\w\.[a-z]{2,}/|\S@\S|[0-9]{3}", re.IGNORECASE)
"""Where somebody can turn to who wants no more: a link, an address, a number."""
_LINKS = re.compile(r"unsub|opt_?out|stop|ur[il]|link|phone|mail", re.IGNORECASE)
"""Names of what an event says of that."""


def doubtful(
    flow: Flow, document: Document, retention: float, *, sender_is_known: bool
) -> list[Problem]:
    """Find what can be used and is hardly meant; `retention` is the ledger's, in seconds."""
    found = []
    if len(flow.messages) > 1 and flow.locale is None:
        message = f"only {next(iter(flow.messages))} can ever be used: there is no `locale`"
        found.append(locate(document, ("message",), AtKey(message)))
    if flow.to_each is not None and not any(way.template.reads(ITEM) for way in flow.to):
        message = "does not use `item`: all elements have one number, and get one SMS together"
        found.append(locate(document, ("to",), AtKey(message)))
    if flow.once is not None and flow.once.fixed is not None:
        message = (
            "is one text for all events: a recipient gets one SMS of this flow, then none for as "
            "long as ledger.retention; is a template such as `{{ event.body.id }}` meant?"
        )
        found.append(locate(document, ("once",), message))
    if not flow.tests:
        found.append(locate(document, (), "has no `tests`: nothing says whether it does its work"))
    if "max_age" in document.data and flow.max_age is not None and flow.max_age > retention:
        message = "is longer than ledger.retention: an event that comes again in between is texted"
        found.append(locate(document, ("max_age",), f"{message} again"))
    silent = flow.consent is not None and sender_is_known and _is_silent(flow)
    for locale, template in flow.messages.items():
        path: Path = ("message", locale) if locale else ("message",)
        if locale and (fault := stranger(locale)):
            found.append(locate(document, path, AtKey(fault)))
        found += _of_a_text(template, path, document)
        if silent and not _says_how_to_opt_out(template):
            message = (
                "says no way to opt out: the sender is a name, which takes no STOP; "
                "a link, an address or a number is due"
            )
            found.append(locate(document, path, message))
    return found


def _of_a_text(template: Template, path: Path, document: Document) -> Iterator[Problem]:
    text = "".join(template.texts)
    if shortener := _SHORTENERS.search(text):
        host = shortener[0].lower().removeprefix("www.")
        message = (
            f"{host} is shared by everybody: carriers drop texts with its links; "
            "a domain of your own is due"
        )
        yield _at(shortener[0], template, path, document, message)
    if (stray := _STRAY.search(text)) and "raw" not in template.source:
        message = f"`{stray[0]}` is sent as it stands: {_HINTS.get(stray[0][0], _BRACES)}"
        yield _at(stray[0], template, path, document, message)
    if "encoding" not in document.data and (foreign := _by_accident(text)):
        named = ", ".join(f"{each} (U+{ord(each):04X})" for each in foreign)
        message = (
            f"not in GSM-7: {named}; so a segment has 70 characters and not 160; "
            "`encoding: gsm7` replaces them, `encoding: keep` says that they are meant"
        )
        yield _at(foreign[0], template, path, document, message)


def _by_accident(text: str) -> str:
    """Return the characters that alone force UCS-2, and need not: quotes, dashes, spaces.

    A letter is meant: its language is written so.
    """
    foreign = forcing(text)
    if any(unicodedata.category(each)[0] in "LM" for each in foreign) or as_gsm7(text) is None:
        return ""
    return foreign


def _at(what: str, template: Template, path: Path, document: Document, message: str) -> Problem:
    """Put a message where a piece of a template's text stands first."""
    before = template.source[: template.source.find(what)]
    column = len(before) - before.rfind("\n")
    place = within(document, path, before.count("\n") + 1, column)
    return place.problem(f"{named(path)}: {message}")


def _is_silent(flow: Flow) -> bool:
    """Say whether the flow's sender is known to take no replies."""
    said = flow.account.sender if flow.sender is None else flow.sender.fixed
    try:
        return said is not None and not takes_replies(sender(said, flow.default_region))
    except UnusableError:
        return False


def _says_how_to_opt_out(template: Template) -> bool:
    if _OPTS_OUT.search("".join(template.texts)):
        return True
    return any(_LINKS.search(str(path[-1])) for path in template.printed)
