"""How many file descriptors the process may have, and whether that is enough for its settings."""

from __future__ import annotations

import resource

from smsherald.errors import LimitError
from smsherald.web.doorkeeper import MOST

OTHERS = 64
"""Descriptors for all else: the broker's connections, the ledger's, files, resolvers, with room."""


def provide(concurrency: int) -> None:
    """Raise the limit to the hard one. Raises LimitError where `concurrency` does not fit in it.

    Each SMS in flight may have a connection to Twilio. A limit that is reached later would cost
    whatever comes then: a text, a probe, the ledger.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Those that wait to be accepted are beside those that are.
    needed = concurrency + 2 * MOST + OTHERS
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise LimitError(
            f"broker.concurrency: {concurrency} SMSes in flight need {needed} file descriptors, "
            f"and the process may have {hard} (ulimit -Hn; LimitNOFILE= of a systemd unit)"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
