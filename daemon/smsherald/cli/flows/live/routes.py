"""The exchanges of others, compared with what flows subscribe to there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from smsherald.broker.found import Other
from smsherald.broker.topology import Topology
from smsherald.cli.flows.live.finding import Finding, Mark

EMPTY = "(no key)"
"""How an empty routing key is written."""
_COMPARES = "direct"
"""The type of exchange to which `#` and `*` are signs as all others."""
_LOOKS_NOT = frozenset({"fanout", "headers"})
"""Types of exchange that do not look at routing keys."""


def of_routes(
    others: Sequence[Other], topology: Topology, types: Mapping[str, str]
) -> Iterator[Finding]:
    """Say a line for each; `types` are what the management plugin shows of them."""
    for other in others:
        keys = sorted(key for name, key in topology.others if name == other.name)
        yield _of(other, keys, other.type or types.get(other.name, ""), topology)


def _of(other: Other, keys: Sequence[str], kind: str, topology: Topology) -> Finding:
    subject = f"exchange {other.name}"
    if other.missing is not None:
        todo = "compare its name with the publisher, who declares it"
        if topology.own:
            todo += "; the daemon binds it within a minute, and what is published before is lost"
        return Finding(Mark.WARNING, subject, "is not there: no events come from it", todo)
    if other.refused is not None:
        found = f"the broker does not let us look at it: {other.refused}"
        todo = "our user needs the right to read it; /readyz says whether it is bound"
        return Finding(Mark.UNSEEN, subject, found, todo)
    if not kind:
        return Finding(Mark.OK, subject, "stands")
    if kind == _COMPARES and (vague := [key for key in keys if set(key.split(".")) & {"#", "*"}]):
        found = f"is a direct exchange: by {' and '.join(vague)} no events come from it"
        return Finding(Mark.ERROR, subject, found, "name their routing key: `key` of the route")
    found = f"stands, a {kind} exchange"
    if kind in _LOOKS_NOT and (named := [key or EMPTY for key in keys if key != "#"]):
        found += f": the queue gets all of it, and flows take what has the key {', '.join(named)}"
    return Finding(Mark.OK, subject, found)
