"""Where every line goes: stdout, as JSON or for a reader, our own and those of libraries alike.

A line is one write(2) at once, some 2 µs: what was logged is there after a crash, and nobody
has to flush.
"""

from __future__ import annotations

import io
import logging
import os
import re
import sys
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from functools import partialmethod
from json import JSONEncoder
from threading import Lock
from typing import TextIO

import structlog
from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.processors import ExceptionRenderer
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from smsherald.observe.console import compact, is_event, printable
from smsherald.observe.journal import leads_there, marked
from smsherald.settings.values import LogSettings

# What a library's message or an exception's text may hold, although no line of ours does: an
# international number, also as URLs write it; the credentials of a URL.
_PRIVATE = re.compile(r"(?:(?<=\+)|(?<=%2B))[1-9][0-9]{6,14}|(?<=://)[^/@\s]+(?=@)", re.ASCII)


def configure(settings: LogSettings, stream: TextIO) -> None:
    """Send every line from the set level up, and the warnings of libraries, to `stream`."""
    terminal = stream.isatty()
    console = terminal if settings.format == "auto" else settings.format == "console"
    if isinstance(stream, io.TextIOWrapper):
        # A character that the terminal lacks must not raise; JSON is UTF-8 by RFC 8259.
        stream.reconfigure(
            encoding=stream.encoding if console else "utf-8", errors="backslashreplace"
        )
    colours = terminal and not os.environ.get("NO_COLOR")
    lines = _Lines(stream, journal=leads_there(stream, os.environ))
    structlog.configure(
        processors=[
            _drop_lower,
            _head,
            ExceptionRenderer(_traceback),
            _for_readers(colours=colours) if console else _json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET),
        logger_factory=lambda *_: lines,
        # A logger that was used before must not keep an earlier stream. Where microseconds
        # count, `bind()` once and keep what it returns.
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Libraries()], force=True)
    set_level(settings.level)


def set_level(level: str) -> None:
    """Write lines from this level up from now on; those of libraries from `warning` up at most."""
    _lowest.number = _LEVELS[level]
    logging.getLogger().setLevel(max(_LEVELS[level], logging.WARNING))


class _Lowest:
    """From which level on lines are written.

    structlog's own way would leave a logger that is bound already with the level of that time.
    """

    number = logging.NOTSET


_lowest = _Lowest()
_LEVELS = {name.lower(): number for name, number in logging.getLevelNamesMapping().items()}


def _drop_lower(_: WrappedLogger, level: str, event: EventDict) -> EventDict:
    if _LEVELS[level] < _lowest.number:
        raise structlog.DropEvent
    return event


class _Lines:
    """What structlog writes to: a full disk or a reader that left stops no event.

    stderr hears of it, once until a line can be written again. The journal is told how grave each
    line is.
    """

    def __init__(self, stream: TextIO, *, journal: bool) -> None:
        self._stream = stream
        self._journal = journal
        self._lock = Lock()
        self._failed = False

    def _write(self, level: str, line: str) -> None:
        if self._journal:
            line = marked(line, level)
        with self._lock:
            try:
                self._stream.write(line + "\n")
                self._stream.flush()
            except OSError as error:
                if not self._failed:
                    with suppress(OSError):
                        print(f"smsherald: the log cannot be written: {error}", file=sys.stderr)  # noqa: T201 - the log itself is what failed
                self._failed = True
            else:
                self._failed = False

    debug = partialmethod(_write, "debug")
    info = partialmethod(_write, "info")
    warning = partialmethod(_write, "warning")
    error = partialmethod(_write, "error")
    critical = partialmethod(_write, "critical")


class _Libraries(logging.Handler):
    """Hands the records of the standard library's logging to our own log."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):  # Arguments that do not fit: better than none.
            message = str(record.msg)
        # Levels of a library's own, between ours, count as the one below.
        level = min(record.levelno // 10 * 10, logging.CRITICAL)
        log = structlog.get_logger()
        log.log(level, _scrub(message), logger=record.name, exc_info=record.exc_info)


def _scrub(text: str) -> str:
    return _PRIVATE.sub("…", text)


def _traceback(exc_info: ExcInfo) -> str:
    # Without local variables, which structlog's own renderers show: texts and tokens among them.
    return _scrub("".join(traceback.format_exception(*exc_info)).rstrip())


def _head(_: WrappedLogger, level: str, fields: EventDict) -> EventDict:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {"timestamp": now, "level": level, "message": fields.pop("event"), **fields}


def _json(_: WrappedLogger, __: str, fields: EventDict) -> str:
    return _encode(fields)


_encode = JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=repr).encode


def _for_readers(*, colours: bool) -> Processor:
    render = ConsoleRenderer(
        colors=colours,
        sort_keys=False,
        event_key="message",
        pad_event_to=0,
        exception_formatter=plain_traceback,
    )

    def line(logger: WrappedLogger, level: str, fields: EventDict) -> str:
        if is_event(fields):
            return compact(fields, colours=colours)
        return render(logger, level, {name: _shown(name, fields[name]) for name in fields})

    return line


def _shown(name: str, value: object) -> object:
    return printable(value) if isinstance(value, str) and name != "exception" else value
