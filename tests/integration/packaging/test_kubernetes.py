"""What `kubernetes/` renders to: a cluster takes it, and it is what the daemon needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import yaml

from support.kubernetes.checks import problems
from support.kubernetes.manifest import SAMPLES, Manifest
from support.kubernetes.rendering import GUIDE, OVERLAYS, OWN, REPOSITORY, rendered

ALL = (*OVERLAYS, OWN)


@pytest.fixture(scope="module")
def installations(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """Render both overlays, and the guide's own with all components."""
    return {name: rendered(name, tmp_path_factory.mktemp(name)) for name in ALL}


@pytest.fixture
def manifest(installations: dict[str, list[dict[str, Any]]]) -> Callable[[str], Manifest]:
    """Return a copy of what one of them renders to, which a test may spoil."""
    return lambda name: Manifest(deepcopy(installations[name]))


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
        lambda it: it.volume("secrets")["secret"]["items"].pop(),
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
        lambda it: (daemon(it)["env"].pop(0), the(it, "NetworkPolicy")["egress"].pop()),
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
    name, make, check = MISTAKES[mistake]
    it = manifest(name)
    make(it)

    assert list(problems(it)) == [check]


def test_every_flow_of_the_folder_is_in_the_config_map() -> None:
    config = REPOSITORY / "config"
    (made,) = yaml.safe_load((config / "kustomization.yaml").read_text())["configMapGenerator"]

    flows = sorted(path.relative_to(config) for path in (config / "flows").iterdir())
    assert made["files"] == list(map(str, flows))


def test_the_guide_makes_a_secret_with_every_key(manifest: Made) -> None:
    command = re.findall(
        r"create secret generic smsherald.*?(?=\n\n|\n```)", GUIDE.read_text(), re.DOTALL
    )
    given = set(re.findall(r"--from-\S+?=([\w-]+)", command[0]))

    assert given == manifest(OWN).secret_keys() == set(SAMPLES)


def test_the_image_is_the_one_that_is_named(manifest: Made) -> None:
    assert daemon(manifest("sqlite"))["image"] == "smsherald"
    assert daemon(manifest(OWN))["image"].startswith("registry.example/smsherald:")


def test_the_rules_are_those_that_are_tested(manifest: Made) -> None:
    source = REPOSITORY / "monitoring" / "smsherald.rules.yaml"
    due = yaml.safe_load(source.read_text())["groups"] if source.exists() else []

    assert the(manifest(OWN), "PrometheusRule")["groups"] == due, "run scripts/prometheus-rule"
