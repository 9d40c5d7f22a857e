"""What may be asked of Twilio now: pauses, from their beginning to the probe that ends them.

A request of unknown fate costs its SMS a whole quarantine, and one that is refused for its account
is refused for every other. So a Twilio that does not answer, or refuses, is soon asked nothing but
a probe now and then; all else waits in the broker. Operators pause by the ledger, for all replicas.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from smsherald.errors import Reason
from smsherald.model import Brake, Cause, Evidence, Pause, Scope, Shows, Sms, Target, Wait
from smsherald.model.evidence import DONE, NOTHING
from smsherald.policy.limits import Limit
from smsherald.policy.observer import Observer
from smsherald.policy.own_pause import FIRST_WAIT, FORGOTTEN, LONGEST_WAIT, OwnPause
from smsherald.policy.permit import Permit
from smsherald.policy.refusals import Refusals
from smsherald.policy.targets import EVERYTHING, of_account, refused, targets
from smsherald.policy.unanswered import Unanswered
from smsherald.ports import Clock
from smsherald.sms import countries

A_SECOND = 25
"""So many of what waits in a pause come by in a second, to see whether it is over:
each costs nearly what a text does."""
LONGEST_TURN = 600.0
"""Seconds after which each of them has come by, however many there are."""


class Pauses:
    """All that hold in this process. Everything here returns at once."""

    def __init__(self, clock: Clock, observer: Observer) -> None:
        self._clock = clock
        self._observer = observer
        self._version = 0
        """Grows with every beginning and end."""
        self._own: dict[tuple[Target, str], OwnPause] = {}
        self._ended: dict[tuple[Target, str], int] = {}
        self._forgotten: dict[str, int] = {}
        self._unanswered = Unanswered()
        self._refusals = Refusals()
        self._brake = Brake(0)
        self._braked: frozenset[Target] = frozenset()
        self._countries: frozenset[str] = frozenset()
        self.waiting = 0
        """How many events wait in the broker."""
        self.shut = False
        """Whether nothing at all may be sent: then events wait in the queue."""
        self.on_change: Callable[[], None] = lambda: None
        """Called when a pause or a probe begins or ends."""

    def ask(self, sms: Sms, limit: Limit) -> Permit | Wait:
        """Return leave to claim and send an SMS now, or how long to wait; nothing else happens.

        `limit` is its account's, which has room.
        """
        if not self.hold:
            return Permit(self, sms, limit, version=self._version, brake=self._brake.counter)
        if self._is_braked(sms):
            return Wait(Reason.PAUSED, self.turn(A_SECOND))
        now = self.now
        own = tuple(self._over(sms))
        if not all(each.open(now) for each in own):
            for each in own:
                each.wanted = now
            return Wait(Reason.PAUSED, self.turn(A_SECOND))
        permit = Permit(
            self, sms, limit, version=self._version, brake=self._brake.counter, probing=own
        )
        for each in own:
            each.probe, each.wanted = permit, None
        self.on_change()
        return permit

    def since(self, permit: Permit) -> Wait | None:
        """Return how long to wait for a pause that has begun since a permit was given."""
        if permit.version == self._version:
            return None
        covering = (own for own in self._over(permit.sms) if own.probe is not permit)
        if self._is_braked(permit.sms) or any(covering):
            return Wait(Reason.PAUSED, FIRST_WAIT)
        return None

    def covers(self, sms: Sms) -> bool:
        """Whether a pause covers an SMS."""
        return self._is_braked(sms) or any(self._over(sms))

    def instead(self, permit: Permit, sms: Sms) -> Wait | None:
        """Let a permit be for another SMS, a probe of what covers that one; else how long to wait.

        What it was out to end, it says nothing about any more: that is still due.
        """
        for own in permit.probing:
            if own.probe is permit:
                own.probe = None
        permit.sms, permit.version, permit.probing = sms, self._version, ()
        now, covering = self.now, tuple(self._over(sms))
        if self._is_braked(sms) or not all(own.open(now) for own in covering):
            return Wait(Reason.PAUSED, FIRST_WAIT)
        permit.probing = covering
        for own in covering:
            own.probe, own.wanted = permit, None
        self.on_change()
        return None

    def heard(self, permit: Permit, evidence: Evidence) -> None:
        """Take a permit back, with what was heard: a pause may begin or end by it."""
        probed = [own for own in permit.probing if own.probe is permit]
        for own in probed:
            own.probe = None
            self._probed(own, evidence)
        account = permit.sms.asked.account
        all_is_well = self._unanswered.clean(account) and self._refusals.none
        if evidence is NOTHING or (evidence is DONE and all_is_well):
            return  # By far most often: it begins and ends nothing.
        if permit.version < self._forgotten.get(account, 0):
            return  # It was asked with what the account was before.
        if evidence.refuses is not None:
            self._count_refusal(permit, evidence.refuses, evidence, is_probe=bool(probed))
        elif evidence.lets_in:
            for target in targets(permit.sms)[1:]:
                self._refusals.let_in((target, account))
        self._count_unanswered(permit, evidence)

    def _count_refusal(
        self, permit: Permit, scope: Scope, evidence: Evidence, *, is_probe: bool
    ) -> None:
        key = (refused(scope, permit.sms), permit.sms.asked.account)
        if key in self._own or not (is_probe or self._is_news(key, permit)):
            return
        if self._refusals.heard(key, self.now):
            self._begin(*key, evidence.cause, evidence.meaning)

    def _count_unanswered(self, permit: Permit, evidence: Evidence) -> None:
        key = of_account(permit.sms.asked.account)
        if key in self._own or not self._is_news(key, permit):
            return
        if why := self._unanswered.heard(key[1], evidence):
            self._begin(*key, Cause.UNANSWERED, why)

    def _is_news(self, key: tuple[Target, str], permit: Permit) -> bool:
        """Say whether it was asked after the last such pause: else it says what that said."""
        return permit.version >= self._ended.get(key, 0)

    def turn(self, a_second: float) -> float:
        """Return for how many seconds what waits stays away: then so many come by in a second."""
        if self.shut:
            return FIRST_WAIT
        return min(max(self.waiting / a_second, FIRST_WAIT), LONGEST_TURN)

    @property
    def now(self) -> float:
        """The monotonic time."""
        return self._clock.monotonic()

    def may_look_up(self, account: str) -> bool:
        """Say whether an account may be asked now where a text is: in a pause, now and then."""
        own = self._own.get(of_account(account))
        if own is None:
            return True
        now = self.now
        if now < own.look_up:
            return False
        own.look_up = now + own.wait
        return True

    def listed(self, account: str) -> None:
        """Take note that a look-up was answered: that may end a pause in which nobody waits.

        It would last until somebody sends a text. Twilio may list what it has while it takes
        nothing new: so one more that is not answered begins it again.
        """
        own = self._own.get(of_account(account))
        now = self.now
        if own is None or own.cause is not Cause.UNANSWERED or not own.open(now):
            return
        if not self.waiting and own.is_forgotten(now):
            self._end(own)
            self._unanswered.doubt(account)

    def tidy(self) -> None:
        """End those of senders and flows that nobody has sent by for long: they may be gone."""
        now = self.now
        for own in [own for own in self._own.values() if own.target.scope is not Scope.ACCOUNT]:
            if own.open(now) and now - own.due >= FORGOTTEN and own.is_forgotten(now):
                self._end(own)

    def brake(self, brake: Brake) -> None:
        """Take over what operators have paused, as the ledger has it now."""
        before = {pause.target: pause for pause in self._brake.pauses}
        after = {pause.target: pause for pause in brake.pauses}
        self._brake = brake
        self._braked = frozenset(after)
        self._countries = frozenset(
            target.name for target in after if target.scope is Scope.COUNTRY
        )
        changed = [target for target in before | after if before.get(target) != after.get(target)]
        self._version += bool(changed)
        for target in changed:
            if target in after:
                self._observer.paused(after[target])
            else:
                self._observer.resumed(before[target])
        if changed:
            self.on_change()

    def probe_now(self, account: str) -> None:
        """Let the next SMS of an account be a probe: what it is asked with has changed."""
        for own in self._own.values():
            if own.account == account:
                own.due = own.look_up = self.now
                own.wait, own.probe = FIRST_WAIT, None
        self.on_change()

    def forget(self, account: str) -> None:
        """End all of an account's: its name means no account any more, or another."""
        for own in [own for own in self._own.values() if own.account == account]:
            own.probe = None
            self._end(own)
        self._unanswered.forget(account)
        self._version += 1
        self._forgotten[account] = self._version

    def shuts(self, flow: str, accounts: Collection[str]) -> bool:
        """Say whether nothing of a flow may go out, but by a probe."""
        whole = {EVERYTHING, Target(Scope.FLOW, flow)}
        if whole & self._braked or any(own.target in whole for own in self._own.values()):
            return True
        return all(key[0] in self._braked or key in self._own for key in map(of_account, accounts))

    @property
    def hold(self) -> bool:
        """Whether there is any."""
        return bool(self._own or self._braked)

    @property
    def probe_is_due(self) -> bool:
        """Whether some SMS may go out as a probe now."""
        now = self.now
        return EVERYTHING not in self._braked and any(
            own.open(now)
            and own.target not in self._braked
            and Target(Scope.ACCOUNT, own.account) not in self._braked
            for own in self._own.values()
        )

    @property
    def all(self) -> tuple[Pause, ...]:
        """All that hold now: operators' first, then this process's own."""
        ahead = self._clock.now() - self.now
        return (*self._brake.pauses, *(own.shown(ahead) for own in self._own.values()))

    def _is_braked(self, sms: Sms) -> bool:
        if not self._braked.isdisjoint(targets(sms)):
            return True
        return bool(self._countries) and not self._countries.isdisjoint(countries(sms.asked.to))

    def _over(self, sms: Sms) -> Iterator[OwnPause]:
        account = sms.asked.account
        for target in targets(sms)[1:]:
            if own := self._own.get((target, account)):
                yield own

    def _begin(self, target: Target, account: str, cause: Cause, why: str) -> None:
        now = self.now
        own = OwnPause(
            target, account, cause, why, self._clock.now(), now + FIRST_WAIT, now + FIRST_WAIT
        )
        self._own[target, account] = own
        self._version += 1
        if target.scope is Scope.ACCOUNT:
            self._unanswered.forget(account)
        self._observer.paused(own.shown(self._clock.now() - now))
        self.on_change()

    def _end(self, own: OwnPause) -> None:
        del self._own[own.target, own.account]
        self._version += 1
        self._ended[own.target, own.account] = self._version
        self._observer.resumed(own.shown(0.0))
        self.on_change()

    def _probed(self, own: OwnPause, evidence: Evidence) -> None:
        if evidence.shows is Shows.NOTHING:
            return  # It is still due: whoever comes next is the probe.
        if own.is_over(evidence):
            self._end(own)
            if own.cause is not Cause.UNANSWERED:
                self._refusals.ended((own.target, own.account), self.now)
            return
        if evidence.refuses is own.target.scope and evidence.meaning:
            own.why = evidence.meaning
        own.wait = min(2 * own.wait, LONGEST_WAIT)
        own.due = self.now + own.wait
        self.on_change()
