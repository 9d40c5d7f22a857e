"""What `explain` says: that nothing is missing in it, and that it is what the daemon does."""

from __future__ import annotations

import json
import re
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from smsherald.cli import main
from smsherald.cli.operate.explanations.codes import Decided, near, of_code, of_status
from smsherald.cli.operate.explanations.effects import in_short
from smsherald.cli.operate.explanations.explanation import Explanation, texts
from smsherald.cli.operate.explanations.labels import LABELS, every_label, of_label
from smsherald.cli.operate.explanations.reasons import (
    not_understood,
    of_reason,
    of_standing,
    read,
)
from smsherald.cli.operate.explanations.view import print_explanations, print_list
from smsherald.errors import Reason, Standing
from smsherald.model import NotTaken, Rejected, Scope, Unknown
from smsherald.observe.metrics import FOREIGN
from smsherald.settings.twilio.decisions import Decision, load, objection, overridden
from smsherald.twilio.decisions import Refusal, decide, scope_of

REPOSITORY = Path(__file__).parents[3]
TABLE = load()
NOBODY = Decided()
NO_SUCH_CODE = 99999
# One that has no sentences fails the test that says so, and not all tests here.
REASONS = {
    reason.value: of_reason(reason, TABLE) for reason in Reason if reason in texts("reasons")
}
CODES = {code: of_code(code, TABLE, NOBODY) for code in TABLE}
STATUSES = {
    status: explained for status in range(300, 600) if (explained := of_status(status)) is not None
}
UNDECIDED = of_code(NO_SUCH_CODE, TABLE, NOBODY)
OTHERWISE = [
    of_code(code, TABLE, Decided({code: decision}, "smsherald.yaml"))
    for decision in Decision
    for code in (*TABLE, NO_SUCH_CODE)
    if objection(code, decision) is None
]
WORDS = every_label()
ALL = [*REASONS.values(), *CODES.values(), *STATUSES.values(), UNDECIDED, *OTHERWISE, *WORDS]


def sentences(said: Explanation) -> list[str]:
    return [said.meaning, *said.does, *said.advice]


def in_backticks() -> set[str]:
    """Return what stands so anywhere: commands, settings, reasons, fields."""
    every = "\n".join(chain.from_iterable(map(sentences, ALL)))
    return set(re.findall(r"`([^`]*)`", every))


def anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")


def reason_of(answer: Refusal) -> Reason:
    match answer:
        case Rejected() | NotTaken():
            return answer.reason
        case Unknown():
            return Reason.UNKNOWN


class TestNothingIsMissing:
    """Each word has its sentences, and no sentences are left of a word that went."""

    def test_every_reason_has_its_sentences(self) -> None:
        missing, left = set(Reason) - set(texts("reasons")), set(texts("reasons")) - set(Reason)

        assert (missing, left) == (set(), set()), "reasons.json should have what the enum has"

    def test_every_code_of_the_table_has_its_sentences(self) -> None:
        assert list(texts("codes")) == [str(code) for code in sorted(TABLE)], (
            "codes.json should have what decisions.json has, in its order"
        )

    def test_every_word_of_a_label_is_explained_once(self) -> None:
        words = {word for each in LABELS.values() for word in each}

        assert {each.word for each in WORDS} == words - set(Reason), (
            "labels.json should have what the labels have beside reasons"
        )
        assert [each.word for each in WORDS if not each.facts["labels"]] == []
        assert FOREIGN in LABELS["reason"]
        assert [reason for reason in Reason if of_label(reason) is not None] == []

    @pytest.mark.parametrize("name", ["reasons", "codes", "statuses", "labels"])
    def test_each_says_what_it_means_in_one_sentence(self, name: str) -> None:
        for word, text in texts(name).items():
            assert text.meaning.endswith("."), word
            assert len(re.findall(r"[.] ", text.meaning)) == (word == "undecided"), word
            assert text.short, word
            assert not text.short.endswith("."), word

    def test_there_is_always_something_to_do_if_only_nothing(self) -> None:
        assert [said.word for said in ALL if not said.advice] == []
        assert {said.word for said in OTHERWISE if not all(sentences(said))} == set()


class TestWhatItNames:
    """It sends nobody to what is not there."""

    def test_sections_are_in_the_docs(self) -> None:
        places = {place for said in ALL for place in said.see if "://" not in place}
        sections = {
            f"docs/{page.name}#{anchor(heading)}"
            for page in (REPOSITORY / "docs").glob("*.md")
            for heading in re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
        }

        assert places
        assert places - sections == set()

    def test_commands_can_be_run_so(self) -> None:
        typed = [each.split()[1:] for each in in_backticks() if each.startswith("smsherald ")]

        assert typed
        for words in typed:
            command: Any = get_command(main.app)
            depth = 0
            while hasattr(command, "commands") and words[depth:]:
                command, depth = command.commands[words[depth]], depth + 1
            known = {option for each in command.params for option in each.opts}
            assert {word for word in words if word.startswith("--")} <= known, command.name

    def test_settings_are_documented(self) -> None:
        page = (REPOSITORY / "docs" / "configuration.md").read_text()
        sections = {"broker", "ledger", "policy", "retry", "twilio"}
        named = {
            each.split(":")[0]
            for each in in_backticks()
            if re.match(r"\w+\.\w", each) and each.split(".")[0] in sections
        }

        assert named
        assert {name for name in named if f"`{name}`" not in page} == set()


class TestItIsWhatTheDaemonDoes:
    """The sentences are held against what decides."""

    @pytest.mark.parametrize("code", TABLE)
    def test_of_a_code(self, code: int) -> None:
        answer = decide(TABLE, 400, code, None)
        said = " ".join(CODES[code].does)

        assert f"(`{reason_of(answer)}`)" in said
        assert ("fails (" in said) == isinstance(answer, Rejected)

    @pytest.mark.parametrize("decision", Decision)
    def test_of_what_an_operator_decides_and_what_waits_for_it(self, decision: Decision) -> None:
        for code in (*TABLE, NO_SUCH_CODE):
            table = overridden(TABLE, {code: decision})
            answer = decide(table, 400, code, None)
            said = " ".join(of_code(code, TABLE, Decided({code: decision}, "here")).does)
            scope = scope_of(table, answer, code)

            assert f"(`{reason_of(answer)}`)" in said
            if decision in {Decision.CONFIG_PAUSE, Decision.RATE_LIMITED}:
                waits = "othing else waits for it" if scope is None else f" {scope} is "
                assert waits in said, code

    def test_of_a_refusal_without_a_code(self) -> None:
        for status, explained in STATUSES.items():
            answer = decide(TABLE, status, None, None)
            said = " ".join(explained.does)
            paused = reason_of(answer) is Reason.PAUSED

            assert f"(`{reason_of(answer)}`)" in said
            assert ("whole account is paused" in said) == paused, status
            assert not paused or scope_of(TABLE, answer, None) is Scope.ACCOUNT
        assert len(STATUSES) == 300

    @pytest.mark.parametrize("code", [20500, 20503])
    def test_of_a_code_that_comes_with_a_5xx(self, code: int) -> None:
        answer = decide(TABLE, 500, code, None)

        assert f"(`{reason_of(answer)}`)" in CODES[code].does[-1]

    def test_of_a_code_that_is_not_in_the_table(self) -> None:
        answer = decide(TABLE, 400, NO_SUCH_CODE, None)

        assert f"(`{reason_of(answer)}`)" in UNDECIDED.does[0]
        assert UNDECIDED.facts["known"] is False
        assert f"`twilio.decisions: {{{NO_SUCH_CODE}: content}}`" in UNDECIDED.advice[1]

    @pytest.mark.parametrize("reason", Reason)
    def test_of_the_codes_behind_a_reason(self, reason: Reason) -> None:
        asked = {code: decide(TABLE, 400, code, None) for code in TABLE}
        decided = {
            code
            for code, answer in asked.items()
            if reason_of(answer) is reason
            and TABLE[code].decision not in {Decision.EXPIRED, Decision.INFO}
        }

        assert set(REASONS[reason].facts["codes"]) == decided


class TestAnOperatorsDecision:
    """What the settings say comes first, and is said to."""

    def test_it_stands_before_the_tables(self) -> None:
        said = of_code(21612, TABLE, Decided({21612: Decision.CONFIG_PAUSE}, "smsherald.yaml"))

        assert said.does[0] == (
            "Your settings decide this: `config_pause` (twilio.decisions, smsherald.yaml). The "
            "table says `bad_pair`."
        )
        assert said.does[1] == "Decision: `config_pause`, for this text alone."
        assert said.facts["decision_of_the_table"] is Decision.BAD_PAIR

    def test_it_explains_a_code_that_the_table_does_not_have(self) -> None:
        said = of_code(NO_SUCH_CODE, TABLE, Decided({NO_SUCH_CODE: Decision.CONTENT}, "here"))

        assert said.facts["known"] is True
        assert said.does[0].endswith("The table has no such code.")

    def test_other_codes_are_the_tables(self) -> None:
        decided = Decided({21612: Decision.CONFIG_PAUSE}, "smsherald.yaml")

        assert of_code(30007, TABLE, decided) == CODES[30007]


class TestWhatIsMeant:
    """Words as people write them."""

    @pytest.mark.parametrize(
        ("said", "meant"),
        [
            ("30007", 30007),
            ("error 30007", 30007),
            ("Twilio error code: 30007", 30007),
            ("#30007", None),
            ("HTTP 429", 429),
            ("poison", Reason.POISON),
            ("In-Flight", Reason.IN_FLIGHT),
            ("in flight ", Reason.IN_FLIGHT),
            ("30007777", None),
            ("٣٠٠٠٧", None),
            ("error", None),
            ("", None),
        ],
    )
    def test_is_understood(self, said: str, meant: Reason | int | None) -> None:
        assert read(said) == meant

    @pytest.mark.parametrize(
        ("said", "reason"),
        [
            ("pausd", "paused"),
            ("missing", "missing_value"),
            ("hold", "held"),
            ("tiemout", "timeout"),
        ],
    )
    def test_a_slip_is_shown_what_is_near(self, said: str, reason: str) -> None:
        assert reason in not_understood(said).partition("did you mean ")[2]

    def test_a_word_like_none_is_shown_how_to_list_all(self) -> None:
        assert not_understood("xyzzy") == (
            "xyzzy is no reason, and no code of Twilio's; `smsherald explain` lists all there are"
        )

    def test_a_decision_is_said_to_be_one(self) -> None:
        assert "docs/twilio-errors.md#decisions" in not_understood("config_pause")

    @pytest.mark.parametrize(("typed", "meant"), [(30070, 30007), (2161, 21610), (21160, 21610)])
    def test_codes_that_look_alike_are_near(self, typed: int, meant: int) -> None:
        assert meant in near(typed, TABLE)

    @pytest.mark.parametrize("status", [0, 200, 201, 299, 600, 999])
    def test_what_is_no_refusal_is_no_status(self, status: int) -> None:
        assert of_status(status) is None


class TestOnATerminal:
    """What is printed."""

    def test_all_of_it_fits_80_columns(self, capsys: pytest.CaptureFixture[str]) -> None:
        for said in ALL:
            print_explanations([said], as_json=False)
        print_list({in_short(each): ALL for each in Decision}, as_json=False)

        assert [line for line in capsys.readouterr().out.splitlines() if len(line) > 80] == []

    def test_json_is_all_that_is_known(self, capsys: pytest.CaptureFixture[str]) -> None:
        print_explanations([CODES[20003]], as_json=True)
        said = json.loads(capsys.readouterr().out)

        assert said | {"short": "", "meaning": "", "does": [], "advice": [], "see": []} == {
            "kind": "code",
            "word": "20003",
            "known": True,
            "title": "Permission Denied",
            "decision": "config_pause",
            "decision_of_the_table": "config_pause",
            "settings": None,
            "scope": "account",
            "stage": "api",
            "short": "",
            "meaning": "",
            "does": [],
            "advice": [],
            "see": [],
        }

    def test_json_of_a_reason_says_where_it_stands(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        print_explanations([REASONS["in_flight"]], as_json=True)
        said = json.loads(capsys.readouterr().out)

        assert (said["outcomes"], said["counts"], said["codes"]) == (["deferred"], False, [])


def test_every_reason_stands_somewhere() -> None:
    assert set(chain.from_iterable(map(of_standing, Standing))) == set(Reason)
