"""What to do about what is parked goes by its reason, as `smsherald explain` has it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsherald.cli.operate.explanations.reasons import of_reason
from smsherald.errors import Reason, Standing
from smsherald.settings.twilio.decisions import load
from smsherald.timeline import Known
from support.timelines import ENTRY, PARKED, told

REASONS = sorted(Reason.of(Standing.PARKED))
_NOT_EVENTS = {Reason.TOO_LARGE, Reason.NOT_JSON, Reason.NOT_AN_OBJECT}


def listed(reason: str) -> str:
    return told(Known(parked=[replace(ENTRY, reason=reason)])).sentence


def remembered(reason: str) -> str:
    return told(Known(lines=[replace(PARKED, fields={**PARKED.fields, "reason": reason})])).sentence


@pytest.mark.parametrize("reason", REASONS)
def test_it_agrees_with_what_is_explained(reason: Reason) -> None:
    advice = " ".join(of_reason(reason, load()).advice)
    said = listed(reason)

    if reason not in _NOT_EVENTS:
        assert ("parked replay" in said) is ("parked replay" in advice)
        assert ("event is right and the flow wrong" in advice) <= ("the event itself" in said)
    assert ("as another event" in said) is ("as another event" in advice)
    assert f"`smsherald explain {reason}`" in said or "is wrong" in said
    if reason not in _NOT_EVENTS:
        assert said.replace("4be0b2a51c", "ID").partition("; ")[2] in remembered(reason)


def test_a_conflict_is_never_brought_again() -> None:
    for said in (listed("identity_conflict"), remembered("identity_conflict")):
        assert "parked replay" not in said
        assert "`smsherald explain identity_conflict` says how" in said
        assert "`smsherald parked drop " in said


@pytest.mark.parametrize("reason", ["bad_number", "invalid_value", "missing_value"])
def test_what_is_wrong_itself_is_saved_mended_published_and_dropped(reason: str) -> None:
    said = listed(reason)

    places = [said.index(it) for it in ("show 4be0b2a51c --raw`", "publish it", "drop 4be0b2a51c`")]
    assert places == sorted(places)


def test_another_versions_reason_is_its_own_to_explain() -> None:
    said = listed("too_dreamy")

    assert "another version wrote that reason" in said
    assert "`smsherald parked show 4be0b2a51c`" in said
