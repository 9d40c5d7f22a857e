"""Daemons that share a queue lose no event to each other, and need each rule for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

from model.replicas.scenarios import TAKEN_AWAY, WHOLE, whole
from model.replicas.sharing import Sharing
from model.replicas.world import AWAY, RECENT, Rule
from model.search import Result
from smsherald.broker.bindings import GAP
from smsherald.broker.rabbitmq.supervisor import ROUND
from smsherald.settle.elsewhere import RECENTLY

Searched: TypeAlias = Callable[[str, Sharing], Result]

each_rule = pytest.mark.parametrize("rule", Rule, ids=lambda each: each.name.lower())


@pytest.mark.parametrize("name", WHOLE)
def test_nothing_is_lost_ignored_or_texted_twice(name: str, searched: Searched) -> None:
    result = searched(name, Sharing(WHOLE[name]))

    assert result.wrong is None, str(result)


@each_rule
def test_what_goes_wrong_without_a_rule(rule: Rule, searched: Searched) -> None:
    result = searched(rule.value, Sharing(TAKEN_AWAY[rule]))

    assert result.wrong is not None


@each_rule
def test_the_rule_is_all_that_was_missing(rule: Rule, searched: Searched) -> None:
    result = searched(f"{rule.name.lower()} as it is", Sharing(whole(TAKEN_AWAY[rule])))

    assert result.wrong is None, str(result)


def test_a_tick_is_a_round() -> None:
    assert RECENT * ROUND == RECENTLY
    assert max(GAP, RECENTLY) < AWAY * ROUND
