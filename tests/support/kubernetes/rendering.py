"""Renders `kubernetes/`: by Debian 13's kustomize where there is one, else by kubectl's own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).parents[3]
GUIDE = REPOSITORY / "docs" / "kubernetes.md"
OVERLAYS = ("sqlite", "postgresql")
OWN = "own"
"""What the guide tells operators to write themselves: an overlay with all components."""


def program() -> list[str]:
    """Return the command before the folder's name."""
    if found := shutil.which("kustomize"):
        return [found, "build"]
    # pip brings it (requirements-dev.txt).
    places = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    kubectl = shutil.which("kubectl", path=places)
    assert kubectl, "neither kustomize nor kubectl is installed"
    return [kubectl, "kustomize"]


def rendered(name: str, scratch: Path) -> list[dict[str, Any]]:
    """Return the objects of an overlay, or of `OWN`, made of a copy in `scratch`."""
    kubernetes = scratch / "kubernetes"
    shutil.copytree(REPOSITORY / "kubernetes", kubernetes)
    shutil.copytree(REPOSITORY / "config", scratch / "config")
    folder = kubernetes / "overlays" / name
    if name == OWN:
        folder.mkdir()
        (folder / "kustomization.yaml").write_text(shown_in_the_guide())
    return render(folder)


def render(folder: Path) -> list[dict[str, Any]]:
    """Return the objects that a kustomization makes."""
    done = subprocess.run([*program(), folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # A warning of its own is about what the next kustomize does not know any more.
    assert done.stderr == ""
    return list(yaml.safe_load_all(done.stdout))


def shown_in_the_guide() -> str:
    """Return the kustomization that the guide shows."""
    blocks = re.findall(r"^```yml\n(.*?)^```", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    (own,) = (block for block in blocks if "kind: Kustomization" in block)
    return str(own)
