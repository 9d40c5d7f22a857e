"""What RabbitMQ has, compared with what we need; values in, findings out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smsherald.broker.found import Entity, Kind, Managed, Rights, Stands
from smsherald.broker.topology import Topology
from smsherald.cli.flows.live.finding import Finding, Mark
from smsherald.cli.flows.live.policies import of_queue

NO_MANAGEMENT = "broker.management is not set"
_DEFAULT_EXCHANGE = "amq.default"
"""What rights call the exchange without a name."""


def of_broker(stands: Stands, managed: Managed | None, topology: Topology) -> Iterator[Finding]:
    """Compare all of it; `managed` is None where nobody could be asked."""
    yield Finding(Mark.OK, "broker", f"{stands.product} takes our user")
    for entity in stands.entities:
        yield _entity(entity, topology)
    yield from _governed(stands, managed, topology)


def _entity(entity: Entity, topology: Topology) -> Finding:
    subject = f"{entity.kind} {entity.name}"
    if entity.missing is not None:
        return _missing(subject, entity, topology)
    if entity.clash is not None:
        return Finding(
            Mark.ERROR,
            subject,
            f"stands with other arguments than ours: {entity.clash}",
            "the daemon does not start: delete it once it is empty, or name another in "
            "broker.queue or broker.exchange",
        )
    if entity.refused is not None:
        mark = Mark.ERROR if topology.own else Mark.UNSEEN
        todo = (
            "give our user the rights on it, or set broker.declare to false"
            if topology.own
            else "broker.management may show it"
        )
        return Finding(mark, subject, f"the broker refuses us: {entity.refused}", todo)
    found = "stands, as we declare it" if entity.compared else "stands"
    if entity.kind is Kind.EXCHANGE:
        return Finding(Mark.OK, subject, found)
    return _queue(subject, found, entity, topology)


def _missing(subject: str, entity: Entity, topology: Topology) -> Finding:
    # Such as a queue whose node is down.
    why = "" if f"no {entity.kind}" in str(entity.missing) else f": {entity.missing}"
    if not topology.own:
        return Finding(
            Mark.ERROR,
            subject,
            f"does not stand{why}",
            "declare it, or let smsherald do so (broker.declare)",
        )
    lost = entity.name == topology.queue
    return Finding(
        Mark.WARNING,
        subject,
        f"does not stand yet{why}",
        "the daemon makes it when it starts"
        + ("; events that are published before are lost" if lost else ""),
    )


def _queue(subject: str, found: str, entity: Entity, topology: Topology) -> Finding:
    if entity.name == topology.queue:
        by = "no daemon consumes it" if not entity.consumers else f"{entity.consumers:,} consume it"
        return Finding(Mark.OK, subject, f"{found}; {entity.ready:,} wait, {by}")
    if entity.name == topology.parked and entity.ready:
        return Finding(
            Mark.OK, subject, f"{found}; {entity.ready:,} wait for a person: smsherald parked list"
        )
    return Finding(Mark.OK, subject, f"{found}; {entity.ready:,} wait")


def _governed(stands: Stands, managed: Managed | None, topology: Topology) -> Iterator[Finding]:
    if managed is None:
        todo = "set it to http://user:password@host:15672 of RabbitMQ's management plugin"
        yield Finding(Mark.UNSEEN, "policies and rights", NO_MANAGEMENT, todo)
        return
    if isinstance(managed.queues, str):
        yield Finding(
            Mark.UNSEEN,
            "policies",
            f"broker.management: {managed.queues}",
            "its user needs the tag `monitoring`, and rights in the virtual host",
        )
    else:
        compared = {entity.name for entity in stands.entities if entity.compared}
        ours = [
            finding
            for name, needed in topology.queues.items()
            if (queue := managed.queues.get(name)) is not None
            for finding in of_queue(name, queue, needed, topology, compared=name in compared)
        ]
        yield from ours
        if not any(finding.subject.startswith("policy") for finding in ours):
            yield Finding(Mark.OK, "policies", "none changes what our queues do")
        yield from _bindings(managed, topology)
    if isinstance(managed.rights, str):
        yield Finding(
            Mark.UNSEEN,
            "rights",
            f"broker.management: {managed.rights}",
            "its user needs the tag `administrator`",
        )
    else:
        yield _rights(managed.rights, topology)


def _bindings(managed: Managed, topology: Topology) -> Iterator[Finding]:
    queue = None if isinstance(managed.queues, str) else managed.queues.get(topology.queue)
    if queue is None:
        return
    bound = {key for exchange, key in queue.bound if exchange == topology.exchange}
    subject = f"bindings of {topology.queue}"
    if missing := sorted(topology.keys - bound):
        mark, todo = Mark.ERROR, "bind them: broker.declare is false, so the daemon does not"
        if topology.own:
            mark, todo = Mark.WARNING, "the daemon binds them when it starts or reloads"
        yield Finding(
            mark,
            subject,
            f"events of {', '.join(missing)} do not come from {topology.exchange}",
            todo,
        )
    else:
        yield Finding(Mark.OK, subject, f"all {len(topology.keys)} keys of the flows are bound")


def _rights(rights: Rights, topology: Topology) -> Finding:
    queues = tuple(topology.queues)
    own = topology.own
    needed = {
        "configure": (rights.configure, (*topology.exchanges, *queues) if own else ()),
        "write": (
            rights.write,
            (_DEFAULT_EXCHANGE, topology.notifications, *((topology.queue,) if own else ())),
        ),
        "read": (
            rights.read,
            (topology.exchange, *queues) if own else (topology.queue, topology.parked),
        ),
    }
    lacking = []
    try:
        for right, (pattern, names) in needed.items():
            if refused := [name for name in dict.fromkeys(names) if not _allows(pattern, name)]:
                lacking.append(f"{right} {', '.join(refused)}")
    except re.error:
        return Finding(Mark.UNSEEN, "rights", "their regular expressions are not Python's")
    if lacking:
        return Finding(
            Mark.ERROR,
            "rights",
            f"our user may not {'; nor '.join(lacking)}",
            "rabbitmqctl set_permissions; amq.default is the exchange without a name",
        )
    return Finding(Mark.OK, "rights", "our user may configure, write and read all it needs")


def _allows(pattern: str, name: str) -> bool:
    """Compare as RabbitMQ does: anywhere in the name, and an empty one allows nothing."""
    return bool(pattern) and re.search(pattern, name) is not None
