"""One text for a person: as on a phone, and beneath it what else there is to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smsherald.cli.flows.preview.bubble import MARK, bubble, shown
from smsherald.cli.flows.preview.costs import GSM7
from smsherald.cli.flows.preview.layout import items
from smsherald.cli.flows.preview.paint import Paint
from smsherald.cli.operate.explanations.explanation import in_short

_ENCODINGS = {GSM7: ("GSM-7", "septets"), "ucs2": ("UCS-2", "UTF-16 units")}
_MOST = 8
"""Characters that are named, and places of each."""
_SOURCES = {
    "address": "by the country of its address",
    "region": "by the flow's region",
    "default": "by the default region, for no country was said",
}


def lines_of_text(text: Mapping[str, Any], paint: Paint, columns: int) -> Iterator[str]:
    """Go through the lines."""
    segments = [segment["text"] for segment in text["segments"]]
    yield from (f"  {line}" for line in bubble(segments, mark=paint.mark))
    for name, said in _rows(text):
        first, *more = items(name, said, columns)
        yield first.replace(name, paint.faint(name), 1) if name.strip() else first
        yield from more
    if text["skipped"] is not None:
        yield from map(paint.bad, items("skipped", in_short(text["skipped"]), columns))


def _rows(text: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "to", _to(text)
    if text["publish"] is not None:
        yield (
            "published",
            f"as {text['publish']}, in place of an SMS: who subscribes to that sends it",
        )
    if text["publish"] is None or text["from"] is not None:
        yield "from", _from(text)
    if text["locale"] is not None:
        yield "message", _message(text["locale"])
    if text["reference"] is not None:
        yield "reference", text["reference"]
    if text["once"] is not None:
        yield "once", f"{text['once']}: to this number once for all events that say so"
    yield from _size(text)
    if text["publish"] is None:
        yield "price", _price(text)
        yield from (("media", link) for link in text["media"])
        if text["options"]:
            yield "options", ", ".join(f"{name}={value}" for name, value in text["options"].items())
        if text["expires"] is not None:
            yield "expires", text["expires"].replace("T", " ").replace("+00:00", " UTC")


def _to(text: Mapping[str, Any]) -> str:
    read = text["read_in"]
    if read is None:
        return str(text["to"])
    return f"{text['to']}, read as a number of {read['country']}: {_SOURCES[read['by']]}"


def _from(text: Mapping[str, Any]) -> str:
    account = "" if text["account"] is None else f" (account {text['account']})"
    own = text["from"] or "the account's own, which is not known here"
    if text["from_wanted"] is not None:
        return f"{own}{account}; the account does not own {text['from_wanted']}"
    return f"{own}{account}"


def _message(locale: Mapping[str, Any]) -> str:
    chosen = locale["message"] or "the only one"
    said = locale["event"]
    return f"{chosen}; the event says {said}" if said else f"{chosen}; the event says no locale"


def _size(text: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    name, units = _ENCODINGS[text["encoding"]]
    segments = text["segments"]
    taken = " + ".join(str(each["units"]) for each in segments)
    if len(segments) == 1:
        yield "segments", f"1 of {name}: {taken} of {segments[0]['room']} {units}"
    else:
        each = f"{taken} {units}, of {segments[0]['room']} each"
        yield "segments", f"{len(segments)} of {name}: {each}; {MARK} stands where one ends"
    if text["written"] is not None:
        yield "written", _written(text)
    yield from _costly(text["ucs2"])
    if text["in_gsm7"] is not None:
        count = text["in_gsm7"]["segments"]
        yield "", f"With `encoding: gsm7` it would take {_segments(count)} of GSM-7."
    elif text["ucs2"]:
        yield "", "With `encoding: gsm7` it would stay as it is: not all of it can be replaced."


def _written(text: Mapping[str, Any]) -> str:
    return f"before it was brought into GSM-7, cut or composed: {text['written']}"


def _costly(characters: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    label = "UCS-2 for"
    for each in characters[:_MOST]:
        places = each["at"]
        at = ", ".join(map(str, places[:_MOST]))
        more = f" and {len(places) - _MOST} more places" if len(places) > _MOST else ""
        character = f"{_shown(each['character'])} {each['code_point']} {each['name']}"
        yield label, f"{character}, at {at}{more}: {_replaced(each['replaced_by'])}"
        label = ""
    if len(characters) > _MOST:
        yield "", f"and {len(characters) - _MOST} other characters"


def _shown(character: str) -> str:
    return "(not seen)" if shown(character) != character else character


def _replaced(by: str | None) -> str:
    if by is None:
        return "GSM-7 has nothing like it"
    return (
        f"gsm7 writes {by}"
        if by.strip()
        else ("gsm7 writes a space" if by else "gsm7 leaves it out")
    )


def _price(text: Mapping[str, Any]) -> str:
    price = text["price"]
    if price is not None:
        currency = "" if price["currency"] is None else f" {price['currency']}"
        return f"{price['amount']}{currency} for {_segments(len(text['segments']))}"
    if text["media"]:
        return "not known: it is an MMS, and `prices` are those of segments"
    return "not known: `prices` has none for this number"


def _segments(count: int) -> str:
    return "1 segment" if count == 1 else f"{count} segments"
