"""Who may be texted: what `policy.allow` and `policy.deny` say of a number."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from smsherald.errors import Reason
from smsherald.policy import Rules

GERMAN, BRITISH, JERSEY = "+4915112345678", "+442079460018", "+447797123456"
AMERICAN, CANADIAN, MADE_UP = "+14155550123", "+14165550123", "+15558675309"
PREMIUM = "+19005550123"
NO_COUNTRY = "+2100000000"
EVERYBODY = (GERMAN, BRITISH, JERSEY, AMERICAN, CANADIAN, MADE_UP, PREMIUM, NO_COUNTRY)


def refused(*numbers: str, allow: Sequence[str] = (), deny: Sequence[str] = ()) -> set[str]:
    rules = Rules(allow, deny)
    return {number for number in numbers or EVERYBODY if rules.refuse(number) is not None}


def test_without_a_rule_everybody_may_be_texted() -> None:
    assert refused() == set()


@pytest.mark.parametrize(
    ("allow", "texted"),
    [
        pytest.param([GERMAN], {GERMAN}, id="a number"),
        pytest.param([GERMAN, GERMAN], {GERMAN}, id="a number twice"),
        pytest.param([GERMAN[:-1]], set(), id="not what a number begins with"),
        pytest.param(["DE"], {GERMAN}, id="a country with a calling code of its own"),
        pytest.param(["GB"], {BRITISH}, id="not who only shares its calling code"),
        pytest.param(["JE"], {JERSEY}, id="a country that shares one"),
        pytest.param(["US"], {AMERICAN, MADE_UP, PREMIUM}, id="the main country of one"),
        pytest.param(["CA"], {CANADIAN}, id="no number of which it is only possible"),
        pytest.param(["DE", CANADIAN], {GERMAN, CANADIAN}, id="one of each"),
    ],
)
def test_nobody_is_texted_but_who_is_allowed(allow: list[str], texted: set[str]) -> None:
    assert refused(allow=allow) == {*EVERYBODY} - texted
    assert {Rules(allow).refuse(number) for number in {*EVERYBODY} - texted} == {Reason.NOT_ALLOWED}


@pytest.mark.parametrize(
    ("deny", "denied"),
    [
        pytest.param(["+49"], {GERMAN}, id="a calling code"),
        pytest.param(["+1900", "+1900"], {PREMIUM}, id="a prefix twice"),
        pytest.param([GERMAN], {GERMAN}, id="a whole number"),
        pytest.param(["+1"], {AMERICAN, CANADIAN, MADE_UP, PREMIUM}, id="all that share a code"),
        pytest.param(["DE"], {GERMAN}, id="a country"),
        pytest.param(["GB"], {BRITISH}, id="not who only shares its calling code"),
        pytest.param(["CA"], {CANADIAN, MADE_UP}, id="who may be there"),
        pytest.param(["FR"], set(), id="a country of nobody"),
    ],
)
def test_nobody_is_texted_who_is_denied(deny: list[str], denied: set[str]) -> None:
    assert refused(deny=deny) == denied
    assert {Rules(deny=deny).refuse(number) for number in denied} <= {Reason.DENIED}


@pytest.mark.parametrize("deny", [GERMAN, "+49", "DE"])
@pytest.mark.parametrize("allow", [GERMAN, "DE"])
def test_who_is_denied_is_not_texted_though_allowed(allow: str, deny: str) -> None:
    assert Rules([allow], [deny]).refuse(GERMAN) is Reason.DENIED


@pytest.mark.parametrize(
    ("rules", "most"),
    [
        pytest.param(Rules(), 5e-6, id="none"),
        pytest.param(Rules(["US", "DE"], ["CA", "KZ"]), 100e-6, id="countries"),
    ],
)
def test_it_is_asked_for_every_sms_and_costs_some_microseconds(rules: Rules, most: float) -> None:
    """Measured, 0.2 µs and some 6 µs; the limits leave room for a machine that is busy."""
    numbers = [f"+1415{n:07}" for n in range(2_000_000, 2_002_000)]
    rules.refuse(numbers[0])
    start = time.perf_counter()
    for number in numbers:
        rules.refuse(number)

    assert (time.perf_counter() - start) / len(numbers) < most
