"""The wheel, the sdist, and an environment in which the wheel is installed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from support.building import built
from support.daemon import REPOSITORY
from support.kubernetes.manifest import Manifest
from support.kubernetes.rendering import OVERLAYS, OWN, rendered


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as the image does."""
    return built("wheel", REPOSITORY, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the source distribution."""
    return built("sdist", REPOSITORY, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="session")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of a new environment that has the wheel; all else is this one's."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    (packages,) = folder.glob("lib/python*/site-packages")
    # A folder that a .pth names has its own .pth files left alone: no checkout comes with it.
    found = [path for path in sys.path if Path(path).name == "site-packages"]
    (packages / "dependencies.pth").write_text("\n".join(found))
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"),
            *("install", "--quiet", "--no-deps", "--no-index", "--ignore-installed", wheel),
        ],
        check=True,
    )
    return python


@pytest.fixture(scope="session")
def installations(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """Render both overlays of `kubernetes/`, and the guide's own with all components."""
    return {name: rendered(name, tmp_path_factory.mktemp(name)) for name in (*OVERLAYS, OWN)}


@pytest.fixture
def manifest(installations: dict[str, list[dict[str, Any]]]) -> Callable[[str], Manifest]:
    """Return a copy of what one of them renders to, which a test may spoil."""
    return lambda name: Manifest(deepcopy(installations[name]))
