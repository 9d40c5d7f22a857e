"""What RabbitMQ has, compared with what we need; values in, findings out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import assert_never

from smsherald.broker.found import (
    Entity,
    Kind,
    Managed,
    ManagedQueue,
    Rights,
    Stands,
    Trouble,
    Unseen,
)
from smsherald.broker.topology import Topology
from smsherald.cli.flows.live.finding import Finding, Mark
from smsherald.cli.flows.live.policies import Difference, differences, other_arguments
from smsherald.cli.flows.live.routes import EMPTY, of_routes
from smsherald.unit import ours

NO_MANAGEMENT = "broker.management is not set"
_DEFAULT_EXCHANGE = "amq.default"
"""What rights call the exchange without a name."""


def of_broker(stands: Stands, managed: Managed | None, topology: Topology) -> Iterator[Finding]:
    """Compare all of it; `managed` is None where nobody could be asked."""
    yield Finding(Mark.OK, "broker", f"{stands.product} takes our user")
    otherwise = _otherwise(stands, managed, topology)
    yield from _entities(stands.entities, topology, otherwise)
    yield from of_routes(stands.others, topology, {} if managed is None else managed.exchanges)
    yield from _governed(stands, managed, topology)


def _otherwise(
    stands: Stands, managed: Managed | None, topology: Topology
) -> Mapping[str, Difference]:
    """Return how queues stand otherwise than needed that the broker itself has not compared."""
    if managed is None or isinstance(managed.queues, Unseen):
        return {}
    standing = [each for each in stands.entities if _stands_as_queue(each)]
    if any(managed.queues.get(each.name) is None for each in standing):
        # It may be another broker's.
        return {}
    found = {}
    for name in (each.name for each in standing if not each.compared):
        queue, needed = managed.queues[name], topology.queues.get(name)
        if queue and needed and (difference := other_arguments(queue, needed)):
            found[name] = difference
    return found


def _stands_as_queue(entity: Entity) -> bool:
    return entity.kind is Kind.QUEUE and entity.missing is None


def _entities(
    entities: Iterable[Entity], topology: Topology, otherwise: Mapping[str, Difference]
) -> Iterator[Finding]:
    """Say in one line what is alike: the retry queues that stand, and all that does not."""
    missing, retrying = [], []
    alike: dict[Difference, list[Entity]] = {}
    for entity in entities:
        good = entity.clash is None and entity.refused is None
        # An exchange may have a queue's name.
        difference = otherwise.get(entity.name) if _stands_as_queue(entity) else None
        if difference is not None:
            alike.setdefault(difference, []).append(entity)
        if not good:
            yield _entity(entity, topology)
        elif entity.missing is not None:
            missing.append(entity)
        elif difference is None and entity.kind is Kind.QUEUE and not _is_main(entity, topology):
            retrying.append(entity)
        elif difference is None:
            yield _entity(entity, topology)
    for difference, others in alike.items():
        waiting = ", ".join(_waiting(entity, topology) for entity in others)
        found = replace(difference, found=f"{difference.found}; {waiting}")
        yield found.on(entity.name for entity in others)
    if retrying:
        waiting = _count(sum(entity.ready for entity in retrying))
        as_declared = _stands(compared=all(entity.compared for entity in retrying))
        yield Finding(Mark.OK, f"retry queues ({len(retrying)})", f"{as_declared}; {waiting}")
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
    return Finding(Mark.OK, subject, f"{found}; {_waiting(entity, topology)}")


def _count(ready: int) -> str:
    return f"{ready:,} {'waits' if ready == 1 else 'wait'}"


def _waiting(entity: Entity, topology: Topology) -> str:
    waiting = _count(entity.ready)
    if entity.name == topology.parked:
        person = f"{waiting} for a person: {ours(os.environ, 'parked', 'list')}"
        return person if entity.ready else waiting
    if entity.name != topology.queue:
        return waiting
    consumers = f"{entity.consumers:,} consumer{'' if entity.consumers == 1 else 's'}"
    return f"{waiting}, {consumers if entity.consumers else 'no daemon consumes it'}"


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
    if isinstance(managed.queues, Unseen):
        if managed.rights == managed.queues:
            yield _unmanaged("policies and rights", managed.queues, "administrator")
            return
        yield _unmanaged("policies", managed.queues, "management")
    else:
        yield from _policies(stands, managed.queues, topology)
        yield from _bindings(stands, managed, topology)
    if isinstance(managed.rights, Unseen):
        yield _unmanaged("rights", managed.rights, "administrator")
    else:
        yield _rights(managed.rights, topology)


def _policies(
    stands: Stands, queues: Mapping[str, ManagedQueue | None], topology: Topology
) -> Iterator[Finding]:
    """Say once what holds for several queues alike, such as all retry queues."""
    standing = [each.name for each in stands.entities if _stands_as_queue(each)]
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
            for difference in differences(name, queue, needed, topology):
                alike.setdefault(difference, []).append(name)
    for difference, names in alike.items():
        yield difference.on(names)
    if not alike:
        yield Finding(Mark.OK, "policies", "none changes what our queues do")


def _unmanaged(subject: str, unseen: Unseen, tag: str) -> Finding:
    match unseen.trouble:
        case Trouble.AWAY:
            todo = "see that the management plugin runs, and compare broker.management with it"
        case Trouble.LOGIN:
            todo = "mend user and password in broker.management"
        case Trouble.TAG:
            todo = f"its user needs the tag `{tag}`, and rights in this virtual host"
        case Trouble.STRANGER:
            todo = "is it the address of the management plugin of the broker of broker.url?"
        case Trouble.UNREADABLE:
            todo = ""
        case _:
            assert_never(unseen.trouble)
    return Finding(Mark.UNSEEN, subject, f"broker.management: {unseen.why}", todo)


def _bindings(stands: Stands, managed: Managed, topology: Topology) -> Iterator[Finding]:
    queue = None if isinstance(managed.queues, Unseen) else managed.queues.get(topology.queue)
    if queue is None:
        return
    subject = f"bindings of {topology.queue}"
    lacking: dict[str, list[str]] = {}
    for exchange, key in sorted(topology.bindings - queue.bound):
        lacking.setdefault(exchange, []).append(key or EMPTY)
    for other in stands.others:
        if other.missing is not None:
            lacking.pop(other.name, None)  # That is said already.
    for exchange, keys in lacking.items():
        mark, todo = Mark.ERROR, "bind them: broker.declare is false, so the daemon does not"
        if topology.own:
            mark, todo = Mark.WARNING, "the daemon binds them when it starts or reloads"
        yield Finding(
            mark,
            subject,
            f"events of {', '.join(keys)} do not come from {exchange}",
            todo,
        )
    if not lacking and topology.bindings <= queue.bound:
        yield Finding(Mark.OK, subject, f"all {len(topology.bindings)} keys of the flows are bound")


def _rights(rights: Rights, topology: Topology) -> Finding:
    queues = tuple(topology.queues)
    own, others = topology.own, sorted({name for name, _ in topology.others})
    ours = (topology.exchange,) if topology.publishes else ()
    needed = {
        "configure": (rights.configure, (*topology.exchanges, *queues) if own else ()),
        "write": (
            rights.write,
            (_DEFAULT_EXCHANGE, topology.notifications, *ours, *((topology.queue,) if own else ())),
        ),
        "read": (
            rights.read,
            (topology.exchange, *others, *queues) if own else (topology.queue, topology.parked),
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
