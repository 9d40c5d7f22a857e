"""What commands printed, as it stands in the docs: natural to read, and the same of every run."""

from __future__ import annotations

import re
import socket
from datetime import datetime, timedelta
from hashlib import sha256

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(\s+)(\d\d:\d\d:\d\d)")
_ID = re.compile(r"\b[0-9a-f]{10}(?:[0-9a-f]{2})?\b")
_BLOCK = re.compile(r"```console\n.*?```", re.DOTALL)
_FIRST = datetime.fromisoformat("2026-11-26 09:12:04")
_STEP = timedelta(seconds=97)
_SHAPES = (
    (re.compile(r"the(\s+)next\s+SMS\s+is\s+a\s+probe"), r"next\1probe in 40 s"),
    (re.compile(r"next(\s+)probe(\s+)in(\s+)\d+ s"), r"next\1probe\2in\g<3>40 s"),
    (re.compile(r"\(\d+(\s+)(?:s|min)(\s+)ago\)"), r"(4\1min\2ago)"),
    (re.compile(r"\(now\)"), "(4 min ago)"),
    (re.compile(r"\(in(\s+)\d+(\s+)(?:s|min)\)"), r"(in\g<1>9\2min)"),
    (re.compile(r"RabbitMQ \d[\w.+-]*"), "RabbitMQ 3.13.7"),
    (re.compile(rf"@{re.escape(socket.gethostname())}\b"), "@shop"),
    (
        re.compile(r"at(\s+)127\.0\.0\.1:\d+(\s+)\(virtual(\s+)host(\s+)[^\s)]+\)"),
        r"at\1rabbitmq:5672\2(virtual\3host\4/)",
    ),
    (re.compile(r"asks(\s+)http://127\.0\.0\.1:\d+"), r"asks\1http://127.0.0.1:8791"),
    (re.compile(r"/\S*/ledger\.db"), "/var/lib/smsherald/ledger.db"),
    (re.compile(r"/\S*/smsherald\.yaml"), "/etc/smsherald/smsherald.yaml"),
)


def natural(text: str) -> str:
    """Put what differs from run to run into what might have stood there.

    Each different id becomes another, the same each time; times become others, in their order.
    """
    for pattern, shape in _SHAPES:
        text = pattern.sub(shape, text)
    ids = list(dict.fromkeys(_ID.findall(text)))
    text = _ID.sub(lambda was: _id(ids.index(was[0]), len(was[0])), text)
    times = sorted({(day, time) for day, _, time in _TIME.findall(text)})
    return _TIME.sub(lambda was: _time(times.index((was[1], was[3])), was[2]), text)


def fitted(text: str, columns: int = 80) -> str:
    """Move what stands beyond so many columns to the line below: it was shorter before."""
    lines = text.split("\n")
    for number in range(len(lines)):
        while len(lines[number]) > columns:
            lines[number], _, word = lines[number].rpartition(" ")
            below = lines[number + 1]
            indent = len(below) - len(below.lstrip())
            lines[number + 1] = f"{below[:indent]}{word} {below[indent:]}"
    return "\n".join(lines)


def _id(number: int, digits: int) -> str:
    return sha256(b"%d" % number).hexdigest()[:digits]


def _time(number: int, between: str) -> str:
    return format(_FIRST + _STEP * number, f"%Y-%m-%d{between}%H:%M:%S")


def words(text: str) -> str:
    """Return what two runs have in common, wherever a line was broken, to compare them.

    Two things may have happened within one second, or not.
    """
    return " ".join(_TIME.sub(_time(0, " "), natural(text)).split())


def blocks(page: str) -> list[str]:
    """Return what stands in the page's consoles."""
    return [block[0].removeprefix("```console\n")[:-3] for block in _BLOCK.finditer(page)]


def with_blocks(page: str, consoles: list[str]) -> str:
    """Return the page with this in its consoles, in their order."""
    assert len(_BLOCK.findall(page)) == len(consoles)
    new = iter(consoles)
    return _BLOCK.sub(lambda _: f"```console\n{next(new)}```", page)
