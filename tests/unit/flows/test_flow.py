"""AMQP's topic patterns, as brokers have them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsherald.flows import matches
from support.steps import in_steps


@pytest.mark.parametrize(
    ("pattern", "routing_key", "wanted"),
    [
        pytest.param("order.created", "order.created", True, id="the same words"),
        pytest.param("order.created", "order.cancelled", False, id="another word"),
        pytest.param("order", "order.created", False, id="a word too many"),
        pytest.param("order.created", "order", False, id="a word too few"),
        pytest.param("order.created", "order-created", False, id="a dot is a dot"),
        pytest.param("Order", "order", False, id="case counts"),
        pytest.param("*", "order", True, id="a star is a word"),
        pytest.param("*", "order.created", False, id="and not two"),
        pytest.param("*", "", False, id="nor none"),
        pytest.param("order.*", "order.created", True, id="a star behind"),
        pytest.param("*.created", "order.created", True, id="a star before"),
        pytest.param("order.*.eu", "order.created.eu", True, id="a star between"),
        pytest.param("or*", "order", False, id="a star is a whole word"),
        pytest.param("or*", "or*", True, id="else a letter like others"),
        pytest.param("order..x", "order..x", True, id="an empty word"),
        pytest.param("order.*.x", "order..x", True, id="which a star takes"),
        pytest.param("#", "", True, id="a hash is no word"),
        pytest.param("#", "order", True, id="or one"),
        pytest.param("#", "order.created.eu", True, id="or many"),
        pytest.param("order.#", "order", True, id="none behind"),
        pytest.param("order.#", "order.created.eu", True, id="many behind"),
        pytest.param("#.created", "created", True, id="none before"),
        pytest.param("#.created", "order.eu.created", True, id="many before"),
        pytest.param("#.created", "order.created.eu", False, id="but to the end"),
        pytest.param("order.#.eu", "order.eu", True, id="none between"),
        pytest.param("order.#.eu", "order.a.b.eu", True, id="many between"),
        pytest.param("#.#", "", True, id="two hashes"),
        pytest.param("#.*", "order", True, id="a hash and a star are one at least"),
        pytest.param("#.*", "", False, id="and not none"),
        pytest.param("*.#.*", "a.b", True, id="two at least"),
        pytest.param("*.#.*", "a", False, id="and not one"),
        pytest.param("#.a.#.a.#", "b.a.b.b.a", True, id="hashes that must be tried"),
        pytest.param("", "", True, id="an empty pattern"),
        pytest.param("", "a", False, id="which wants nothing else"),
    ],
)
def test_a_pattern_wants_a_routing_key_or_not(
    pattern: str,
    routing_key: str,
    wanted: bool,  # noqa: FBT001 - a column of the table.
) -> None:
    assert matches(pattern, routing_key) is wanted


WORDS = st.lists(st.sampled_from(["a", "b", "c"]), max_size=6)


@given(st.lists(st.sampled_from(["a", "b", "*", "#"]), max_size=6), WORDS)
def test_it_agrees_with_a_regular_expression(pattern: list[str], words: list[str]) -> None:
    parts = {"*": r"[^.]+\.", "#": r"([^.]+\.)*"}
    expression = "".join(parts.get(word, rf"{word}\.") for word in pattern)

    expected = re.fullmatch(expression, "".join(f"{word}." for word in words)) is not None
    assert matches(".".join(pattern), ".".join(words)) is expected


def test_many_hashes_take_no_time() -> None:
    assert not in_steps(100_000, lambda: matches("#.a." * 20 + "b", "a." * 60 + "c"))
