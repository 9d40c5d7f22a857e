"""What stands in for the images of `compose.yaml`: this machine's programs, started as theirs are.

Of the other projects' images each has what its Dockerfile and its entrypoint do, as far as
`compose.yaml` relies on it; of ours it is read.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.command import REPOSITORY
from support.needs import program
from support.rabbit import SERVER

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

MAKES_A_DATABASE = """
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s' "$POSTGRES_PASSWORD") \
        --auth-local=trust --auth-host=scram-sha-256 --no-sync
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    pg_ctl --wait --options="-c listen_addresses=''" start
    createdb --username="$POSTGRES_USER" "$POSTGRES_DB"
    pg_ctl --wait --mode=fast stop
fi
exec "$@" -c 'listen_addresses=*'
"""


@dataclass(frozen=True)
class Image:
    """What Docker would read of an image."""

    command: list[str]
    user: str = "0:0"
    entrypoint: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    working_dir: str = "/"
    check: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    """Commands of a shell, in the root that it will have: what lies in it."""
    shown: list[Path] = field(default_factory=list)
    """What of this machine's must be in it at the same place."""


def image_of(service: Mapping[str, Any]) -> Image:
    """Return what stands in for a service's image."""
    if "build" in service:
        return _ours()
    name = service["image"].partition(":")[0]
    return {
        "rabbitmq": _rabbitmq,
        "postgres": _postgres,
        "prom/prometheus": _prometheus,
        "prom/alertmanager": _alertmanager,
    }[name]()


def _rabbitmq() -> Image:
    folder = Path(program(SERVER, "rabbitmq-server")).parent
    return Image(
        ["rabbitmq-server"],
        environment={
            "PATH": f"{folder}:{PATH}",
            "HOME": "/var/lib/rabbitmq",
            "LANG": "C.UTF-8",
            "RUNNING_UNDER_SYSTEMD": "true",
        },
        made=[
            "rm -rf etc/rabbitmq var/lib/rabbitmq/*",
            "mkdir etc/rabbitmq",
            "printf '[rabbitmq_management].' >etc/rabbitmq/enabled_plugins",
            "printf 'log.console = true' >etc/rabbitmq/rabbitmq.conf",
        ],
    )


def _postgres() -> Image:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    folder = Path(program(str(found[-1]) if found else "postgres", "postgresql")).parent
    return Image(
        ["postgres"],
        entrypoint=["bash", "-euc", MAKES_A_DATABASE, "docker-entrypoint.sh"],
        environment={
            "PATH": f"{folder}:{PATH}",
            "LANG": "C.UTF-8",
            "PGDATA": "/var/lib/postgresql/data",
        },
    )


def _prometheus() -> Image:
    return Image(
        ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"],
        user="65534:65534",
        entrypoint=[program("prometheus", "prometheus")],
        environment={"PATH": PATH},
        working_dir="/prometheus",
    )


def _alertmanager() -> Image:
    return Image(
        ["--config.file=/etc/alertmanager/alertmanager.yml", "--storage.path=/alertmanager"],
        user="65534:65534",
        entrypoint=[program("prometheus-alertmanager", "prometheus-alertmanager")],
        environment={"PATH": PATH},
        working_dir="/alertmanager",
    )


def _ours() -> Image:
    said = dict(_dockerfile())
    variables = dict(pair.split("=", 1) for pair in shlex.split(said["ENV"]))
    variables["PATH"] = variables["PATH"].replace("$PATH", PATH)
    return Image(
        json.loads(said["CMD"]),
        user=said["USER"],
        entrypoint=json.loads(said["ENTRYPOINT"]),
        environment=variables,
        working_dir=said["WORKDIR"],
        check=json.loads(said["HEALTHCHECK"].partition("CMD ")[2]),
        made=["rm -rf opt/smsherald", "mkdir -p opt", f"ln -s {sys.prefix} opt/smsherald"],
        shown=[
            REPOSITORY,
            Path(sys.prefix),
            *(Path(path) for path in sys.path if Path(path).name == "site-packages"),
            Path(sys.executable).resolve().parents[1],
        ],
    )


def _dockerfile() -> list[tuple[str, str]]:
    """Return its instructions; of those that come again the last is the image's."""
    text = (REPOSITORY / "Dockerfile").read_text().replace("\\\n", " ")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]
