"""`explain` as a shell sees it: with a configuration, with a broken one, and with none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from smsherald.cli.operate.explanations.explanation import texts
from smsherald.cli.operate.explanations.outcomes import OUTCOMES
from smsherald.errors import Reason
from smsherald.model import Deferred, Duplicate, Failed, Parked, Sent, Skipped
from smsherald.settings.twilio.decisions import load
from support.command import smsherald
from support.configuration import EXAMPLE, write

OVERRIDDEN = EXAMPLE.replace("decisions: {}", "decisions: {30007: config_pause, 21999: content}")


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    """Return a working directory without a configuration."""
    return tmp_path


def explained(
    *words: str, cwd: Path, code: int = 0, **environment: str
) -> subprocess.CompletedProcess[str]:
    done = smsherald("explain", *words, environment=environment, cwd=cwd)
    assert done.returncode == code, done.stderr
    return done


def test_a_code_needs_no_configuration(nowhere: Path) -> None:
    done = explained("30007", cwd=nowhere)

    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == "30007: message filtered by a carrier"
    assert [line for line in lines if line and not line.startswith(" ")][1:] == [
        "What it means",
        "What smsherald does",
        "What to do",
        "More",
    ]
    assert "Decision: `content`" in done.stdout


@pytest.mark.parametrize("words", [("in_flight",), ("in", "flight"), ("In-Flight",)])
def test_a_reason_may_be_written_as_people_do(words: tuple[str, ...], nowhere: Path) -> None:
    assert explained(*words, cwd=nowhere).stdout.startswith("in_flight: ")


def test_several_are_explained_in_order_and_what_belongs_together_is_one(nowhere: Path) -> None:
    words = ("failed", "error", "30003", "in", "flight", "30005")
    done = explained(*words, cwd=nowhere)
    said = json.loads(explained(*words, "--json", cwd=nowhere).stdout)

    heads = [text.splitlines()[0].partition(":")[0] for text in done.stdout.split("\n\n")]
    assert [head for head in heads if not head.startswith(("What", "More"))] == [
        *("failed", "30003", "in_flight", "30005")
    ]
    assert [each["word"] for each in said] == ["failed", "30003", "in_flight", "30005"]


@pytest.mark.parametrize("words", [("30003", "pausd", "30005"), ("pausd", "30003")])
def test_of_several_the_one_that_is_none_is_named(words: tuple[str, ...], nowhere: Path) -> None:
    done = explained(*words, code=2, cwd=nowhere)

    assert done.stdout == ""
    assert "REASON: pausd is no reason" in done.stderr


def test_a_pasted_column_of_codes_takes_no_time(nowhere: Path) -> None:
    codes = ["30007"] * 1_000

    assert len(json.loads(explained(*codes, "--json", cwd=nowhere).stdout)) == len(codes)


def test_a_status_is_what_the_log_has_where_there_is_no_code(nowhere: Path) -> None:
    assert "(`paused`)" in explained("403", cwd=nowhere).stdout


def test_a_code_that_is_not_in_the_table_is_1_and_says_what_becomes_of_it(nowhere: Path) -> None:
    done = explained("error", "30070", code=1, cwd=nowhere)

    assert done.stdout.startswith("30070: not in the table\n")
    assert "twilio_code_undecided" in done.stdout
    assert "30007 (message filtered by a carrier)" in " ".join(done.stdout.split())


def test_a_word_that_is_no_reason_is_2_and_says_which_are_near(nowhere: Path) -> None:
    done = explained("pausd", code=2, cwd=nowhere)

    assert done.stdout == ""
    assert "did you mean paused?" in done.stderr
    assert "`smsherald explain` lists all" in done.stderr


@pytest.mark.parametrize(
    ("word", "where"),
    [
        ("sent", "`smsherald ledger show`"),
        ("failed", "`smsherald explain REASON`"),
        ("skipped", "`smsherald explain REASON`"),
        ("duplicate", "`smsherald why EVENT-ID`"),
        ("Parked", "`smsherald parked list`"),
        ("deferred", "`smsherald why EVENT-ID`"),
        ("handled", "`smsherald why EVENT-ID`"),
        ("ignored", "`subscribe`"),
        ("held", "`smsherald ledger list --state held`"),
    ],
)
def test_an_outcome_is_no_reason_and_is_said_all_the_same(
    word: str, where: str, nowhere: Path
) -> None:
    done = explained(word, cwd=nowhere)

    assert done.stderr == ""
    assert done.stdout.startswith(f"{word.lower()}: ")
    assert where in " ".join(done.stdout.split())
    assert json.loads(explained(word, "--json", cwd=nowhere).stdout)["word"] == word.lower()


def test_every_outcome_that_log_and_metrics_have_is_said() -> None:
    words = {each.word for each in (Sent, Failed, Skipped, Duplicate, Parked, Deferred)}

    assert words <= OUTCOMES.keys()


@pytest.mark.parametrize("word", ["timeout", "http_429", "No Connection"])
def test_a_word_of_a_label_is_explained(word: str, nowhere: Path) -> None:
    plain = word.lower().replace(" ", "_")
    said = json.loads(explained(word, "--json", cwd=nowhere).stdout)

    assert explained(word, cwd=nowhere).stdout.startswith(f"{plain}: ")
    assert (said["kind"], said["word"], said["labels"]) == ("label", plain, ["failure"])


def test_what_moves_a_cursor_is_shown_as_it_is_written(nowhere: Path) -> None:
    assert "\x1b" not in explained("\x1b[2J", code=2, cwd=nowhere).stderr


def test_without_a_word_it_lists_all(nowhere: Path) -> None:
    lines = explained(cwd=nowhere).stdout.splitlines()
    words = [line.split()[0] for line in lines if line.startswith("  ")]

    assert sorted(words) == sorted([*Reason, *map(str, load()), *texts("labels")])
    assert [line for line in lines if len(line) > 80] == []
    assert json.loads(explained("--json", cwd=nowhere).stdout)[0]["word"] == "too_large"


def test_json_of_an_unknown_code_is_1_too(nowhere: Path) -> None:
    said = json.loads(explained("30070", "--json", code=1, cwd=nowhere).stdout)

    assert (said["known"], said["near"][0]) == (False, 30007)


class TestWithAConfiguration:
    """What an operator decides otherwise is said, whoever has the credentials."""

    def test_its_decision_is_said_without_any_credentials(self, tmp_path: Path) -> None:
        path = write(tmp_path, OVERRIDDEN)
        done = explained("30007", "--config", str(path), cwd=tmp_path)

        assert done.stderr == ""
        said = " ".join(done.stdout.split())
        assert f"decide this: `config_pause` (twilio.decisions, {path})" in said
        assert "The table says `content`." in said

    def test_it_is_found_as_by_every_command(self, tmp_path: Path) -> None:
        path = write(tmp_path, OVERRIDDEN)
        done = explained("21999", cwd=tmp_path, SMSHERALD_CONFIG=str(path))

        assert "decided on by your settings" in done.stdout

    def test_the_list_has_what_it_decides_on(self, tmp_path: Path) -> None:
        path = write(tmp_path, OVERRIDDEN)

        assert "  21999 " in explained("-c", str(path), cwd=tmp_path).stdout

    @pytest.mark.parametrize("text", ["log: {level: loud}\n", "to: [", None])
    def test_one_that_cannot_be_used_leaves_the_default_and_is_warned_of(
        self, text: str | None, tmp_path: Path
    ) -> None:
        path = tmp_path / "smsherald.yaml"
        if text is not None:
            path.write_text(text)
        done = explained("30007", "--config", str(path), cwd=tmp_path)

        assert "Decision: `content`" in done.stdout
        assert "smsherald.yaml:" in done.stderr.splitlines()[0]
        assert "twilio.decisions" in done.stderr

    def test_a_reason_asks_for_none(self, tmp_path: Path) -> None:
        done = explained("paused", "--config", str(tmp_path / "none.yaml"), cwd=tmp_path)

        assert done.stderr == ""


def test_it_imports_nothing_that_asks_anybody() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from smsherald.cli import main; "
        "assert not CliRunner().invoke(main.app, ['explain', '30007']).exit_code; "
        "heavy = {'kombu', 'twilio', 'sqlalchemy', 'alembic', 'aiohttp'}; "
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)

    assert done.returncode == 0, done.stderr
