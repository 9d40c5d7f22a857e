"""The protocol holds in every world that can be reached, and needs each of its protections."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

from model.scenarios import RESEND, TAKEN_AWAY, WHOLE, whole
from model.search import Result
from model.sending import Sending
from model.state import Protection

Searched: TypeAlias = Callable[[str, Sending], Result]

each_protection = pytest.mark.parametrize(
    "protection", Protection, ids=lambda each: each.name.lower()
)


@pytest.mark.parametrize("name", WHOLE)
def test_nothing_is_lost_doubled_or_told_otherwise(name: str, searched: Searched) -> None:
    result = searched(name, Sending(WHOLE[name]))

    assert result.wrong is None, str(result)


@each_protection
def test_what_goes_wrong_without_a_protection(protection: Protection, searched: Searched) -> None:
    result = searched(protection.value, Sending(TAKEN_AWAY[protection]))

    assert result.wrong is not None
    assert result.trace


@each_protection
def test_the_protection_is_all_that_was_missing(protection: Protection, searched: Searched) -> None:
    name = f"{protection.name.lower()} as it is"

    result = searched(name, Sending(whole(TAKEN_AWAY[protection])))

    assert result.wrong is None, str(result)


@pytest.mark.parametrize("name", RESEND)
def test_resend_texts_twice_at_worst(name: str, searched: Searched) -> None:
    result = searched(f"on_unknown: resend, and {name}", Sending(RESEND[name]))

    assert result.wrong is None, str(result)
