"""What is a container here: the commands of a shell that make a root, and start a program in it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from support.compose.file import COMPOSE, Mount, mounts
from support.compose.images import Image

SPACES = ("--mount", "--uts", "--ipc", "--net", "--pid", "--fork", "--kill-child")
"""What it has for itself, as options of unshare. The shell is its first process."""

LOWER = "/"
"""What lies in every image: this machine's files, of which no change is kept."""


def made(folder: Path, volumes: Path, service: Mapping[str, Any], image: Image) -> list[str]:
    """Return the commands that make its root in an empty folder, and go there."""
    user = service.get("user", image.user)
    layers = f"lowerdir={LOWER},upperdir={folder}/written,workdir={folder}/scratch"
    return [
        f"mount -t tmpfs -o mode=755 tmpfs {folder}",
        f"mkdir {folder}/written {folder}/scratch {folder}/root",
        f"mount -t overlay -o {layers} overlay {folder}/root",
        f"cd {folder}/root",
        "mount -t proc proc proc",
        "mount --rbind /dev dev",
        "mount -t tmpfs -o mode=1777 tmpfs dev/shm",
        *image.made,
        *_shown(image.shown),
        *(line for each in mounts(service) for line in _mounted(each, volumes, user)),
    ]


def begins(service: Mapping[str, Any], image: Image) -> list[str]:
    """Return what every command in it begins with: there, as this user, in this environment."""
    user, _, group = service.get("user", image.user).partition(":")
    rights = ["setpriv", f"--reuid={user}", f"--regid={group or user}", "--clear-groups"]
    if service.get("cap_drop") == ["ALL"]:
        rights += ["--bounding-set=-all", "--inh-caps=-all"]
    if "no-new-privileges:true" in service.get("security_opt", ()):
        rights.append("--no-new-privs")
    environment = image.environment | service.get("environment", {})
    variables = [f"{name}={value}" for name, value in environment.items()]
    return ["env", "-i", f"--chdir={image.working_dir}", *variables, *rights]


def started(service: Mapping[str, Any], image: Image) -> list[str]:
    """Return what runs in it."""
    return [*image.entrypoint, *service.get("command", image.command)]


def check(service: Mapping[str, Any], image: Image) -> list[str]:
    """Return the command that says whether it is healthy."""
    test: list[str] = service.get("healthcheck", {}).get("test", ["CMD", *image.check])
    kind, *command = test
    assert kind == "CMD", kind
    return command


def _shown(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        # Whoever it runs as may go there; in its root alone.
        for parent in reversed(path.parents[:-1]):
            yield f"mkdir -p .{parent}; chmod a+rx .{parent}"
        yield f"mkdir -p .{path}; mount --rbind {path} .{path}"


def _mounted(mount: Mount, volumes: Path, user: str) -> Iterator[str]:
    # Where a link on the way leads in there.
    yield f"at=.$(chroot . realpath -m {mount.target})"
    if not mount.source:
        yield 'mkdir -p "$at"; mount -t tmpfs -o mode=1777 tmpfs "$at"'
        return
    source = volumes / mount.source if mount.named else (COMPOSE.parent / mount.source).resolve()
    if mount.named:
        source.mkdir(parents=True, exist_ok=True)
    # Docker would make a folder in its place.
    assert source.exists(), f"{source} is not there"
    yield 'mkdir -p "$at"' if source.is_dir() else 'mkdir -p "$(dirname "$at")"; touch "$at"'
    yield f'mount --bind {shlex.quote(str(source))} "$at"'
    if mount.read_only:
        yield 'mount -o remount,bind,ro "$at"'
    if mount.named:
        # A new volume takes its owner from what its image has there.
        yield f"chroot . chown {user} {mount.target}"
