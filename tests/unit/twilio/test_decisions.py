"""What is decided on Twilio's refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from smsherald.errors import Reason, Standing
from smsherald.model import NotTaken, Rejected, Scope, Unknown
from smsherald.settings.twilio.decisions import Decision, Row, Stage, load, objection, overridden
from smsherald.twilio.decisions import Refusal, decide, is_undecided, meaning, scope_of

TABLE = load()
ROWS = json.loads(files("smsherald.settings.twilio").joinpath("decisions.json").read_text())
NO_SUCH_CODE = 99999
UNDECIDED_CODES = [
    code for code, row in TABLE.items() if row.decision in {Decision.EXPIRED, Decision.INFO}
]
NOT_SUCCEEDED = [*range(100, 200), *range(300, 600)]

RATE_LIMITED = NotTaken(Reason.RATE_LIMITED, 7.0)
PAUSED = NotTaken(Reason.PAUSED, None)

BY_STATUS: dict[int, Refusal] = {
    **{status: replace(PAUSED, code=status) for status in (401, 403, 404)},
    408: Unknown(),
    409: Unknown(),
    429: RATE_LIMITED,
}

BY_DECISION: dict[Decision, Refusal] = {
    Decision.RATE_LIMITED: RATE_LIMITED,
    Decision.RETRY_LATER: NotTaken(Reason.NOT_TAKEN, 7.0),
    Decision.CONFIG_PAUSE: PAUSED,
}


def coded(answer: Refusal, code: int | None) -> Refusal:
    """Return the answer with the code that a log shows of it."""
    return replace(answer, code=code or answer.code) if isinstance(answer, NotTaken) else answer


def expected_by_status(status: int, code: int | None) -> Refusal:
    if not 400 <= status < 500:
        return Unknown()
    other = replace(PAUSED, code=status) if code is None else NotTaken(Reason.NOT_TAKEN, 7.0)
    return coded(BY_STATUS.get(status, other), code)


def expected_by_code(status: int, code: int) -> Refusal:
    decision = TABLE[code].decision
    if decision in {Decision.EXPIRED, Decision.INFO}:
        return expected_by_status(status, code)
    return coded(BY_DECISION.get(decision) or Rejected(Reason(decision.value), code), code)


class TestStatus:
    """What the HTTP status says by itself."""

    @pytest.mark.parametrize("code", [None, NO_SUCH_CODE])
    def test_decides_where_no_code_does(self, code: int | None) -> None:
        decided = {status: decide(TABLE, status, code, 7.0) for status in NOT_SUCCEEDED}

        assert decided == {status: expected_by_status(status, code) for status in NOT_SUCCEEDED}

    @pytest.mark.parametrize("code", sorted(TABLE))
    def test_other_than_4xx_makes_every_code_unknown(self, code: int) -> None:
        statuses = [*range(300, 400), *range(500, 600)]

        assert {decide(TABLE, status, code, 7.0) for status in statuses} == {Unknown()}


class TestCode:
    """What Twilio's error code says."""

    @pytest.mark.parametrize("code", sorted(TABLE))
    def test_decides_before_the_status_of_a_refusal(self, code: int) -> None:
        decided = {status: decide(TABLE, status, code, 7.0) for status in range(400, 500)}

        assert decided == {status: expected_by_code(status, code) for status in range(400, 500)}

    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            pytest.param(21211, Rejected(Reason.BAD_RECIPIENT, 21211), id="number that is none"),
            pytest.param(21614, Rejected(Reason.BAD_RECIPIENT, 21614), id="number without texts"),
            pytest.param(21612, Rejected(Reason.BAD_PAIR, 21612), id="number beyond the sender"),
            pytest.param(21610, Rejected(Reason.OPT_OUT, 21610), id="recipient unsubscribed"),
            pytest.param(21408, Rejected(Reason.GEO, 21408), id="country that is not enabled"),
            pytest.param(21617, Rejected(Reason.CONTENT, 21617), id="text that is too long"),
            pytest.param(20003, PAUSED, id="wrong password"),
            pytest.param(21606, PAUSED, id="sender that is not ours"),
            pytest.param(21611, RATE_LIMITED, id="queue of the sender is full"),
            pytest.param(20429, RATE_LIMITED, id="too many requests"),
            pytest.param(21730, NotTaken(Reason.NOT_TAKEN, 7.0), id="maintenance"),
        ],
    )
    def test_means(self, code: int, expected: Refusal) -> None:
        assert decide(TABLE, 400, code, 7.0) == coded(expected, code)

    def test_that_fails_a_text_gives_a_reason_to_fail(self) -> None:
        answers = (decide(TABLE, 400, code, None) for code in TABLE)
        reasons = {answer.reason for answer in answers if isinstance(answer, Rejected)}

        assert reasons == Reason.of(Standing.FAILED)


class TestUndecided:
    """A code that Twilio has and the table has not."""

    @pytest.mark.parametrize("status", sorted({*range(400, 500)} - BY_STATUS.keys()))
    @pytest.mark.parametrize(
        "code",
        [NO_SUCH_CODE, *UNDECIDED_CODES],
    )
    def test_fails_no_text(self, status: int, code: int) -> None:
        assert decide(TABLE, status, code, 7.0) == NotTaken(Reason.NOT_TAKEN, 7.0, code)
        assert decide(TABLE, status, code, None) == NotTaken(Reason.NOT_TAKEN, None, code)

    def test_never_rejects_with_whatever_status(self) -> None:
        decided = {type(decide(TABLE, status, NO_SUCH_CODE, None)) for status in range(100, 600)}

        assert decided == {NotTaken, Unknown}

    @pytest.mark.parametrize("status", [400, 401, 429, 499])
    def test_is_said(self, status: int) -> None:
        assert is_undecided(TABLE, status, NO_SUCH_CODE)

    @pytest.mark.parametrize(
        ("status", "code"), [(400, None), (400, 21211), (401, 20003), (500, NO_SUCH_CODE)]
    )
    def test_is_not_said_of_others(self, status: int, code: int | None) -> None:
        assert not is_undecided(TABLE, status, code)


class TestScope:
    """Whom a refusal is about."""

    @pytest.mark.parametrize(
        ("status", "code", "scope", "says"),
        [
            pytest.param(401, 20003, Scope.ACCOUNT, "20003 (Permission Denied)", id="password"),
            pytest.param(403, 20005, Scope.ACCOUNT, "20005 (Account not active)", id="suspended"),
            pytest.param(401, None, Scope.ACCOUNT, "HTTP 401 without a code", id="no code"),
            pytest.param(403, NO_SUCH_CODE, Scope.ACCOUNT, "99999", id="no such code"),
            pytest.param(418, None, Scope.ACCOUNT, "HTTP 418 without a code", id="a stranger"),
            pytest.param(400, 21659, Scope.SENDER, "21659", id="a code without a title"),
            pytest.param(400, 21609, Scope.FLOW, "21609 (Invalid 'StatusCallback')", id="option"),
            pytest.param(429, 20429, Scope.ACCOUNT, "20429 (Too Many Requests)", id="too many"),
            pytest.param(429, None, Scope.ACCOUNT, "HTTP 429 without a code", id="a proxy's"),
            pytest.param(
                *(429, 21611, Scope.SENDER),
                "21611 (This 'From' number has exceeded the maximum number of queued messages)",
                id="a full queue",
            ),
        ],
    )
    def test_is_in_the_table_with_what_the_code_means(
        self, status: int, code: int | None, scope: Scope, says: str
    ) -> None:
        assert scope_of(TABLE, decide(TABLE, status, code, None), code) is scope
        assert meaning(TABLE, status, code) == says

    @pytest.mark.parametrize(
        ("status", "code"),
        [(400, 21211), (400, 21610), (429, 14107), (400, NO_SUCH_CODE), (500, 1)],
    )
    def test_is_of_one_text_alone_where_nothing_else_waits(self, status: int, code: int) -> None:
        assert scope_of(TABLE, decide(TABLE, status, code, None), code) is None


def test_a_limit_without_retry_after_leaves_the_wait_to_the_attempt() -> None:
    assert decide(TABLE, 429, 20429, None) == NotTaken(Reason.RATE_LIMITED, None, 20429)


class TestTable:
    """The table that the package ships, and another in its place."""

    def test_has_every_code_once_in_order(self) -> None:
        codes = [row["code"] for row in ROWS]

        assert codes == sorted(set(codes))

    def test_says_of_every_code_what_and_when(self) -> None:
        for row in ROWS:
            keys = {"code", "title", "decision", "stage"}
            assert row.keys() == keys | {"scope"}, row
            assert row["stage"] in {"api", "callback", "both"}, row

    def test_uses_every_decision(self) -> None:
        assert {row.decision for row in TABLE.values()} == set(Decision)

    def test_uses_every_scope(self) -> None:
        assert {row.scope for row in TABLE.values()} == {
            *(Scope.ACCOUNT, Scope.SENDER, Scope.FLOW),
            None,
        }

    def test_can_be_another(self, tmp_path: Path) -> None:
        path = tmp_path / "table.json"
        path.write_text(
            '[{"code": 20003, "decision": "content", "scope": "text"},'
            ' {"code": 21606, "decision": "config_pause", "scope": "sender", "title": "No."}]'
        )

        assert load(path) == {
            20003: Row(Decision.CONTENT),
            21606: Row(Decision.CONFIG_PAUSE, Scope.SENDER, "No."),
        }

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("", id="empty"),
            pytest.param('{"20003": "content"}', id="object"),
            pytest.param("[20003]", id="codes alone"),
            pytest.param('[{"code": 20003}]', id="no decision"),
            pytest.param('[{"code": 20003, "decision": "perhaps"}]', id="no such decision"),
            pytest.param(
                '[{"code": 20003, "decision": "config_pause", "scope": "all"}]', id="no such scope"
            ),
            pytest.param('[{"code": "x", "decision": "content"}]', id="code that is no number"),
        ],
    )
    def test_that_is_none_is_an_error(self, text: str, tmp_path: Path) -> None:
        path = tmp_path / "table.json"
        path.write_text(text)

        with pytest.raises(ValueError, match=r"."):
            load(path)


class TestOverridden:
    """What an operator decides instead of the table."""

    def test_keeps_scope_title_and_all_other_rows(self) -> None:
        table = overridden(TABLE, {21612: Decision.CONFIG_PAUSE, 21606: Decision.RATE_LIMITED})

        assert table[21612] == replace(TABLE[21612], decision=Decision.CONFIG_PAUSE)
        assert table[21606] == replace(TABLE[21606], decision=Decision.RATE_LIMITED)
        assert {**table, 21612: TABLE[21612], 21606: TABLE[21606]} == TABLE

    @pytest.mark.parametrize(
        ("decision", "scope"), [(Decision.CONTENT, None), (Decision.CONFIG_PAUSE, Scope.ACCOUNT)]
    )
    def test_may_be_of_a_code_that_it_does_not_have(
        self, decision: Decision, scope: Scope | None
    ) -> None:
        table = overridden(TABLE, {NO_SUCH_CODE: decision})

        assert table == {**TABLE, NO_SUCH_CODE: Row(decision, scope)}
        assert not is_undecided(table, 400, NO_SUCH_CODE)

    def test_is_the_table_itself_where_nobody_does(self) -> None:
        assert overridden(TABLE, {}) == TABLE

    @pytest.mark.parametrize("decision", Decision)
    @pytest.mark.parametrize("stage", Stage)
    def test_never_sends_again_what_was_taken_and_always_says_what_becomes_of_a_refusal(
        self, stage: Stage, decision: Decision
    ) -> None:
        again = {Decision.RETRY_LATER, Decision.RATE_LIMITED}
        silent = {Decision.INFO, Decision.EXPIRED}
        codes = [code for code, row in TABLE.items() if row.stage is stage]
        wrong = {
            Stage.API: silent,
            Stage.CALLBACK: again,
            Stage.BOTH: again | silent,
        }[stage]

        # What is said of the whole account must end no text.
        ends = {Decision.BAD_RECIPIENT, Decision.BAD_PAIR, Decision.OPT_OUT, Decision.CONTENT}

        assert codes
        assert [code for code in codes if objection(code, decision) is not None] == [
            code
            for code in codes
            if decision in wrong or (decision in ends and TABLE[code].scope is Scope.ACCOUNT)
        ]

    @pytest.mark.parametrize("decision", Decision)
    def test_of_a_code_without_a_row_is_of_a_refusal(self, decision: Decision) -> None:
        silent = {Decision.INFO, Decision.EXPIRED}

        assert (objection(NO_SUCH_CODE, decision) is not None) is (decision in silent)
