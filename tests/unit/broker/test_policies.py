"""Which of many policies hold for a queue, as RabbitMQ's documentation has it."""

from __future__ import annotations

from typing import Any

import pytest

from smsherald.broker.rabbitmq.policies import holding


def policy(name: str, pattern: str = ".*", priority: int = 0, **definition: Any) -> dict[str, Any]:
    written = {key.replace("_", "-"): value for key, value in definition.items()}
    apply_to = written.pop("apply-to", "all")
    return {
        "name": name,
        "pattern": pattern,
        "apply-to": apply_to,
        "priority": priority,
        "definition": written,
    }


NONE: tuple[str, dict[str, Any]] = ("", {})


@pytest.mark.parametrize(
    ("policies", "operators", "expected"),
    [
        pytest.param([], [], NONE, id="none"),
        pytest.param([policy("a", "^shop", expires=1)], [], NONE, id="another pattern"),
        pytest.param(
            [policy("a", "herald", expires=1)], [], ("a", {"expires": 1}), id="a part of the name"
        ),
        pytest.param(
            [policy("a", expires=1), policy("b", priority=2, overflow="drop-head")],
            [],
            ("b", {"overflow": "drop-head"}),
            id="the higher priority alone",
        ),
        pytest.param([policy("a", apply_to="exchanges")], [], NONE, id="of exchanges"),
        pytest.param([policy("a", apply_to="classic_queues")], [], NONE, id="of another kind"),
        pytest.param(
            [policy("a", apply_to="quorum_queues", expires=1)],
            [],
            ("a", {"expires": 1}),
            id="of its kind",
        ),
        pytest.param(
            [policy("a", expires=1, max_length=9)],
            [policy("o", max_length=3, message_ttl=7)],
            ("a and o", {"expires": 1, "max-length": 3, "message-ttl": 7}),
            id="an operator's beside it: the smaller",
        ),
        pytest.param(
            [policy("a", overflow="drop-head")],
            [policy("o", overflow="reject-publish")],
            ("a and o", {"overflow": "reject-publish"}),
            id="an operator's word",
        ),
    ],
)
def test_one_of_each_kind_holds(
    policies: list[dict[str, Any]], operators: list[dict[str, Any]], expected: object
) -> None:
    assert holding("smsherald.parked", "quorum", policies, operators) == expected
