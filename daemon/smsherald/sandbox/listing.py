"""Twilio's list of messages: filters, pages, and the addresses of the pages beside.

Sources: "Read multiple Message resources" and "Twilio API responses".
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import islice, takewhile
from typing import Any, Final
from urllib.parse import urlencode

from smsherald.sandbox.messages import API_VERSION, Message
from smsherald.sandbox.refusals import Refusal, bad_parameter
from smsherald.sandbox.store import Store

DEFAULT_PAGE_SIZE: Final = 50
LARGEST_PAGE: Final = 1000
_MOST_DIGITS: Final = 9
_FILTERS = ("To", "From", "DateSent", "DateSent<", "DateSent>")


class Direction(Enum):
    """Which way a page token leads: its first two letters, before a message's SID."""

    OLDER = "PA"
    NEWER = "PB"


@dataclass(frozen=True, slots=True)
class Query:
    """A request for one page, as it was understood."""

    filters: Mapping[str, str]
    to: str | None
    sender: str | None
    sent_from: float
    sent_until: float
    """Both inclusive; anything but infinities leaves out what is not sent yet."""
    page: int
    size: int
    token: str | None


def read_query(parameters: Mapping[str, str]) -> Query | Refusal:
    """Read a list's parameters; a page size over 1,000 counts as 1,000, as at Twilio."""
    filters = {name: parameters[name] for name in _FILTERS if parameters.get(name)}
    try:
        sent_from, sent_until = _window(filters)
    except ValueError:
        return bad_parameter("DateSent")
    size = _number(parameters.get("PageSize"), DEFAULT_PAGE_SIZE)
    page = _number(parameters.get("Page"), 0)
    token = parameters.get("PageToken") or None
    if not size:
        return bad_parameter("PageSize")
    if page is None or (page > 0 and token is None):
        return bad_parameter("Page")
    return Query(
        filters=filters,
        to=filters.get("To"),
        sender=filters.get("From"),
        sent_from=sent_from,
        sent_until=sent_until,
        page=page,
        size=min(size, LARGEST_PAGE),
        token=token,
    )


def _number(text: str | None, default: int) -> int | None:
    if not text:
        return default
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def _window(filters: Mapping[str, str]) -> tuple[float, float]:
    """Return the earliest and latest time of sending that the filters let through.

    `DateSent` alone means that whole day; with `<` or `>` a date means its midnight. All GMT.
    """
    earliest, latest = -math.inf, math.inf
    if on := filters.get("DateSent"):
        day = _instant(on).replace(hour=0, minute=0, second=0)
        # Twilio's times are whole seconds: the last one of the day is still that day.
        earliest, latest = day.timestamp(), (day + timedelta(days=1)).timestamp() - 1e-6
    if since := filters.get("DateSent>"):
        earliest = max(earliest, _instant(since).timestamp())
    if until := filters.get("DateSent<"):
        latest = min(latest, _instant(until).timestamp())
    return earliest, latest


def _instant(text: str) -> datetime:
    form = "%Y-%m-%d" if len(text) == len("2009-07-06") else "%Y-%m-%dT%H:%M:%SZ"
    return datetime.strptime(text, form).replace(tzinfo=UTC)


def read_page(store: Store, account: str, query: Query, now: float) -> dict[str, Any] | Refusal:
    """Return one page, newest first, as Twilio's JSON shows it."""
    shown = _shown(store.newest_first(query.to), account, query, now)
    try:
        direction, anchor = _anchor(store, query.token)
    except LookupError:
        return bad_parameter("PageToken")
    match direction:
        case None:
            messages, newer, older = _first(shown, query.size, newer=False)
        case Direction.OLDER:
            rest = (message for message in shown if message.number < anchor)
            messages, newer, older = _first(rest, query.size, newer=True)
        case Direction.NEWER:
            before = list(takewhile(lambda message: message.number > anchor, shown))
            messages, newer, older = before[-query.size :], len(before) > query.size, True
    path = f"/{API_VERSION}/Accounts/{account}/Messages.json"
    start = query.page * query.size
    return {
        "end": start + max(len(messages) - 1, 0),
        "first_page_uri": _uri(path, query, 0),
        "messages": [message.resource(now) for message in messages],
        "next_page_uri": (
            _uri(path, query, query.page + 1, Direction.OLDER, messages[-1])
            if older and messages
            else None
        ),
        "page": query.page,
        "page_size": query.size,
        "previous_page_uri": (
            _uri(path, query, max(query.page - 1, 0), Direction.NEWER, messages[0])
            if newer and messages
            else None
        ),
        "start": start,
        "uri": f"{path}?{urlencode(_parameters(query, query.page, query.token))}",
    }


def _shown(
    messages: Iterable[Message], account: str, query: Query, now: float
) -> Iterator[Message]:
    by_date = not (math.isinf(query.sent_from) and math.isinf(query.sent_until))
    for message in messages:
        if message.account != account or message.listed > now:
            continue
        if query.sender is not None and message.sender_at(now) != query.sender:
            continue
        if by_date:
            sent = message.sent_at(now)
            if sent is None or not query.sent_from <= int(sent) <= query.sent_until:
                continue
        yield message


def _anchor(store: Store, token: str | None) -> tuple[Direction | None, int]:
    if token is None:
        return None, 0
    message = store.get(token[2:])
    if message is None or token[:2] not in {direction.value for direction in Direction}:
        raise LookupError
    return Direction(token[:2]), message.number


def _first(
    messages: Iterator[Message], size: int, *, newer: bool
) -> tuple[list[Message], bool, bool]:
    """Return a page from the start, and whether there is anything newer and older than it."""
    page = list(islice(messages, size))
    return page, newer, next(messages, None) is not None


def _uri(
    path: str,
    query: Query,
    page: int,
    direction: Direction | None = None,
    anchor: Message | None = None,
) -> str:
    token = f"{direction.value}{anchor.sid}" if direction and anchor else None
    return f"{path}?{urlencode(_parameters(query, page, token))}"


def _parameters(query: Query, page: int, token: str | None) -> dict[str, str | int]:
    position: dict[str, str | int] = {"PageSize": query.size, "Page": page}
    return {**query.filters, **position, **({"PageToken": token} if token else {})}
