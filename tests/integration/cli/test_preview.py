"""`preview` as a process: what a shell sees of it, and that it watches."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command import clean, smsherald
from support.configuration import FLOW, SETTINGS, write
from support.process import COMMAND, Process, killed
from support.waiting import eventually

ORDER = {"number": "R1", "billing_address": {"firstname": "Ann", "phone": "+15558675309"}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, SETTINGS, created=FLOW)
    (tmp_path / "order.json").write_text(json.dumps(ORDER))
    return tmp_path


def test_it_prints_and_exits_as_a_shell_expects(folder: Path) -> None:
    arguments = ("preview", "-", "-k", "order.created", "--config", "smsherald.yaml")
    done = smsherald(*arguments, environment={}, stdin=json.dumps(ORDER).encode(), cwd=folder)

    assert (done.returncode, done.stderr) == (0, "")
    assert "│ Order R1 " in done.stdout
    assert "\x1b" not in done.stdout


def test_what_an_encoding_has_no_letter_for_is_its_code(folder: Path) -> None:
    done = smsherald(
        "preview", "order.json", "-k", "order.created", "--config", "smsherald.yaml",
        environment={"PYTHONIOENCODING": "latin-1"}, cwd=folder,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    assert r"\u2502 Order R1 " in done.stdout


class TestWatch:
    """`--watch` says it again whenever something of it is saved."""

    @pytest.fixture
    def watched(self, folder: Path) -> Iterator[Process]:
        with Process(
            folder, "preview", "order.json", "-k", "order.created", "--watch",
            "--config", "smsherald.yaml",
        ) as process:  # fmt: skip
            self.says(process, "│ Order R1 ")
            yield process

    def says(self, process: Process, text: str) -> None:
        def does() -> bool:
            process.require_alive()
            written = process.stdout.read_text() + process.stderr.read_text()
            # When it waits, all before is written.
            return text in written and written.endswith("Ctrl-C ends it.\n")

        eventually(does, what=f"it says {text}")

    def test_flows_events_and_errors_one_after_the_other(
        self, watched: Process, folder: Path
    ) -> None:
        flow = folder / "flows" / "created.yaml"
        flow.write_text(FLOW.replace("Order", "Your order"))
        self.says(watched, "│ Your order R1 ")

        # As an editor does: another file takes its place.
        (folder / "new").write_text(json.dumps(ORDER | {"number": "R2"}))
        (folder / "new").rename(folder / "order.json")
        self.says(watched, "│ Your order R2 ")

        flow.write_text(FLOW.replace("order.number", "ordr.number"))
        self.says(watched, "flows/created.yaml:4:")

        (folder / "order.json").unlink()
        flow.write_text(FLOW)
        self.says(watched, "order.json: No such file")

        (folder / "order.json").write_text(json.dumps(ORDER | {"number": "R3"})[:-5])
        self.says(watched, "parked as not_json")

        (folder / "order.json").write_text(json.dumps(ORDER | {"number": "R4"}))
        self.says(watched, "│ Order R4 ")

        watched.running.send_signal(signal.SIGINT)
        assert watched.wait() == 130
        assert "Traceback" not in watched.stderr.read_text()
        assert "\x1b" not in watched.stdout.read_text()

    @pytest.mark.parametrize(("no_colour", "painted"), [("", b"\x1b[1m"), ("1", b"")])
    def test_a_terminal_is_cleared_and_painted(
        self, no_colour: str, painted: bytes, folder: Path
    ) -> None:
        ours, theirs = pty.openpty()
        with (
            subprocess.Popen(
                [COMMAND, "preview", "order.json", "--watch", "-c", "smsherald.yaml"],
                cwd=folder,
                env={**clean(), "NO_COLOR": no_colour, "TERM": "xterm"},
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                start_new_session=True,
            ) as process,
            killed(process),
        ):
            os.close(theirs)
            read = b""
            while b"Ctrl-C" not in read:
                read += os.read(ours, 65_536)
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 130
        os.close(ours)
        assert read.startswith(b"\x1b[2J\x1b[H")
        assert re.findall(rb"\x1b\[[0-9]+m", read)[:1] == ([painted] if painted else [])
