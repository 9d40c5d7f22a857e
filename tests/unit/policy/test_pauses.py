"""What may be asked, and when it is tried again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from smsherald.errors import Reason
from smsherald.model import (
    Brake,
    Cause,
    Evidence,
    Fresh,
    Pause,
    Scope,
    Shows,
    Sms,
    TakenOver,
    Target,
    Wait,
)
from smsherald.model.evidence import DONE, NOTHING
from smsherald.policy import Pauses
from smsherald.policy.limits import Limit
from smsherald.policy.own_pause import FIRST_WAIT, FORGOTTEN, LONGEST_WAIT
from smsherald.policy.permit import Permit
from smsherald.testing import SetClock, an_sms
from support.admission import PauseLog

SMS = an_sms()
OTHER_ACCOUNT = replace(SMS, asked=replace(SMS.asked, account="other"))
OTHER_SENDER = replace(SMS, asked=replace(SMS.asked, sender="+15550002222"))
OTHER_FLOW = replace(SMS, flow="customer-created")
ABROAD = replace(SMS, asked=replace(SMS.asked, to="+447400123456"))
ALL_SMSES = (SMS, OTHER_ACCOUNT, OTHER_SENDER, OTHER_FLOW, ABROAD)

UNKNOWN = Evidence(Shows.UNKNOWN, "timeout")
NO_CONNECTION = Evidence(Shows.NO_CONNECTION, "tls")
LIMITED = Evidence(Shows.ANSWER, "http_429", answered=True, limits=True)
TEN = "10 requests in a row came to nothing (the last: timeout)"
PAUSED = Wait(Reason.PAUSED, FIRST_WAIT)


def refusal(scope: Scope, cause: Cause = Cause.REFUSED) -> Evidence:
    """Return what an answer shows that refuses more than a text."""
    return Evidence(
        Shows.ANSWER, "http_4xx", answered=True, refuses=scope, cause=cause, meaning=f"no {scope}"
    )


class Around:
    """Pauses with a clock that the test moves."""

    def __init__(self) -> None:
        self.clock = SetClock()
        self.log = PauseLog()
        self.pauses = Pauses(self.clock, self.log)
        self.limit = Limit(1000)

    def ask(self, sms: Sms = SMS) -> Permit:
        """Ask for a permit that there must be."""
        permit = self.pauses.ask(sms, self.limit)
        assert isinstance(permit, Permit)
        return permit

    def waits(self, *smses: Sms) -> list[bool]:
        """Say which of them have to wait; whoever has not gives its permit back."""
        answers = [self.pauses.ask(sms, self.limit) for sms in smses]
        for answer in answers:
            if isinstance(answer, Permit):
                answer.give_back()
        return [isinstance(answer, Wait) for answer in answers]

    def hear(self, evidence: Evidence, sms: Sms = SMS, times: int = 1) -> None:
        """Make so many requests that show this, one after the other."""
        for _ in range(times):
            self.ask(sms).heard(evidence)

    def holds(self) -> bool:
        """Say whether there is any pause."""
        return self.pauses.hold

    def is_due(self) -> bool:
        """Say whether a probe may go."""
        return self.pauses.probe_is_due

    @property
    def told(self) -> list[tuple[str, Target, Cause]]:
        return [(what, pause.target, pause.cause) for what, pause in self.log.told]


@pytest.fixture
def around() -> Around:
    return Around()


@pytest.fixture
def unanswered(around: Around) -> Around:
    """Return one whose account is paused, for it does not answer."""
    around.hear(UNKNOWN, times=10)
    return around


ACCOUNT = Target(Scope.ACCOUNT, "default")
SENDER = Target(Scope.SENDER, SMS.asked.sender)
FLOW = Target(Scope.FLOW, SMS.flow)


class TestBeginning:
    """Of a pause."""

    def test_no_pause_holds_at_first(self, around: Around) -> None:
        assert around.waits(*ALL_SMSES) == [False] * 5
        assert not around.holds()
        assert around.pauses.all == ()

    @pytest.mark.parametrize(
        ("evidence", "target", "cause", "waits"),
        [
            (refusal(Scope.ACCOUNT), ACCOUNT, Cause.REFUSED, [True, False, True, True, True]),
            (refusal(Scope.SENDER), SENDER, Cause.REFUSED, [True, False, False, True, True]),
            (refusal(Scope.FLOW), FLOW, Cause.REFUSED, [True, False, True, False, True]),
            (
                refusal(Scope.SENDER, Cause.FULL),
                SENDER,
                Cause.FULL,
                [True, False, False, True, True],
            ),
        ],
    )
    def test_is_the_first_refusal_and_covers_what_it_is_about(
        self, around: Around, evidence: Evidence, target: Target, cause: Cause, waits: list[bool]
    ) -> None:
        around.hear(evidence)

        assert around.told == [("paused", target, cause)]
        assert around.waits(*ALL_SMSES) == waits
        [pause] = around.pauses.all
        assert pause.why == evidence.meaning
        assert pause.probe == around.clock.now() + FIRST_WAIT

    @pytest.mark.parametrize("evidence", [UNKNOWN, NO_CONNECTION])
    def test_is_the_tenth_request_in_a_row_that_comes_to_nothing(
        self, around: Around, evidence: Evidence
    ) -> None:
        around.hear(evidence, times=9)
        assert around.waits(SMS) == [False]
        around.hear(evidence)

        assert around.waits(*ALL_SMSES) == [True, False, True, True, True]
        assert around.told == [("paused", ACCOUNT, Cause.UNANSWERED)]

    @pytest.mark.parametrize("evidence", [DONE, NOTHING, LIMITED])
    def test_is_nothing_else(self, around: Around, evidence: Evidence) -> None:
        around.hear(evidence, times=200)

        assert around.told == []

    @pytest.mark.parametrize("evidence", [UNKNOWN, refusal(Scope.ACCOUNT)])
    def test_is_one_where_two_hundred_fail_together(
        self, around: Around, evidence: Evidence
    ) -> None:
        permits = [around.ask() for _ in range(200)]
        for permit in permits:
            permit.heard(evidence)

        assert len(around.told) == 1
        assert around.limit.in_flight == 0


class TestInOne:
    """What goes on in a pause."""

    def test_nobody_is_let_in_before_the_first_probe_is_due(self, unanswered: Around) -> None:
        assert unanswered.pauses.ask(SMS, unanswered.limit) == PAUSED
        unanswered.clock.move(FIRST_WAIT - 0.01)

        assert unanswered.pauses.ask(SMS, unanswered.limit) == PAUSED
        assert not unanswered.is_due()

    def test_one_probe_goes_and_the_others_wait_for_it(self, unanswered: Around) -> None:
        unanswered.clock.move(FIRST_WAIT)
        assert unanswered.is_due()
        unanswered.ask()

        assert not unanswered.is_due()
        unanswered.clock.move(7000.0)
        assert unanswered.waits(SMS) == [True]

    @pytest.mark.parametrize("evidence", [UNKNOWN, NO_CONNECTION])
    def test_probes_come_ever_later_while_nobody_answers(
        self, unanswered: Around, evidence: Evidence
    ) -> None:
        waits, wait = list[float](), 0.0
        while len(waits) < 6:
            unanswered.clock.move(1.0)
            wait += 1.0
            if unanswered.is_due():
                unanswered.hear(evidence)
                waits.append(wait)
                wait = 0.0

        assert waits == [5.0, 10.0, 20.0, 40.0, LONGEST_WAIT, LONGEST_WAIT]
        assert len(unanswered.told) == 1

    def test_a_probe_that_asked_nothing_leaves_its_turn_to_the_next(
        self, unanswered: Around
    ) -> None:
        unanswered.clock.move(FIRST_WAIT)
        unanswered.ask().give_back()

        assert unanswered.is_due()
        unanswered.hear(DONE)
        assert not unanswered.holds()

    def test_what_waits_comes_by_in_turns_that_many_do_not_shorten(
        self, unanswered: Around
    ) -> None:
        for waiting, seconds in [(0, 5.0), (1_000, 40.0), (1_000_000, 600.0)]:
            unanswered.pauses.waiting = waiting

            assert unanswered.pauses.ask(SMS, unanswered.limit) == Wait(Reason.PAUSED, seconds)

    @pytest.mark.parametrize("evidence", [DONE, UNKNOWN, NO_CONNECTION, NOTHING])
    def test_what_was_in_flight_when_it_began_changes_nothing(
        self, around: Around, evidence: Evidence
    ) -> None:
        late = around.ask()
        around.hear(UNKNOWN, times=10)
        late.heard(evidence)

        assert len(around.told) == 1
        around.clock.move(FIRST_WAIT - 0.01)
        assert around.waits(SMS) == [True]

    def test_a_permit_is_given_back_once(self, around: Around) -> None:
        permit = around.ask()
        permit.heard(refusal(Scope.SENDER))
        permit.heard(refusal(Scope.FLOW))
        permit.give_back()

        assert around.limit.in_flight == 0
        assert len(around.told) == 1

    def test_a_probe_of_two_pauses_is_out_for_both(self, around: Around) -> None:
        around.hear(refusal(Scope.SENDER))
        around.hear(refusal(Scope.FLOW), OTHER_SENDER)
        around.clock.move(FIRST_WAIT)
        probe = around.ask()

        assert around.waits(SMS, OTHER_FLOW, OTHER_SENDER) == [True, True, True]
        probe.heard(DONE)
        assert around.waits(SMS, OTHER_FLOW, OTHER_SENDER) == [False] * 3
        assert not around.holds()

    def test_no_probe_is_taken_where_another_pause_covers_it_that_is_not_due(
        self, around: Around
    ) -> None:
        around.hear(refusal(Scope.SENDER))
        around.clock.move(3.0)
        around.hear(refusal(Scope.FLOW), OTHER_SENDER)
        around.clock.move(2.0)

        assert around.waits(SMS) == [True]
        probe = around.ask(OTHER_FLOW)
        probe.heard(DONE)
        assert [pause.target for pause in around.pauses.all] == [FLOW]


class TestEnd:
    """Of a pause: a probe that is answered otherwise."""

    @pytest.mark.parametrize(
        ("begins", "answer", "ends"),
        [
            pytest.param(UNKNOWN, DONE, True, id="unanswered: sent"),
            pytest.param(UNKNOWN, LIMITED, True, id="unanswered: any answer"),
            pytest.param(UNKNOWN, refusal(Scope.ACCOUNT), True, id="unanswered: refused"),
            pytest.param(refusal(Scope.ACCOUNT), DONE, True, id="account: sent"),
            pytest.param(refusal(Scope.ACCOUNT), refusal(Scope.SENDER), True, id="account: sender"),
            pytest.param(refusal(Scope.ACCOUNT), refusal(Scope.ACCOUNT), False, id="account: same"),
            pytest.param(refusal(Scope.ACCOUNT), LIMITED, False, id="account: too many"),
            pytest.param(refusal(Scope.ACCOUNT), UNKNOWN, False, id="account: unknown"),
            pytest.param(refusal(Scope.SENDER), DONE, True, id="sender: sent"),
            pytest.param(refusal(Scope.SENDER), refusal(Scope.ACCOUNT), False, id="sender: acc."),
            pytest.param(refusal(Scope.SENDER), refusal(Scope.FLOW), False, id="sender: flow"),
            pytest.param(refusal(Scope.FLOW), DONE, True, id="flow: sent"),
            pytest.param(refusal(Scope.FLOW), UNKNOWN, False, id="flow: unknown"),
        ],
    )
    def test_depends_on_what_it_is_about(
        self, around: Around, begins: Evidence, answer: Evidence, *, ends: bool
    ) -> None:
        around.hear(begins, times=10 if begins is UNKNOWN else 1)
        [before] = around.pauses.all
        around.clock.move(FIRST_WAIT)
        around.hear(answer)

        ended = [pause.target for what, pause in around.log.told if what == "resumed"]
        assert (before.target in ended) is ends

    def test_of_silence_may_be_the_beginning_of_a_refusal(self, unanswered: Around) -> None:
        unanswered.clock.move(FIRST_WAIT)
        unanswered.hear(refusal(Scope.ACCOUNT))

        assert unanswered.told == [
            ("paused", ACCOUNT, Cause.UNANSWERED),
            ("resumed", ACCOUNT, Cause.UNANSWERED),
            ("paused", ACCOUNT, Cause.REFUSED),
        ]
        assert unanswered.waits(SMS) == [True]

    def test_clears_what_was_counted(self, unanswered: Around) -> None:
        unanswered.clock.move(FIRST_WAIT)
        unanswered.hear(DONE)
        unanswered.hear(UNKNOWN, times=9)

        assert not unanswered.holds()

    @pytest.mark.parametrize("evidence", [UNKNOWN, refusal(Scope.ACCOUNT)])
    def test_does_not_let_what_began_before_it_count_after_it(
        self, around: Around, evidence: Evidence
    ) -> None:
        late = [around.ask() for _ in range(50)]
        around.hear(evidence, times=10 if evidence is UNKNOWN else 1)
        around.clock.move(FIRST_WAIT)
        around.hear(DONE)
        for permit in late:
            permit.heard(evidence)

        assert not around.holds()

    def test_can_be_tried_at_once_where_the_account_has_changed(self, around: Around) -> None:
        around.hear(refusal(Scope.ACCOUNT))
        assert around.waits(SMS) == [True]
        around.pauses.probe_now("default")

        assert around.is_due()
        around.hear(DONE)
        assert not around.holds()


class TestOneBadText:
    """Its refusal, which Twilio's table takes for everybody's, stops the others once."""

    @pytest.mark.parametrize("scope", [Scope.ACCOUNT, Scope.SENDER, Scope.FLOW])
    def test_and_never_again(self, around: Around, scope: Scope) -> None:
        for _ in range(100):
            if around.waits(SMS) == [True]:
                around.clock.move(FIRST_WAIT)
            around.hear(DONE)
            around.hear(refusal(scope))
            around.clock.move(30.0)

        assert around.told.count(("paused", around.told[0][1], Cause.REFUSED)) == 1

    def test_what_is_refused_for_good_is_paused_all_the_same(self, around: Around) -> None:
        around.hear(refusal(Scope.ACCOUNT))
        around.clock.move(FIRST_WAIT)
        around.hear(DONE)
        around.hear(refusal(Scope.ACCOUNT), times=2)

        assert around.holds()

    def test_is_forgotten_after_an_hour(self, around: Around) -> None:
        around.hear(refusal(Scope.ACCOUNT))
        around.clock.move(FIRST_WAIT)
        around.hear(DONE)
        around.clock.move(3601.0)
        around.hear(refusal(Scope.ACCOUNT))

        assert around.holds()


class TestTidying:
    """What nobody sends by any more holds nothing up."""

    @pytest.mark.parametrize(
        ("scope", "holds"), [(Scope.SENDER, False), (Scope.FLOW, False), (Scope.ACCOUNT, True)]
    )
    def test_ends_what_is_not_wanted(self, around: Around, scope: Scope, *, holds: bool) -> None:
        around.hear(refusal(scope))
        around.clock.move(FIRST_WAIT + FORGOTTEN - 1)
        around.pauses.tidy()
        assert around.holds()
        around.clock.move(1.0)
        around.pauses.tidy()

        assert around.holds() is holds

    def test_leaves_what_somebody_waits_for(self, around: Around) -> None:
        around.hear(refusal(Scope.SENDER))
        around.hear(refusal(Scope.FLOW), OTHER_SENDER)
        around.clock.move(FIRST_WAIT)
        around.ask()
        around.clock.move(FORGOTTEN)
        assert around.waits(SMS) == [True]
        around.pauses.tidy()

        assert around.holds()


class TestForgotten:
    """An account whose name means none any more, or another."""

    @pytest.mark.parametrize("scope", [Scope.ACCOUNT, Scope.SENDER, Scope.FLOW])
    def test_ends_all_its_pauses(self, around: Around, scope: Scope) -> None:
        around.hear(refusal(scope))
        around.hear(refusal(Scope.ACCOUNT), OTHER_ACCOUNT)
        around.pauses.forget("default")

        assert around.waits(SMS, OTHER_ACCOUNT) == [False, True]

    @pytest.mark.parametrize("evidence", [DONE, UNKNOWN, refusal(Scope.ACCOUNT)])
    def test_hears_nothing_of_what_was_out(self, around: Around, evidence: Evidence) -> None:
        late = [around.ask() for _ in range(20)]
        around.hear(refusal(Scope.SENDER))
        around.clock.move(FIRST_WAIT)
        late.append(around.ask())
        around.pauses.forget("default")
        for permit in late:
            permit.heard(evidence)

        assert not around.holds()

    def test_a_probe_by_old_credentials_says_nothing_of_new_ones(self, around: Around) -> None:
        around.hear(refusal(Scope.ACCOUNT))
        around.clock.move(FIRST_WAIT)
        old = around.ask()
        around.pauses.probe_now("default")
        around.hear(DONE)
        old.heard(refusal(Scope.ACCOUNT))

        assert not around.holds()


class TestBesideTheFence:
    """A pause that has come since the permit was given stops what has not been asked yet."""

    def test_lets_go_what_nothing_has_come_for(self, around: Around) -> None:
        permit = around.ask()
        around.hear(refusal(Scope.ACCOUNT), OTHER_ACCOUNT)

        assert permit.again(claimed()) is None

    @pytest.mark.parametrize("scope", [Scope.ACCOUNT, Scope.SENDER, Scope.FLOW])
    def test_stops_what_it_covers(self, around: Around, scope: Scope) -> None:
        permit = around.ask()
        around.hear(refusal(scope))

        assert permit.again(claimed()) == PAUSED

    def test_lets_its_own_probe_go(self, around: Around) -> None:
        around.hear(refusal(Scope.ACCOUNT))
        around.clock.move(FIRST_WAIT)

        assert around.ask().again(claimed()) is None

    def test_stops_a_claim_that_met_another_brake_than_admission_knew(self, around: Around) -> None:
        around.pauses.brake(Brake(4))
        permit = around.ask()

        assert permit.again(claimed(4)) is None
        assert permit.again(claimed(5)) == PAUSED

    @pytest.mark.parametrize("before", [OTHER_ACCOUNT, OTHER_SENDER])
    def test_is_at_what_is_asked_again_as_it_was_before(self, around: Around, before: Sms) -> None:
        asked = before.asked
        operator = operators(
            Target(Scope.ACCOUNT, "other")
            if before is OTHER_ACCOUNT
            else Target(Scope.SENDER, asked.sender)
        )
        around.pauses.brake(Brake(1, (operator,)))
        again = Fresh(SMS, 2, 0.0, asked, TakenOver(SMS, 2, asked, 0.0), brake=1)

        assert around.ask().again(again) == PAUSED

    def test_leaves_alone_what_is_not_asked_again(self, around: Around) -> None:
        around.hear(refusal(Scope.SENDER))
        around.clock.move(FIRST_WAIT)
        asked = OTHER_ACCOUNT.asked
        permit = around.ask()
        assert permit.again(Fresh(SMS, 2, 0.0, asked, TakenOver(SMS, 2, asked, 0.0))) is None
        assert around.is_due()
        permit.heard(refusal(Scope.ACCOUNT))

        assert around.is_due()
        assert around.told[1:] == [("paused", Target(Scope.ACCOUNT, "other"), Cause.REFUSED)]
        assert around.waits(SMS, OTHER_ACCOUNT) == [False, True]

    def test_makes_a_probe_of_what_is_asked_again(self, around: Around) -> None:
        around.hear(refusal(Scope.ACCOUNT), OTHER_ACCOUNT)
        asked = OTHER_ACCOUNT.asked
        again = Fresh(SMS, 2, 0.0, asked, TakenOver(SMS, 2, asked, 0.0))
        permit = around.ask()
        assert permit.again(again) == PAUSED
        permit.give_back()
        around.clock.move(FIRST_WAIT)
        permit = around.ask()
        assert permit.again(again) is None
        assert not around.is_due()
        permit.heard(DONE)

        assert not around.holds()

    def test_stops_what_operators_have_paused_since(self, around: Around) -> None:
        permit = around.ask()
        around.pauses.brake(Brake(0, (operators(Target(Scope.ALL)),)))

        assert permit.again(claimed()) == PAUSED


class TestBrake:
    """What operators have paused."""

    @pytest.mark.parametrize(
        ("target", "waits"),
        [
            (Target(Scope.ALL), [True] * 5),
            (ACCOUNT, [True, False, True, True, True]),
            (SENDER, [True, True, False, True, True]),
            (FLOW, [True, True, True, False, True]),
            (Target(Scope.COUNTRY, "GB"), [False, False, False, False, True]),
            # A number of no range in use may be of any country that shares its calling code.
            (Target(Scope.COUNTRY, "US"), [True, True, True, True, False]),
            (Target(Scope.FLOW, "no-such"), [False] * 5),
        ],
    )
    def test_covers_what_it_names_and_lets_no_probe_go(
        self, around: Around, target: Target, waits: list[bool]
    ) -> None:
        around.pauses.brake(Brake(1, (operators(target),)))
        around.clock.move(100_000)

        assert around.waits(*ALL_SMSES) == waits
        assert not around.is_due()

    def test_is_over_when_it_is_no_longer_there(self, around: Around) -> None:
        around.pauses.brake(Brake(1, (operators(ACCOUNT), operators(FLOW))))
        around.pauses.brake(Brake(1, (operators(FLOW),)))
        around.pauses.brake(Brake(1))

        assert around.waits(*ALL_SMSES) == [False] * 5
        assert around.told == [
            ("paused", ACCOUNT, Cause.OPERATOR),
            ("paused", FLOW, Cause.OPERATOR),
            ("resumed", ACCOUNT, Cause.OPERATOR),
            ("resumed", FLOW, Cause.OPERATOR),
        ]

    def test_is_told_once_while_it_stays_as_it_is(self, around: Around) -> None:
        for _ in range(5):
            around.pauses.brake(Brake(1, (operators(FLOW),)))

        assert len(around.told) == 1

    def test_over_an_account_that_is_refused_allows_no_probe(self, around: Around) -> None:
        around.hear(refusal(Scope.ACCOUNT))
        around.pauses.brake(Brake(1, (operators(ACCOUNT),)))
        around.clock.move(FIRST_WAIT)

        assert not around.is_due()
        around.pauses.brake(Brake(1))
        assert around.is_due()


class TestFlows:
    """Whether nothing of a flow may go out."""

    @pytest.mark.parametrize(
        ("target", "shuts"),
        [
            (Target(Scope.ALL), [True, True, True]),
            (FLOW, [True, False, True]),
            (ACCOUNT, [True, True, False]),
            (SENDER, [False, False, False]),
            (Target(Scope.COUNTRY, "US"), [False, False, False]),
        ],
    )
    def test_by_operators(self, around: Around, target: Target, shuts: list[bool]) -> None:
        around.pauses.brake(Brake(1, (operators(target),)))

        assert self.shuts(around) == shuts

    @pytest.mark.parametrize(
        ("scope", "shuts"),
        [
            (Scope.ACCOUNT, [True, True, False]),
            (Scope.FLOW, [True, False, True]),
            (Scope.SENDER, [False] * 3),
        ],
    )
    def test_by_refusals(self, around: Around, scope: Scope, shuts: list[bool]) -> None:
        around.hear(refusal(scope))

        assert self.shuts(around) == shuts

    def shuts(self, around: Around) -> list[bool]:
        """Say it of a flow by the account, of another, and of one whose events choose."""
        return [
            around.pauses.shuts(flow, accounts)
            for flow, accounts in [
                (SMS.flow, ["default"]),
                ("another", ["default"]),
                (SMS.flow, ["default", "other"]),
            ]
        ]


class TestLookUps:
    """Of what may have been taken, in a pause."""

    def test_go_on_where_there_is_none(self, around: Around) -> None:
        assert all(around.pauses.may_look_up("default") for _ in range(100))

    def test_are_as_seldom_as_probes(self, unanswered: Around) -> None:
        made = 0
        for _ in range(600):
            unanswered.clock.move(1.0)
            made += unanswered.pauses.may_look_up("default")
            if unanswered.is_due():
                unanswered.hear(UNKNOWN)

        assert 10 <= made <= 14
        assert unanswered.pauses.may_look_up("other")

    def test_that_are_answered_end_one_in_which_nobody_waits(self, unanswered: Around) -> None:
        unanswered.pauses.listed("default")
        assert unanswered.holds()
        unanswered.clock.move(FIRST_WAIT)
        unanswered.pauses.listed("default")

        assert not unanswered.holds()
        unanswered.hear(UNKNOWN)
        assert unanswered.holds()

    def test_that_are_answered_end_none_in_which_somebody_waits(self, unanswered: Around) -> None:
        assert unanswered.waits(SMS) == [True]
        unanswered.clock.move(FORGOTTEN - 1)
        unanswered.pauses.listed("default")
        assert unanswered.holds()
        unanswered.clock.move(1)
        unanswered.pauses.listed("default")

        assert not unanswered.holds()

    def test_that_are_answered_end_no_refusal(self, around: Around) -> None:
        around.hear(refusal(Scope.ACCOUNT))
        around.clock.move(FIRST_WAIT)
        around.pauses.listed("default")

        assert around.holds()

    @pytest.mark.parametrize(
        ("evidence", "due"), [(UNKNOWN, False), (DONE, True), (refusal(Scope.ACCOUNT), True)]
    )
    def test_by_a_probe_use_it_up_where_they_fail(
        self, unanswered: Around, evidence: Evidence, *, due: bool
    ) -> None:
        unanswered.clock.move(FIRST_WAIT)
        probe = unanswered.ask()
        probe.listed("default", evidence)
        probe.give_back()

        assert unanswered.is_due() is due
        assert unanswered.holds()

    def test_say_nothing_of_sending_outside_of_a_pause(self, around: Around) -> None:
        for _ in range(20):
            permit = around.ask()
            permit.listed("default", UNKNOWN)
            permit.give_back()

        assert not around.holds()


def operators(target: Target) -> Pause:
    """Return one that an operator has made."""
    return Pause(target, Cause.OPERATOR, "a test", 0.0, who="ann@shop")


def claimed(brake: int = 0) -> Fresh:
    """Return a claim that met this counter."""
    return Fresh(SMS, 1, 0.0, SMS.asked, brake=brake)


EVIDENCE = st.sampled_from(
    [
        DONE,
        UNKNOWN,
        NO_CONNECTION,
        NOTHING,
        LIMITED,
        *map(refusal, (Scope.ACCOUNT, Scope.SENDER, Scope.FLOW)),
    ]
)
STEPS = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(ALL_SMSES), st.integers(1, 15)),
    st.tuples(st.just("hear"), EVIDENCE, st.integers(1, 15)),
    st.tuples(st.just("wait"), st.none(), st.sampled_from([1, 5, 40, 60])),
    st.tuples(
        st.just("brake"), st.sampled_from([(), (ACCOUNT,), (Target(Scope.ALL),)]), st.just(1)
    ),
)


class Story:
    """Drives pauses through whatever comes."""

    def __init__(self) -> None:
        self.around = Around()
        self.out: list[Permit] = []

    def step(self, what: str, about: object) -> None:
        match what, about:
            case "ask", Sms():
                answer = self.around.pauses.ask(about, self.around.limit)
                self.out += [answer] if isinstance(answer, Permit) else []
            case "hear", Evidence():
                for permit in self.out[:1]:
                    permit.heard(about)
                del self.out[:1]
            case "wait", None:
                self.around.clock.move(1.0)
            case "brake", tuple():
                self.around.pauses.brake(Brake(1, tuple(map(operators, about))))
            case _:
                raise AssertionError(what)

    def all_is_well_again(self) -> None:
        """Everything answers from now on."""
        self.around.pauses.brake(Brake(1))
        for permit in self.out:
            permit.give_back()
        for _ in range(10):
            self.around.clock.move(LONGEST_WAIT)
            for sms in ALL_SMSES:
                answer = self.around.pauses.ask(sms, self.around.limit)
                if isinstance(answer, Permit):
                    answer.heard(DONE)


@given(st.lists(STEPS, min_size=10, max_size=60))
def test_whatever_happens_each_pause_has_one_probe_out_at_most_and_none_lasts_for_ever(
    steps: list[tuple[str, object, int]],
) -> None:
    story = Story()
    around = story.around
    for what, about, number in steps:
        for _ in range(number):
            story.step(what, about)
        probed = [own for permit in story.out for own in permit.probing]
        assert len(probed) == len({id(own) for own in probed})
        assert around.limit.in_flight == len(story.out)
    begun = sum(what == "paused" for what, _, _ in around.told)
    ended = sum(what == "resumed" for what, _, _ in around.told)
    assert begun - ended == len(around.pauses.all)
    event(f"{min(begun, 3)} pauses")

    story.all_is_well_again()
    assert around.waits(*ALL_SMSES) == [False] * 5
