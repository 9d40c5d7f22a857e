"""What a run of pytest pays that has the plugin, and one that has not asked for it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

PLUGIN = "smsherald.pytest_plugin"


def test_nobody_has_it_who_has_not_asked_for_it() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())

    assert "entry-points" not in project["project"]


def test_it_imports_nothing_else_of_ours_and_none_of_our_libraries() -> None:
    looks = (
        "import sys, pytest\n"
        "before = set(sys.modules)\n"
        f"import {PLUGIN}\n"
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))\n"
        "print(*sorted(name for name in sys.modules if name.startswith('smsherald.')))\n"
    )
    done = subprocess.run([sys.executable, "-c", looks], capture_output=True, text=True, check=True)
    libraries, ours = done.stdout.splitlines()

    assert ours == PLUGIN
    assert set(libraries.split()) - set(sys.stdlib_module_names) == {"smsherald"}
