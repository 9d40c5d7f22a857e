"""What no schema sees of the pod itself: how it is asked, ended, confined and fed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from smsherald.ledger.sql.database import CLOSES_WITHIN
from smsherald.web.gate import OPEN
from support.kubernetes.manifest import Manifest, instruction

MEASURED = 111
"""MB that the daemon has at its most, at full speed (bench/throughput.py)."""
OVERHEAD = CLOSES_WITHIN + 2
"""Seconds that it may need beside `broker.drain` to end."""


def probes(it: Manifest) -> Iterator[str]:
    """Require that a restart is for what only a restart mends."""
    due = dict.fromkeys(("startupProbe", "livenessProbe"), "/livez") | {"readinessProbe": "/readyz"}
    found = {name: probe["httpGet"]["path"] for name, probe in asked_by(it).items()}
    if found != due or not set(found.values()) <= OPEN:
        yield f"probes: {found}"


def asked_by(it: Manifest) -> Mapping[str, Any]:
    """Return the probes that there are, by their names."""
    names = ("startupProbe", "livenessProbe", "readinessProbe")
    return {name: it.container[name] for name in names if name in it.container}


def rollout(it: Manifest) -> Iterator[str]:
    """Require that a flow's test stops a rollout, and keeps no lone daemon from coming back."""
    if it.workload["kind"] == "StatefulSet":
        if it.before:
            yield "the one daemon waits for a test at each start"
        return
    if [each["args"] for each in it.before] != [["check", "--flows"]]:
        yield "no flow's test stops a rollout"
        return
    (check,) = it.before
    for name in ("image", "volumeMounts"):
        if check.get(name) != it.container[name]:
            yield f"the tests have another {name} than the daemon"
    own = [each for each in it.container["env"] if each["name"].startswith("SMSHERALD__")]
    if check.get("env", []) != own:
        yield "the tests have other settings than the daemon"
    for name in ("startupProbe", "livenessProbe", "readinessProbe", "lifecycle", "restartPolicy"):
        if name in check:
            yield f"no cluster takes {name} of what ends before the daemon starts"


def grace(it: Manifest) -> Iterator[str]:
    hook = it.container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    least = hook + it.loaded.settings.broker.drain + OVERHEAD
    given = it.pod.get("terminationGracePeriodSeconds", 30)
    if given < least:
        yield f"{given} s until SIGKILL, and it may need {least:g}"


def restricted(it: Manifest) -> Iterator[str]:
    """Require the strictest of Pod Security's profiles, and no more to write than it needs."""
    user, group = map(int, instruction("USER").split(":"))
    pod = it.pod["securityContext"]
    due = {
        "runAsNonRoot": True,
        "runAsUser": user,
        "runAsGroup": group,
        "fsGroup": group,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    yield from (f"{name}: {pod.get(name)}" for name in due if pod.get(name) != due[name])
    due = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    for container in it.containers:
        own = container["securityContext"]
        yield from (f"{name}: {own.get(name)}" for name in due if own.get(name) != due[name])
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if it.pod.get(name):
            yield name
    for name in ("automountServiceAccountToken", "enableServiceLinks"):
        if it.pod.get(name) is not False:
            yield name
    yield from (
        f"hostPath {each['name']}" for each in it.pod.get("volumes", []) if "hostPath" in each
    )


def resources(it: Manifest) -> Iterator[str]:
    for container in it.containers:
        asked, limit = container["resources"]["requests"], container["resources"]["limits"]
        least, most = (int(each["memory"].removesuffix("Mi")) for each in (asked, limit))
        if not MEASURED * 1.2 < least < most:
            yield f"memory: {least} to {most} Mi"
        if "cpu" in limit or "cpu" not in asked:
            yield "a limit of CPU only stops it, and without a request it gets what is left"
