"""What `check --live` says of what it finds on RabbitMQ."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

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
from smsherald.broker.topology import LOOKS, Topology
from smsherald.cli.flows.live.broker import of_broker
from smsherald.cli.flows.live.finding import Finding, Mark

TOPOLOGY = Topology(
    exchange="events",
    queue="texts",
    tiers=(5.0, 60.0),
    notifications="smsherald",
    keys=frozenset({"order.created", "order.paid"}),
    own=True,
)
MAIN, PARKED, RETRY = "texts", "texts.parked", "texts.retry.5s"
ALL = Rights(".*", ".*", ".*")
AWAY = Unseen("it does not answer: Connection refused", Trouble.AWAY)
BOUND = frozenset(("events", key) for key in TOPOLOGY.keys) | {("", MAIN)}


def stands(**changed: Entity) -> Stands:
    """Return a broker on which all is well, but for what is given by its name."""
    exchanges = [Entity(Kind.EXCHANGE, name, compared=True) for name in TOPOLOGY.exchanges]
    queues = [Entity(Kind.QUEUE, name, compared=True) for name in TOPOLOGY.queues]
    entities = (*exchanges, *queues)
    return Stands("RabbitMQ 3.10.8", tuple(changed.get(each.name, each) for each in entities))


def managed(
    definitions: dict[str, dict[str, Any]] | None = None, rights: Rights | Unseen = ALL
) -> Managed:
    """Return what the plugin shows of queues with our arguments under a policy."""
    definitions = definitions or {}
    return Managed(
        {
            name: ManagedQueue(
                type="quorum",
                arguments=arguments,
                policy="bad" if name in definitions else "",
                definition=definitions.get(name, {}),
                bound=BOUND,
            )
            for name, arguments in TOPOLOGY.queues.items()
        },
        rights,
    )


def findings(
    broker: Stands, plugin: Managed | None, topology: Topology = TOPOLOGY
) -> dict[str, Finding]:
    return {finding.subject: finding for finding in of_broker(broker, plugin, topology)}


def wrong(found: dict[str, Finding]) -> dict[str, Mark]:
    """Return what is not as it should be."""
    return {name: each.mark for name, each in found.items() if each.mark is not Mark.OK}


class TestWhatStands:
    """By AMQP."""

    def test_all_is_well_where_all_is_as_we_declare_it(self) -> None:
        found = findings(stands(), managed())

        assert wrong(found) == {}
        assert {"queue texts", "queue texts.parked", "retry queues (2)", "rights"} <= found.keys()

    def test_other_arguments_keep_the_daemon_from_starting(self) -> None:
        clash = Entity(Kind.QUEUE, MAIN, clash="inequivalent arg 'x-queue-type'", compared=True)
        found = findings(stands(texts=clash), managed())

        assert wrong(found) == {"queue texts": Mark.ERROR}
        assert "x-queue-type" in found["queue texts"].found

    @pytest.mark.parametrize(
        ("own", "subject", "mark", "todo"),
        [
            (True, "not there yet", Mark.WARNING, "published before is lost"),
            (False, "missing", Mark.ERROR, "declare it"),
        ],
    )
    def test_what_is_missing_is_made_or_stops_us(
        self,
        own: bool,  # noqa: FBT001 - a column.
        subject: str,
        mark: Mark,
        todo: str,
    ) -> None:
        missing = Entity(Kind.QUEUE, MAIN, missing="NOT_FOUND - no queue 'texts' in vhost '/'")
        found = findings(stands(texts=missing), None, replace(TOPOLOGY, own=own))

        assert found[subject].mark is mark
        assert found[subject].found == "queue texts"
        assert todo in found[subject].todo

    def test_a_queue_whose_node_is_down_is_said_to_be_so(self) -> None:
        down = Entity(Kind.QUEUE, MAIN, missing="NOT_FOUND - home node of 'texts' is down")

        assert "home node" in findings(stands(texts=down), None)["not there yet"].found

    def test_what_we_may_not_declare_stops_us_where_we_declare(self) -> None:
        refused = Entity(Kind.QUEUE, PARKED, refused="ACCESS_REFUSED")
        broker = stands(**{PARKED: refused})

        assert findings(broker, None)["queue texts.parked"].mark is Mark.ERROR
        others = findings(broker, None, replace(TOPOLOGY, own=False))
        assert others["queue texts.parked"].mark is Mark.UNSEEN

    def test_it_says_how_much_waits_and_who_consumes(self) -> None:
        found = findings(
            stands(
                texts=Entity(Kind.QUEUE, MAIN, ready=1200, compared=True),
                **{PARKED: Entity(Kind.QUEUE, PARKED, ready=3, compared=True)},
            ),
            None,
        )

        assert found["queue texts"].found.endswith("1,200 wait, no daemon consumes it")
        assert found["queue texts.parked"].found.endswith(
            "3 wait for a person: smsherald parked list"
        )


class TestPolicies:
    """By the management plugin."""

    @pytest.mark.parametrize(
        ("queue", "definition", "mark", "said"),
        [
            (MAIN, {"delivery-limit": 20}, Mark.WARNING, "20 deliveries, and ours are 1,000"),
            (PARKED, {"delivery-limit": 20}, Mark.WARNING, "what is parked is lost"),
            (MAIN, {"message-ttl": 60_000}, Mark.WARNING, "60 s are parked"),
            (PARKED, {"message-ttl": 60_000}, Mark.WARNING, "parked for 60 s is deleted"),
            (RETRY, {"message-ttl": 1_000}, Mark.WARNING, "after 1 s, not 5 s"),
            (MAIN, {"max-length": 10}, Mark.WARNING, "refuses publishers' events"),
            (PARKED, {"max-length-bytes": 10}, Mark.WARNING, "drops its oldest"),
            (RETRY, {"max-length": 10}, Mark.WARNING, "takes no more"),
            (RETRY, {"expires": 60_000}, Mark.ERROR, "since nobody consumes it"),
            (MAIN, {"expires": 60_000}, Mark.WARNING, "after the last daemon"),
        ],
    )
    def test_what_a_policy_changes_is_said(
        self, queue: str, definition: dict[str, Any], mark: Mark, said: str
    ) -> None:
        found = findings(stands(), managed({queue: definition}))

        assert wrong(found) == {f"policy bad on {queue}": mark}
        assert said in found[f"policy bad on {queue}"].found

    @pytest.mark.parametrize(
        ("queue", "definition"),
        [
            (MAIN, {"delivery-limit": 1000}),
            (PARKED, {"delivery-limit": LOOKS}),
            (RETRY, {"delivery-limit": 1}),
            (RETRY, {"message-ttl": 5_000}),
            (MAIN, {"overflow": "drop-head"}),
            (MAIN, {"dead-letter-exchange": "other", "ha-mode": "all"}),
        ],
    )
    def test_what_changes_nothing_is_no_finding(
        self, queue: str, definition: dict[str, Any]
    ) -> None:
        """The smaller limit holds, and our own argument goes before a policy's word."""
        assert wrong(findings(stands(), managed({queue: definition}))) == {}

    def test_what_several_queues_have_alike_is_said_once(self) -> None:
        both = ("texts.retry.5s", "texts.retry.1m")
        found = findings(stands(), managed({name: {"expires": 60_000} for name in both}))

        assert wrong(found) == {f"policy bad on {', '.join(both)}": Mark.ERROR}

    def test_a_queue_that_others_declared_is_compared(self) -> None:
        plugin = managed()
        assert isinstance(plugin.queues, dict)
        plugin.queues[MAIN] = ManagedQueue("classic", {"x-overflow": "drop-head"}, "", {}, BOUND)
        entities = tuple(replace(each, compared=False) for each in stands().entities)
        found = findings(Stands("RabbitMQ", entities), plugin, replace(TOPOLOGY, own=False))

        assert wrong(found) == {"queue texts": Mark.ERROR}
        said = found["queue texts"].found
        assert "x-queue-type is classic, not 'quorum'" in said
        assert "x-delivery-limit is not set, not 1000" in said
        assert said.endswith("; 0 wait, no daemon consumes it")

    @pytest.mark.parametrize(
        ("queue", "argument", "mark"),
        [
            (MAIN, "x-dead-letter-exchange", Mark.ERROR),
            (MAIN, "x-dead-letter-routing-key", Mark.ERROR),
            (RETRY, "x-dead-letter-routing-key", Mark.ERROR),
            (RETRY, "x-message-ttl", Mark.ERROR),
            (MAIN, "x-dead-letter-strategy", Mark.WARNING),
            (PARKED, "x-delivery-limit", Mark.WARNING),
        ],
    )
    @pytest.mark.parametrize("by_policy", [False, True])
    def test_one_line_says_how_a_queue_stands_and_what_loses_events_is_an_error(
        self,
        queue: str,
        argument: str,
        mark: Mark,
        by_policy: bool,  # noqa: FBT001 - a column.
    ) -> None:
        plugin = managed()
        assert isinstance(plugin.queues, dict)
        arguments = dict(TOPOLOGY.queues[queue])
        value = arguments.pop(argument)
        definition = {argument.removeprefix("x-"): value} if by_policy else {}
        plugin.queues[queue] = ManagedQueue("quorum", arguments, "theirs", definition, BOUND)
        entities = tuple(replace(each, compared=False) for each in stands().entities)
        others = replace(TOPOLOGY, own=False)
        found = list(of_broker(Stands("RabbitMQ", entities), plugin, others))
        lines = [each for each in found if each.subject == f"queue {queue}"]

        if by_policy:
            assert {each.mark for each in found} == {Mark.OK}
        else:
            (line,) = lines
            assert line.mark is mark
            assert f"{argument} is not set" in line.found

    def test_queues_that_stand_otherwise_alike_are_one_line(self) -> None:
        plugin = managed()
        assert isinstance(plugin.queues, dict)
        for name in ("texts.retry.5s", "texts.retry.1m"):
            plugin.queues[name] = ManagedQueue("classic", TOPOLOGY.queues[name], "", {}, BOUND)
        entities = tuple(replace(each, compared=False) for each in stands().entities)
        found = findings(Stands("RabbitMQ", entities), plugin, replace(TOPOLOGY, own=False))

        assert wrong(found) == {"queue texts.retry.5s, texts.retry.1m": Mark.ERROR}
        assert "retry queues (2)" not in found

    @pytest.mark.parametrize(("stand", "said"), [(True, "does not know"), (False, "stands yet")])
    def test_where_the_plugin_shows_no_queue_of_ours_nothing_is_said_of_policies(
        self,
        stand: bool,  # noqa: FBT001 - a column.
        said: str,
    ) -> None:
        """It may be the plugin of another broker."""
        missing = None if stand else "NOT_FOUND - no queue, no exchange"
        entities = tuple(replace(each, missing=missing) for each in stands().entities)
        plugin = Managed(dict.fromkeys(TOPOLOGY.queues), ALL)
        found = findings(Stands("RabbitMQ", entities), plugin)

        assert found["policies"].mark is Mark.UNSEEN
        assert said in found["policies"].found

    @pytest.mark.parametrize(("own", "mark"), [(True, Mark.WARNING), (False, Mark.ERROR)])
    def test_a_key_that_is_not_bound_is_named(self, own: bool, mark: Mark) -> None:  # noqa: FBT001 - a column.
        plugin = managed()
        assert isinstance(plugin.queues, dict)
        queue = plugin.queues[MAIN]
        assert queue is not None
        plugin.queues[MAIN] = replace(queue, bound=frozenset({("events", "order.paid")}))
        found = findings(stands(), plugin, replace(TOPOLOGY, own=own))

        assert wrong(found) == {"bindings of texts": mark}
        assert "order.created" in found["bindings of texts"].found

    @pytest.mark.parametrize(
        ("plugin", "expected"),
        [
            (None, {"policies and rights"}),
            (Managed(AWAY, AWAY), {"policies and rights"}),
            (managed(rights=Unseen("Not administrator user", Trouble.TAG)), {"rights"}),
            (Managed(Unseen("refused", Trouble.TAG), ALL), {"policies"}),
        ],
    )
    def test_what_nobody_shows_cannot_be_looked_at(
        self, plugin: Managed | None, expected: set[str]
    ) -> None:
        found = findings(stands(), plugin)

        assert wrong(found) == dict.fromkeys(expected, Mark.UNSEEN)

    @pytest.mark.parametrize(
        ("trouble", "todo"),
        [
            (Trouble.AWAY, "see that the management plugin runs"),
            (Trouble.LOGIN, "mend user and password"),
            (Trouble.TAG, "its user needs the tag `administrator`"),
            (Trouble.STRANGER, "is it the address"),
            (Trouble.UNREADABLE, ""),
        ],
    )
    def test_what_is_to_be_done_is_by_what_was_wrong(self, trouble: Trouble, todo: str) -> None:
        unseen = Unseen("it does not", trouble)
        found = findings(stands(), Managed(unseen, unseen))["policies and rights"]

        assert found.found == "broker.management: it does not"
        assert found.todo.startswith(todo)
        assert ("tag" in found.todo) is (trouble is Trouble.TAG)


class TestRights:
    """As RabbitMQ compares them: a regular expression, found anywhere in a name."""

    @pytest.mark.parametrize(
        ("rights", "said"),
        [
            (Rights("^texts", ".*", ".*"), "configure events, smsherald"),
            (Rights(".*", "^(texts|smsherald)", ".*"), "write amq.default"),
            (Rights(".*", ".*", ""), "read events"),
        ],
    )
    def test_what_is_lacking_is_named(self, rights: Rights, said: str) -> None:
        found = findings(stands(), managed(rights=rights))

        assert wrong(found) == {"rights": Mark.ERROR}
        assert said in found["rights"].found

    @pytest.mark.parametrize(
        ("rights", "own"),
        [
            (Rights("^(texts|events$|smsherald$)", "texts|amq.default|smsherald", ".*"), True),
            (Rights("", "^(amq.default|smsherald)$", "^texts"), False),
        ],
    )
    def test_as_few_as_are_needed_are_enough(self, rights: Rights, own: bool) -> None:  # noqa: FBT001 - a column.
        found = findings(stands(), managed(rights=rights), replace(TOPOLOGY, own=own))

        assert wrong(found) == {}

    def test_what_flows_publish_must_be_allowed(self) -> None:
        rights = managed(rights=Rights(".*", "texts|amq.default|smsherald", ".*"))

        found = findings(stands(), rights, replace(TOPOLOGY, publishes=True))

        assert found["rights"].found == "our user may not write events"

    def test_what_python_cannot_read_cannot_be_looked_at(self) -> None:
        found = findings(stands(), managed(rights=Rights("(?|a)", ".*", ".*")))

        assert wrong(found) == {"rights": Mark.UNSEEN}
