"""What aiohttp's server logs: a stranger's bytes that are no request are one short line."""

from __future__ import annotations

import logging

import structlog
from aiohttp.http_exceptions import HttpProcessingError

_log = structlog.get_logger(__name__)


def server_log() -> logging.Logger:
    """Return the logger for it. An exception of a page of ours keeps its traceback."""
    log = logging.getLogger(__name__)
    # aiohttp tells some of them at this level.
    log.setLevel(logging.DEBUG)
    log.addFilter(_is_ours)
    return log


def _is_ours(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        # Its text quotes the bytes.
        _log.debug("http_malformed", error=type(error).__name__)
        return False
    return True
