"""What RabbitMQ has, compared with what we need; values in, findings out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from smsherald.broker.found import Entity, Kind, Managed, ManagedQueue, Rights, Stands
from smsherald.broker.topology import Topology
from smsherald.cli.flows.live.finding import Finding, Mark
from smsherald.cli.flows.live.policies import Difference, differences

NO_MANAGEMENT = "broker.management is not set"
_DEFAULT_EXCHANGE = "amq.default"
"""What rights call the exchange without a name."""


def of_broker(stands: Stands, managed: Managed | None, topology: Topology) -> Iterator[Finding]:
    """Compare all of it; `managed` is None where nobody could be asked."""
    yield Finding(Mark.OK, "broker", f"{stands.product} takes our user")
    yield from _entities(stands.entities, topology)
    yield from _governed(stands, managed, topology)


def _entities(entities: Iterable[Entity], topology: Topology) -> Iterator[Finding]:
    """Say in one line what is alike: the retry queues that stand, and all that does not."""
    missing, retrying = [], []
    for entity in entities:
        good = entity.clash is None and entity.refused is None
        if good and entity.missing is not None:
            missing.append(entity)
        elif good and entity.kind is Kind.QUEUE and not _is_main(entity, topology):
            retrying.append(entity)
        else:
            yield _entity(entity, topology)
    if retrying:
        waiting = sum(entity.ready for entity in retrying)
        as_declared = _stands(compared=all(entity.compared for entity in retrying))
        yield Finding(
            Mark.OK, f"retry queues ({len(retrying)})", f"{as_declared}; {waiting:,} wait"
        )
    if missing:
        yield _missing(missing, topology)


def _is_main(entity: Entity, topology: Topology) -> bool:
    return entity.name in {topology.queue, topology.parked}


def _stands(*, compared: bool) -> str:
    return "stands as we declare it" if compared else "stands"


def _entity(entity: Entity, topology: Topology) -> Finding:
    subject = f"{entity.kind} {entity.name}"
    if entity.clash is not None:
        return Finding(
            Mark.ERROR,
            subject,
            f"stands with other arguments than ours: {entity.clash}",
            "the daemon does not start: delete it once it is empty, or name another in "
            "broker.queue or broker.exchange",
        )
    if entity.refused is not None:
        mark, todo = Mark.UNSEEN, "see what broker.management shows"
        if topology.own:
            mark, todo = Mark.ERROR, "give our user the rights on it, or set broker.declare: false"
        return Finding(mark, subject, f"the broker refuses us: {entity.refused}", todo)
    found = _stands(compared=entity.compared)
    if entity.kind is Kind.EXCHANGE:
        return Finding(Mark.OK, subject, found)
    if entity.name == topology.parked:
        look = " for a person: smsherald parked list" if entity.ready else ""
        return Finding(Mark.OK, subject, f"{found}; {entity.ready:,} wait{look}")
    consumers = f"{entity.consumers:,} consumer{'' if entity.consumers == 1 else 's'}"
    by = consumers if entity.consumers else "no daemon consumes it"
    return Finding(Mark.OK, subject, f"{found}; {entity.ready:,} wait, {by}")


def _missing(missing: list[Entity], topology: Topology) -> Finding:
    names = []
    for entity in missing:
        # Else it is such as a queue whose node is down.
        known = f"no {entity.kind}" in str(entity.missing)
        names.append(f"{entity.kind} {entity.name}{'' if known else f' ({entity.missing})'}")
    found = ", ".join(names)
    if not topology.own:
        todo = "declare it, or let smsherald do so (broker.declare: true)"
        return Finding(Mark.ERROR, "missing", found, todo)
    todo = "the daemon makes it when it starts"
    if any(entity.name in {topology.queue, topology.exchange} for entity in missing):
        todo += "; what is published before is lost"
    return Finding(Mark.WARNING, "not there yet", found, todo)


def _governed(stands: Stands, managed: Managed | None, topology: Topology) -> Iterator[Finding]:
    if managed is None:
        todo = "set it to http://user:password@host:15672 of RabbitMQ's management plugin"
        yield Finding(Mark.UNSEEN, "policies and rights", NO_MANAGEMENT, todo)
        return
    if isinstance(managed.queues, str):
        if managed.rights == managed.queues:
            yield _unmanaged("policies and rights", managed.queues, "administrator")
            return
        yield _unmanaged("policies", managed.queues, "management")
    else:
        yield from _policies(stands, managed.queues, topology)
        yield from _bindings(managed, topology)
    if isinstance(managed.rights, str):
        yield _unmanaged("rights", managed.rights, "administrator")
    else:
        yield _rights(managed.rights, topology)


def _policies(
    stands: Stands, queues: Mapping[str, ManagedQueue | None], topology: Topology
) -> Iterator[Finding]:
    """Say once what holds for several queues alike, such as all retry queues."""
    standing = {
        entity.name: entity.compared
        for entity in stands.entities
        if entity.kind is Kind.QUEUE and entity.missing is None
    }
    if not standing:
        found, todo = (
            "no queue stands yet that they could change",
            "look again once the daemon has run",
        )
        yield Finding(Mark.UNSEEN, "policies", found, todo)
        return
    if unknown := [name for name in standing if queues.get(name) is None]:
        found = f"broker.management does not know {', '.join(unknown)}"
        yield Finding(Mark.UNSEEN, "policies", found, "is it that of the broker of broker.url?")
        return
    alike: dict[Difference, list[str]] = {}
    for name, needed in topology.queues.items():
        if (queue := queues.get(name)) is not None:
            compared = standing.get(name, False)
            for difference in differences(name, queue, needed, topology, compared=compared):
                alike.setdefault(difference, []).append(name)
    for difference, names in alike.items():
        yield difference.on(names)
    if not alike:
        yield Finding(Mark.OK, "policies", "none changes what our queues do")


def _unmanaged(subject: str, why: str, tag: str) -> Finding:
    todo = f"compare broker.management with it; its user needs the tag `{tag}`, and rights there"
    return Finding(Mark.UNSEEN, subject, f"broker.management: {why}", todo)


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
