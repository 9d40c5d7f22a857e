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

from support.command import REPOSITORY

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
    if name == OWN:
        return render(own(scratch, shown_in_the_guide()))
    copied(scratch)
    return render(scratch / "kubernetes" / "overlays" / name)


def copied(scratch: Path) -> None:
    """Copy what is rendered."""
    for name in ("kubernetes", "config"):
        shutil.copytree(REPOSITORY / name, scratch / name)


def own(scratch: Path, kustomization: str) -> Path:
    """Return the folder that who follows the guide has then, with this as its kustomization."""
    copied(scratch)
    made = scratch / "kubernetes" / "overlays" / OWN
    folders_and_files = [each for each in commands() if not each.startswith(".venv/")]
    subprocess.run(["bash", "-euc", "\n".join(folders_and_files)], cwd=scratch, check=True)
    (made / "kustomization.yaml").write_text(kustomization)
    return made


def commands() -> list[str]:
    """Return those of the guide that make the folder of one's own, and look at what is in it."""
    (block,) = (block for block in shown("console") if "mkdir -p kubernetes/overlays/own" in block)
    return [line.removeprefix("$ ") for line in block.splitlines()]


def render(folder: Path) -> list[dict[str, Any]]:
    """Return the objects that a kustomization makes."""
    done = subprocess.run([*program(), folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # A warning of its own is about what the next kustomize does not know any more.
    assert done.stderr == ""
    return list(yaml.safe_load_all(done.stdout))


def shown_in_the_guide() -> str:
    """Return the kustomization that the guide shows."""
    (whole,) = (block for block in shown("yml") if "kind: Kustomization" in block)
    return whole


def shown(language: str) -> list[str]:
    """Return what the guide shows in a language."""
    return re.findall(
        rf"^```{language}\n(.*?)^```", GUIDE.read_text(), flags=re.DOTALL | re.MULTILINE
    )
