"""From the settings and flows of a folder to what a rehearsal asks for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from smsherald.cli import say
from smsherald.policy import Rules
from smsherald.rehearsal import Rehearsal, Script, Tally
from smsherald.settings.load import load_flows


@dataclass(frozen=True, slots=True)
class Stage:
    """A configuration, and what it has made of the events so far."""

    path: Path
    rehearsal: Rehearsal
    tally: Tally
    warnings: int


def staged(path: Path) -> Stage:
    """Load a configuration, without credentials; warnings go to standard error.

    Raises ConfigurationError with all that is wrong.
    """
    loaded = load_flows(path, os.environ)
    for warning in loaded.warnings:
        say.warning(warning)
    if loaded.unknown:
        names = ", ".join(sorted(loaded.unknown))
        say.warning(f"{path}: the senders of {names} are not known here: a stand-in sends")
    script = Script(
        flows=loaded.flows,
        rules=Rules(loaded.policy.allow, loaded.policy.deny),
        reading=loaded.reading,
        queue=loaded.queue,
        retention=loaded.retention,
    )
    return Stage(path, Rehearsal(script), Tally(loaded.prices), len(loaded.warnings))
