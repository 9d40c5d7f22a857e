"""The garbage collector is off while the daemon is imported, and at work from then on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from support.command import clean
from support.configuration import FLOW, SETTINGS, write

FLOWS = 500
"""So many that what may be left between two rounds of the collector is less than is looked for."""
GARBAGE_OF_A_FLOW = 50
"""Objects. To read one leaves nearly twice as many that only the collector takes away."""
PROGRAM = """
import gc, json, sys
from smsherald import service
from smsherald.cli import main

async def run(*_):
    said = {"on": gc.isenabled(), "threshold": gc.get_threshold()}
    gc.unfreeze()
    print(json.dumps(said | {"garbage": gc.collect()}))
    return 0

service.run = run
sys.argv[0] = "smsherald"
main.main()
"""


def started(config: Path) -> dict[str, object]:
    """Return what holds of the collector where the daemon begins to run."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "run", "--config", config],
        env=clean(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, object] = json.loads(done.stdout)
    return said


def test_it_is_at_work_once_the_daemon_runs_and_nothing_of_many_flows_is_kept_for_ever(
    tmp_path: Path,
) -> None:
    flows = {f"flow_{number}": FLOW for number in range(FLOWS)}
    said = started(write(tmp_path, SETTINGS, **flows))

    assert said["on"]
    assert said["threshold"] == [20_000, 20, 20]
    assert isinstance(said["garbage"], int)
    assert said["garbage"] < FLOWS * GARBAGE_OF_A_FLOW
