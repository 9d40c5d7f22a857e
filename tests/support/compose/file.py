"""What `compose.yaml` says, and what it says of itself in its comments."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

import yaml

from support.command import REPOSITORY

COMPOSE = REPOSITORY / "compose.yaml"
VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")


def document(environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return it as Compose reads it where these variables are set, and no others."""
    read: dict[str, Any] = _interpolated(yaml.safe_load(COMPOSE.read_text()), environment or {})
    return read


def _interpolated(value: Any, given: Mapping[str, str]) -> Any:
    match value:
        case str():
            return VARIABLE.sub(lambda it: given.get(it[1]) or it[2], value)
        case dict():
            return {name: _interpolated(each, given) for name, each in value.items()}
        case list():
            return [_interpolated(each, given) for each in value]
        case _:
            return value


def services(environment: Mapping[str, str] | None = None) -> dict[str, dict[str, Any]]:
    """Return its services by their names, each after those it depends on."""
    found = document(environment)["services"]
    order = TopologicalSorter({name: it.get("depends_on", {}) for name, it in found.items()})
    return {name: found[name] for name in order.static_order()}


@dataclass(frozen=True)
class Mount:
    """What a service has at `target`; `source` is a path, a volume's name, or empty: a tmpfs."""

    target: str
    source: str = ""
    read_only: bool = False

    @property
    def named(self) -> bool:
        """Whether it is one of the file's `volumes`."""
        return bool(self.source) and not self.source.startswith(".")


def mounts(service: Mapping[str, Any]) -> list[Mount]:
    """Return all of them."""
    found = [Mount(target) for target in service.get("tmpfs", ())]
    for volume in service.get("volumes", ()):
        if isinstance(volume, dict):
            assert volume["type"] == "tmpfs", volume
            found.append(Mount(volume["target"]))
        else:
            source, target, *options = volume.split(":")
            found.append(Mount(target, source, read_only=options == ["ro"]))
    return found


def published(service: Mapping[str, Any]) -> dict[str, int]:
    """Return the ports of a service by where this machine has them: ADDRESS:PORT."""
    ports = (port.rpartition(":") for port in service.get("ports", ()))
    return {where: int(port) for where, _, port in ports}


def comment() -> str:
    """Return what stands at its top."""
    lines = COMPOSE.read_text().splitlines()
    return "\n".join(line.removeprefix("#") for line in lines if line.startswith("#"))


def first_event() -> tuple[str, list[str], bytes]:
    """Return what the comment says to publish: where, by which command, and what that reads."""
    said = re.search(r"echo '(.*)' \|\n +docker compose exec -T (\w+) (.*)", comment())
    assert said is not None, "a first event"
    json.loads(said[1])
    return said[2], said[3].split(), said[1].encode()
