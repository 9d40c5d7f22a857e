"""`bench/chaos.py`, a short run of it: the promise holds, and is seen to break where it must."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.daemon import REPOSITORY

pytestmark = pytest.mark.long

FAULTS = {
    "kills": 5,
    "stops": 2,
    "broker-restarts": 1,
    "connections-closed": 1,
    "ledger-locks": 1,
    "pauses": 3,
    "reloads": 2,
}
"""The share of the faults that met something is not asked for: so few are too few to count on."""
NONE = tuple(f"--{fault}=0" for fault in FAULTS)


def chaos(folder: Path, *options: str) -> tuple[int, dict[str, Any], str]:
    """Run it; return its exit code, its figures and the last line that it says."""
    done = subprocess.run(
        [
            sys.executable,
            "bench/chaos.py",
            *(f"--{fault}={times}" for fault, times in FAULTS.items()),
            *("--gap=1", "--least-share=0", "--json", f"--folder={folder}"),
            *options,
        ],
        cwd=REPOSITORY,
        env=os.environ | {"COLUMNS": "100", "NO_COLOR": "1"},
        capture_output=True,
        check=False,
        timeout=170,
        text=True,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout), done.stderr.splitlines()[-1]


@pytest.mark.takes(60)
def test_nothing_is_lost_sent_twice_or_left_untold_while_all_goes_wrong(tmp_path: Path) -> None:
    code, figures, last = chaos(tmp_path / "chaos", "--events=250", "--twilio-faults=0.3")

    assert (code, figures["broken"]) == (0, []), figures
    assert last == "Nothing was lost, sent twice or left untold."
    assert figures["acknowledged"] == 250
    assert figures["verdict"]["sent"] == figures["verdict"]["wanted"] > 225
    assert figures["verdict"]["refused"] > 0
    assert figures["verdict"]["held"] > 0
    assert figures["tally"]["found"] > 0
    assert sum(figures["happened"].values()) == sum(FAULTS.values())
    assert figures["verdict"]["versions"] > 1


@pytest.mark.takes(30)
def test_a_text_that_goes_out_twice_is_seen(tmp_path: Path) -> None:
    options = ("--events=100", *NONE, "--kills=2", "--twilio-faults=0.3", "--on-unknown=resend")
    code, figures, last = chaos(tmp_path / "chaos", *options)

    assert code == 1
    assert figures["verdict"]["duplicated"] > 0
    assert last.endswith("texts were sent twice.")


@pytest.mark.takes(45)
def test_a_text_that_is_claimed_in_a_pause_and_goes_out_is_seen(tmp_path: Path) -> None:
    options = ("--events=300", *NONE, "--pauses=6", "--twilio-faults=0", "--overlook-pauses")
    code, figures, last = chaos(tmp_path / "chaos", *options)

    assert code == 1
    assert figures["sent_of_paused"] > 0
    assert last.endswith("texts were sent that were claimed in a pause.")
