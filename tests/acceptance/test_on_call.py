"""Eight questions of a person on call, each answered by one command, and what docs show of them."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from support import in_trouble
from support.command import clean
from support.daemon import Daemon
from support.process import COMMAND
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess
from support.secrets import require_none
from support.transcript import blocks, fitted, natural, with_blocks, words
from support.waiting import PATIENCE

PAGE = Path(__file__).parents[2] / "docs" / "on-call.md"
WRITE = "SMSHERALD_WRITE_TRANSCRIPT"
COLUMNS = 80
PERSONAL = re.compile(r"555\D?\d{3}\D?\d{4}|\bAnn\b|thank you|Welcome,|on its way|How was")
"""Numbers of customers, their names, and pieces of every text."""


@dataclass(frozen=True)
class Question:
    """One of them: the command that answers it, and what it must say, wherever lines break."""

    asked: str
    command: str
    says: tuple[str, ...]
    exits: int = 0
    shows: tuple[int, int] = (0, 99)
    """Which of its paragraphs the docs show; others are … there."""


QUESTIONS = (
    Question(
        "Is it sending?",
        "status",
        (
            "NOT READY: nothing is sent by account loyalty; see below.",
            "✗ twilio: Twilio refuses account loyalty: 20003 (Permission Denied)",
            "! flow shipment-created is paused by ann@",
        ),
        exits=1,
        shows=(0, 1),
    ),
    Question(
        "Why not, and since when?",
        "pauses",
        (
            "Paused by the daemon shop-1 itself, until Twilio takes a probe: the account loyalty",
            "Twilio refuses it: 20003 (Permission Denied)",
        ),
    ),
    Question(
        "What waits?",
        "status",
        (
            "Waiting: 0 in the queue, 7 in its retry queues, 5 parked; 0 in flight.",
            "Put off, to come again by itself: 5 paused, 2 unknown.",
            "Parked, until a person acts: 1 bad_number, 2 missing_value, 1 not_json, 1 unknown",
            "Held, until a person decides: 2.",
        ),
        exits=1,
        shows=(1, 2),
    ),
    Question(
        "What is parked, and why?",
        "parked list",
        (
            "unknown_flow review-request R4700",
            "missing_value order-created R4714 to: order.billing_address.phone is missing",
            "bad_number order-created R4716 to: has fewer than 4 digits",
            "not_json the body is not JSON",
        ),
    ),
    Question(
        "What became of order R4711?",
        "why R4711",
        (
            "R4711: the SMS of order-created to •••09 is held: nobody knows whether Twilio took it",
            "`smsherald ledger resolve ",
        ),
    ),
    Question(
        "What does 30007 mean?",
        "explain 30007",
        ("30007: message filtered by a carrier", "What to do"),
    ),
    Question(
        "What will happen if I resume?",
        "resume --flow shipment-created --dry-run",
        (
            "The flow shipment-created would go on, but for what another pause covers.",
            "2 of its SMSes were put off and not sent yet; 7 events wait in all",
            "still paused, by the daemon shop-1 itself: the account loyalty, since 2",
        ),
    ),
    Question(
        "Is my configuration right for this broker?",
        "check --live",
        (
            "✓ bindings of smsherald: all 5 keys of the flows are bound",
            "✓ rights: our user may configure, write and read all it needs",
            "! order.cancelled: 2 events without an identity",
            "✗ account loyalty: Twilio refuses its credentials",
        ),
        exits=1,
    ),
)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SandboxProcess]:
    """Start one that lets two accounts in."""
    directory = tmp_path / "sandbox"
    directory.mkdir()
    with SandboxProcess(directory, accounts=in_trouble.ACCOUNTS) as process:
        yield process


@pytest.fixture
def daemon(amqp_url: str, sandbox: SandboxProcess) -> Iterator[Daemon]:
    """Configure one in a folder with a short name: a path that is longer than a line is broken."""
    with TemporaryDirectory(prefix="on-call-") as name:
        process = Daemon(Path(name), amqp_url, sandbox.url)
        yield process
        process.kill()


@pytest.mark.long
def test_each_is_answered_by_one_command_and_stands_in_the_docs(
    daemon: Daemon, sandbox: SandboxProcess, rabbit: Rabbit, amqp_url: str
) -> None:
    with rabbit.management() as management:
        in_trouble.configure(daemon, management)
        daemon.start()
        in_trouble.bring_about(daemon, sandbox, amqp_url)
        answers = [_answer(daemon, question) for question in QUESTIONS]
        assert daemon.stop() == 0
    consoles = [
        f"$ smsherald {question.command}\n{_shown(answer, question.shows)}"
        for question, answer in zip(QUESTIONS, answers, strict=True)
    ]
    page = PAGE.read_text()
    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == [each.asked for each in QUESTIONS]
    if os.environ.get(WRITE):
        written = fitted(natural("\f".join(consoles))).split("\f")
        PAGE.write_text(with_blocks(page, written))

    assert words("\n".join(blocks(PAGE.read_text()))) == words("\n".join(consoles)), (
        f"the page shows other answers: {WRITE}=1 writes it anew"
    )


def _answer(daemon: Daemon, question: Question) -> str:
    """Ask as a shell does; return what it answers."""
    began = time.monotonic()
    done = subprocess.run(
        [COMMAND, *question.command.split()],
        env=clean() | {"COLUMNS": str(COLUMNS), "SMSHERALD_CONFIG": str(daemon.config)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    answer = done.stdout
    print(f"{time.monotonic() - began:5.1f} s  smsherald {question.command}")  # noqa: T201 - for whoever looks
    said = " ".join(answer.split())
    assert done.returncode == question.exits, answer
    # A path is not broken: here it is another's than an operator's.
    at_home = answer.replace(str(daemon.config), "/etc/smsherald/smsherald.yaml")
    assert max(map(len, at_home.splitlines())) <= COLUMNS, answer
    assert [each for each in question.says if each not in said] == [], answer
    assert PERSONAL.findall(answer) == []
    require_none(answer, question.command)
    return answer


def _shown(answer: str, shows: tuple[int, int]) -> str:
    """Return the paragraphs that the docs show, and … for what they leave out."""
    paragraphs = answer.rstrip("\n").split("\n\n")
    first, end = shows
    before, after = ("…\n" if first else ""), ("…\n" if end < len(paragraphs) else "")
    middle = "\n\n".join(paragraphs[first:end])
    return f"{before}{middle}\n{after}"
