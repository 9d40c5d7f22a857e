"""Whether others than the daemons on the ledger consume the queue."""

from __future__ import annotations

from collections.abc import Iterator

from smsherald.broker.found import Stands
from smsherald.cli.flows.live.finding import Finding, Mark


def of_consumers(stands: Stands, queue: str, daemons: int) -> Iterator[Finding]:
    """Find them; `daemons` is how many were seen on the ledger of late, at the most."""
    consumers = sum(each.consumers for each in stands.entities if each.name == queue)
    if consumers > daemons:
        others = "another one consumes it" if consumers - daemons == 1 else "others consume it"
        yield Finding(
            Mark.WARNING,
            "consumers",
            f"beside {daemons:,} on this ledger, {others}: {queue}",
            "what is taken there nobody here texts; `rabbitmqctl list_consumers` shows by whom; "
            "daemons of one SMSHERALD_INSTANCE count as one",
        )
