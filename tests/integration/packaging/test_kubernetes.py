"""What `kubernetes/` renders to: a cluster takes it, and it is what the daemon needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from support.kubernetes.checks import problems
from support.kubernetes.manifest import Manifest
from support.kubernetes.rendering import OVERLAYS, OWN

ALL = (*OVERLAYS, OWN)
Made = Callable[[str], Manifest]


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_wrong(name: str, manifest: Made) -> None:
    assert problems(manifest(name)) == {}


def the(it: Manifest, kind: str) -> Any:
    """Return the one object of a kind."""
    (found,) = it.of(kind)
    return found["spec"]


def daemon(it: Manifest) -> Any:
    return it.pod["containers"][0]


def without(it: Manifest, kind: str) -> None:
    it.objects = [each for each in it.objects if each["kind"] != kind]


def check(it: Manifest) -> Any:
    return it.pod["initContainers"][0]


def without_database(it: Manifest) -> None:
    for each in (check(it), daemon(it)):
        each["env"].pop(0)
    the(it, "NetworkPolicy")["egress"].pop()


def settings(it: Manifest, old: str, new: str) -> None:
    for each in it.of("ConfigMap"):
        for name in each["data"]:
            each["data"][name] = each["data"][name].replace(old, new)


def add_secret(it: Manifest) -> None:
    about = {"name": "smsherald", "namespace": "smsherald"}
    it.objects.append({"apiVersion": "v1", "kind": "Secret", "metadata": about})


def rename_map(it: Manifest) -> None:
    for each in it.of("ConfigMap"):
        old, new = each["metadata"]["name"], each["metadata"]["name"].rsplit("-", 1)[0]
        each["metadata"]["name"] = new
        for volume in it.pod["volumes"]:
            if volume.get("configMap", {}).get("name") == old:
                volume["configMap"]["name"] = new


MISTAKES: dict[str, tuple[str, Callable[[Manifest], object], str]] = {
    "an unknown key": ("sqlite", lambda it: daemon(it).update(readynessProbe={}), "schemas"),
    "a number as a text": (
        "postgresql",
        lambda it: it.workload["spec"].update(replicas="2"),
        "schemas",
    ),
    "an API that is no more": (
        "postgresql",
        lambda it: it.of("PodDisruptionBudget")[0].update(apiVersion="policy/v1beta1"),
        "schemas",
    ),
    "an unknown key of a custom resource": (
        OWN,
        lambda it: the(it, "ServiceMonitor")["endpoints"][0].update(targetport=8790),
        "schemas",
    ),
    "false without quotes": (
        OWN,
        lambda it: the(it, "ScaledObject")["triggers"][0]["metadata"].update(
            excludeUnacknowledged=False
        ),
        "schemas",
    ),
    "a ConfigMap that is not there": (
        "postgresql",
        lambda it: it.volume("flows")["configMap"].update(name="smsherald-flows"),
        "names",
    ),
    "a target that is not there": (
        OWN,
        lambda it: the(it, "ScaledObject")["scaleTargetRef"].update(name="herald"),
        "names",
    ),
    "another namespace": (
        OWN,
        lambda it: it.of("ServiceMonitor")[0]["metadata"].update(namespace="monitoring"),
        "names",
    ),
    "a mount without a volume": (
        "sqlite",
        lambda it: daemon(it)["volumeMounts"].append({"name": "x", "mountPath": "/x"}),
        "names",
    ),
    "a service that selects nobody": (
        "sqlite",
        lambda it: the(it, "Service").update(selector={"app": "smsherald"}),
        "selectors",
    ),
    "a monitor that selects nothing": (
        OWN,
        lambda it: the(it, "ServiceMonitor").update(selector={"matchLabels": {"app": "x"}}),
        "selectors",
    ),
    "another port": (
        "sqlite",
        lambda it: daemon(it)["ports"][0].update(containerPort=8080),
        "ports",
    ),
    "a port's name that is not there": (
        OWN,
        lambda it: the(it, "ServiceMonitor")["endpoints"][0].update(port="metrics"),
        "ports",
    ),
    "a daemon that listens to itself": (
        "sqlite",
        lambda it: daemon(it)["env"].append(
            {"name": "SMSHERALD__HTTP__LISTEN", "value": "127.0.0.1:8790"}
        ),
        "ports",
    ),
    "a path that is not there": (
        "sqlite",
        lambda it: daemon(it)["startupProbe"]["httpGet"].update(path="/healthz"),
        "probes",
    ),
    "a restart because Twilio is away": (
        "sqlite",
        lambda it: daemon(it)["livenessProbe"]["httpGet"].update(path="/readyz"),
        "probes",
    ),
    "a flow's test that stops no rollout": (
        "postgresql",
        lambda it: it.pod.pop("initContainers"),
        "rollout",
    ),
    "tests by another image": (OWN, lambda it: check(it).update(image="smsherald"), "rollout"),
    "tests of other flows": (
        "postgresql",
        lambda it: check(it)["volumeMounts"].pop(1),
        "rollout",
    ),
    "tests that the one daemon waits for": (
        "sqlite",
        lambda it: it.pod.update(initContainers=[{**daemon(it), "args": ["check", "--flows"]}]),
        "rollout",
    ),
    "a probe of what only ends": (
        "postgresql",
        lambda it: check(it).update(livenessProbe=daemon(it)["livenessProbe"]),
        "rollout",
    ),
    "tests that may write": (
        "postgresql",
        lambda it: check(it)["securityContext"].update(readOnlyRootFilesystem=False),
        "restricted",
    ),
    "tests with too little memory": (
        "postgresql",
        lambda it: check(it)["resources"]["requests"].update(memory="64Mi"),
        "resources",
    ),
    "too little grace": (
        "postgresql",
        lambda it: it.pod.update(terminationGracePeriodSeconds=30),
        "grace",
    ),
    "a drain longer than the grace": (
        "postgresql",
        lambda it: settings(it, "drain: 25s", "drain: 40s"),
        "grace",
    ),
    "another user than the image's": (
        "sqlite",
        lambda it: it.pod["securityContext"].update(runAsUser=1000),
        "restricted",
    ),
    "a capability": (
        "sqlite",
        lambda it: daemon(it)["securityContext"]["capabilities"].update(drop=[]),
        "restricted",
    ),
    "too little memory": (
        "sqlite",
        lambda it: daemon(it)["resources"]["requests"].update(memory="64Mi"),
        "resources",
    ),
    "a flow that is broken": (
        "sqlite",
        lambda it: settings(it, "{{ order.number }}", "{{ order.number }"),
        "configuration",
    ),
    "flows that are mounted elsewhere": (
        "sqlite",
        lambda it: it.mounts()["/etc/smsherald/flows"].update(mountPath="/etc/flows"),
        "configuration",
    ),
    "a secret's file that is not mounted": (
        "postgresql",
        lambda it: it.mounts()["/run/secrets/smsherald"].update(mountPath="/run/secrets"),
        "configuration",
    ),
    "a Secret in the repository": ("sqlite", add_secret, "secrets"),
    "credentials in the settings": (
        "sqlite",
        lambda it: settings(
            it, "${file:/run/secrets/smsherald/broker-url}", "amqp://shop:pass@rabbitmq:5672//"
        ),
        "secrets",
    ),
    "a ledger that goes with the pod": (
        "sqlite",
        lambda it: it.mounts()["/var/lib/smsherald"].update(mountPath="/data"),
        "ledger",
    ),
    "two daemons with one SQLite file": (
        "sqlite",
        lambda it: it.workload["spec"].update(replicas=2),
        "ledger",
    ),
    "replicas without PostgreSQL": (
        "postgresql",
        without_database,
        "ledger",
    ),
    "a change that nobody sees": (
        "sqlite",
        lambda it: daemon(it).update(args=["run"]),
        "reloading",
    ),
    "a flow's change without a rolling update": ("postgresql", rename_map, "reloading"),
    "no way to the database": (
        "postgresql",
        lambda it: the(it, "NetworkPolicy")["egress"].pop(),
        "network",
    ),
    "everything let out": (
        "sqlite",
        lambda it: the(it, "NetworkPolicy").update(policyTypes=["Ingress"]),
        "network",
    ),
    "no budget": ("postgresql", lambda it: without(it, "PodDisruptionBudget"), "availability"),
    "the old one goes first": (
        "postgresql",
        lambda it: it.workload["spec"].update(strategy={"type": "Recreate"}),
        "availability",
    ),
    "replicas beside KEDA": (OWN, lambda it: it.workload["spec"].update(replicas=2), "scaling"),
    "unacked events are left out": (
        OWN,
        lambda it: the(it, "ScaledObject")["triggers"][0]["metadata"].update(
            excludeUnacknowledged="true"
        ),
        "scaling",
    ),
    "what is fetched ahead makes replicas": (
        OWN,
        lambda it: the(it, "ScaledObject")["triggers"][0]["metadata"].update(value="500"),
        "scaling",
    ),
    "more replicas than the database has room for": (
        OWN,
        lambda it: the(it, "ScaledObject").update(maxReplicaCount=100),
        "scaling",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found_by_what_looks_for_it(mistake: str, manifest: Made) -> None:
    name, make, found = MISTAKES[mistake]
    it = manifest(name)
    make(it)

    assert list(problems(it)) == [found]
