"""What `check --live` says of the exchanges that others declare."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsherald.broker.found import Managed, ManagedQueue, Other, Rights, Stands
from smsherald.broker.topology import Topology
from smsherald.cli.flows.live.broker import of_broker
from smsherald.cli.flows.live.finding import Finding, Mark
from smsherald.cli.flows.live.routes import of_routes
from support.broker import topology

ALL = Rights(".*", ".*", ".*")


def names(*keys: str, own: bool = True) -> Topology:
    return topology(own=own, others=[("theirs", key) for key in keys])


def finding(other: Other, wanted: Topology, kind: str = "") -> Finding:
    (found,) = of_routes([other], wanted, {"theirs": kind})
    return found


@pytest.mark.parametrize(
    ("other", "keys", "mark", "found"),
    [
        (Other("theirs", type="topic"), ["order.#"], Mark.OK, "stands, a topic exchange"),
        (Other("theirs", type="fanout"), ["#"], Mark.OK, "stands, a fanout exchange"),
        (
            Other("theirs", type="fanout"),
            ["", "paid", "#"],
            Mark.OK,
            (
                "stands, a fanout exchange: the queue gets all of it, and flows take what has the "
                "key (no key), paid"
            ),
        ),
        (Other("theirs", type="direct"), ["", "paid"], Mark.OK, "stands, a direct exchange"),
        (
            Other("theirs", type="direct"),
            ["#", "paid"],
            Mark.ERROR,
            "is a direct exchange: by # no events come from it",
        ),
        (
            Other("theirs", type="direct"),
            ["order.*"],
            Mark.ERROR,
            "is a direct exchange: by order.* no events come from it",
        ),
        (Other("theirs"), ["#"], Mark.OK, "stands"),
        (
            Other("theirs", missing="NOT_FOUND - no exchange"),
            ["#"],
            Mark.WARNING,
            "is not there: no events come from it",
        ),
        (
            Other("theirs", refused="ACCESS_REFUSED - it is secret"),
            ["#"],
            Mark.UNSEEN,
            "the broker does not let us look at it: ACCESS_REFUSED - it is secret",
        ),
    ],
)
def test_each_has_a_line(other: Other, keys: list[str], mark: Mark, found: str) -> None:
    line = finding(other, names(*keys))

    assert (line.mark, line.subject, line.found) == (mark, "exchange theirs", found)
    assert bool(line.todo) is (mark is not Mark.OK)


def test_a_type_that_amqp_does_not_show_is_that_of_the_plugin() -> None:
    assert finding(Other("theirs"), names("#"), "direct").mark is Mark.ERROR


@pytest.mark.parametrize(("own", "binds"), [(True, True), (False, False)])
def test_who_declares_nothing_binds_nothing_later(own: bool, binds: bool) -> None:  # noqa: FBT001 - columns.
    line = finding(Other("theirs", missing="no exchange"), names("#", own=own))

    assert ("the daemon binds it" in line.todo) is binds


class TestTheWhole:
    """With bindings and rights, which are the plugin's."""

    WANTED = topology(others=[("theirs", ""), ("gone", "#"), ("theirs", "paid")])
    OTHERS = (Other("gone", missing="no exchange"), Other("theirs", type="direct"))

    def found(self, *bound: tuple[str, str], read: str = ".*") -> dict[str, Finding]:
        queues = {
            name: ManagedQueue("quorum", arguments, "", {}, frozenset(bound))
            for name, arguments in self.WANTED.queues.items()
        }
        managed = Managed(queues, replace(ALL, read=read))
        stands = Stands("RabbitMQ 3.10.8", (), self.OTHERS)
        return {each.subject: each for each in of_broker(stands, managed, self.WANTED)}

    def test_a_route_that_is_not_bound_is_named_and_one_that_is_missing_only_once(self) -> None:
        found = self.found(("events", "order.created"), ("theirs", "paid"))

        line = found["bindings of smsherald"]
        assert line.mark is Mark.WARNING
        assert line.found == "events of (no key) do not come from theirs"
        assert found["exchange gone"].mark is Mark.WARNING

    def test_the_exchanges_of_others_need_to_be_read(self) -> None:
        found = self.found(read="^(events|smsherald|gone)")

        assert found["rights"].found == "our user may not read theirs"
