"""What no schema sees: whether what belongs together fits, and fits the daemon.

Each check yields a sentence for everything that is wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy.engine import make_url

from smsherald.errors import ConfigurationError
from support.kubernetes.manifest import WORKLOADS, Manifest, image_environment, instruction
from support.kubernetes.pods import asked_by, grace, probes, resources, restricted, rollout
from support.kubernetes.schemas import wrong

CONNECTIONS = 2
"""Of a replica to its ledger, as the rolling update's test sees them."""
SERVER = 97
"""Connections that PostgreSQL allows, unless told otherwise, to who is no superuser."""


def schemas(it: Manifest) -> Iterator[str]:
    yield from filter(None, map(wrong, it.objects))


def names(it: Manifest) -> Iterator[str]:
    """Require that whatever is named is there, once, and in one namespace."""
    seen = Counter((each["kind"], each["metadata"]["name"]) for each in it.objects)
    yield from (f"{kind} {name} is there {n} times" for (kind, name), n in seen.items() if n > 1)
    spaces = {e["metadata"].get("namespace") for e in it.objects if e["kind"] != "Namespace"}
    if spaces != {each["metadata"]["name"] for each in it.of("Namespace")}:
        yield f"namespaces: {spaces}"
    for kind, name in _references(it):
        if (kind, name) not in seen:
            yield f"there is no {kind} {name}"
    volumes = {each["name"] for each in it.pod.get("volumes", [])}
    mounted = {mount["name"] for each in it.containers for mount in each.get("volumeMounts", [])}
    for name in sorted(mounted):
        if not it.volume(name):
            yield f"there is no volume {name}"
    unused = volumes - mounted
    yield from (f"the volume {name} is mounted nowhere" for name in sorted(unused))


def _references(it: Manifest) -> Iterator[tuple[str, str]]:
    yield "ServiceAccount", it.pod["serviceAccountName"]
    for volume in it.pod.get("volumes", []):
        if "configMap" in volume:
            yield "ConfigMap", volume["configMap"]["name"]
    if "serviceName" in it.workload["spec"]:
        yield "Service", it.workload["spec"]["serviceName"]
    for scaled in it.of("ScaledObject"):
        target = scaled["spec"]["scaleTargetRef"]
        yield target.get("kind", "Deployment"), target["name"]
        for trigger in scaled["spec"]["triggers"]:
            yield "TriggerAuthentication", trigger["authenticationRef"]["name"]


def selectors(it: Manifest) -> Iterator[str]:
    """Require that what selects pods or services selects ours."""
    (service,) = it.of("Service")
    chosen = [("Service", service["spec"]["selector"], it.labels)]
    for kind in (*WORKLOADS, "PodDisruptionBudget"):
        chosen += [(kind, e["spec"]["selector"]["matchLabels"], it.labels) for e in it.of(kind)]
    for each in it.of("NetworkPolicy"):
        chosen.append(("NetworkPolicy", each["spec"]["podSelector"]["matchLabels"], it.labels))
    for each in it.pod.get("topologySpreadConstraints", []):
        chosen.append(("spread", each["labelSelector"]["matchLabels"], it.labels))
    for each in it.of("ServiceMonitor"):
        labels = service["metadata"]["labels"]
        chosen.append(("ServiceMonitor", each["spec"]["selector"]["matchLabels"], labels))
    for what, selector, labels in chosen:
        if not selector or not selector.items() <= labels.items():
            yield f"{what} selects {selector}, and there is {labels}"


def ports(it: Manifest) -> Iterator[str]:
    """Require that the daemon's one port has the same name and number everywhere."""
    ours = {port["name"]: port["containerPort"] for port in it.container["ports"]}
    listens = it.loaded.settings.http.port
    if list(ours.values()) != [listens] or str(listens) != instruction("EXPOSE"):
        yield f"the container has the ports {ours}, and the daemon listens on {listens}"
    if it.loaded.settings.http.host not in {"0.0.0.0", "::"}:  # noqa: S104 - A pod's.
        yield "no probe reaches the daemon"
    (service,) = it.of("Service")
    named = {port["name"]: port["targetPort"] for port in service["spec"]["ports"]}
    asked = [("the Service", target) for target in named.values()]
    asked += [(name, probe["httpGet"]["port"]) for name, probe in asked_by(it).items()]
    for policy in it.of("NetworkPolicy"):
        rules = policy["spec"]["ingress"]
        asked += [("NetworkPolicy", port["port"]) for rule in rules for port in rule["ports"]]
    yield from (f"{who} asks the port {name}" for who, name in asked if name not in ours)
    for monitor in it.of("ServiceMonitor"):
        for endpoint in monitor["spec"]["endpoints"]:
            if endpoint["port"] not in named or endpoint["path"] != "/metrics":
                yield f"ServiceMonitor asks {endpoint}"
    if not service["spec"].get("publishNotReadyAddresses"):
        yield "what is not ready is not scraped"


def configuration(it: Manifest) -> Iterator[str]:
    """Require that the daemon starts with it."""
    try:
        flows = it.loaded.flows
    except ConfigurationError as error:
        yield from map(str, error.problems)
        return
    if not list(flows):
        yield "no flow"


def secrets(it: Manifest) -> Iterator[str]:
    """Require that what is secret is referred to, and nowhere written."""
    yield from (f"a Secret is here: {each['metadata']['name']}" for each in it.of("Secret"))
    credentials = re.compile(r"\b(AC|SK)[0-9a-f]{32}\b|://[^/\s$]+:[^/\s@]+@")
    for name, text in _texts(it):
        if credentials.search(text):
            yield f"{name} holds credentials"
    for entry in _variables(it):
        for name in ("url", "token", "sid", "secret", "password"):
            if name in entry["name"].lower() and "value" in entry:
                yield f"{entry['name']} is written down"


def _texts(it: Manifest) -> Iterator[tuple[str, str]]:
    for each in it.of("ConfigMap"):
        yield from each["data"].items()
    for entry in _variables(it):
        yield entry["name"], entry.get("value", "")


def _variables(it: Manifest) -> Iterator[dict[str, Any]]:
    for container in it.containers:
        yield from container.get("env", [])


def ledger(it: Manifest) -> Iterator[str]:
    """Let several daemons share a PostgreSQL; a SQLite file has one, whatever its host does."""
    url = make_url(it.loaded.settings.ledger.url.reveal())
    spec = it.workload["spec"]
    if url.get_backend_name() == "postgresql":
        return
    if it.workload["kind"] != "StatefulSet" or spec["replicas"] != 1 or it.of("ScaledObject"):
        yield "two daemons may have one SQLite file"
    folder = str(url.database).rpartition("/")[0]
    mount = it.mounts().get(folder, {})
    if "claim" not in it.volume(mount.get("name", "")) or mount.get("readOnly"):
        yield f"{folder} is no volume that it can write"
    if folder != image_environment()["STATE_DIRECTORY"]:
        yield f"the ledger is in {folder}"


def reloading(it: Manifest) -> Iterator[str]:
    """Require that a change reaches the daemon: in its pod, or by a rolling update."""
    paths = it.mounts()
    yield from (f"{path} never changes: subPath" for path in paths if "subPath" in paths[path])
    if "--watch" not in it.container["args"]:
        yield "nobody sees that a file has changed"
    for each in it.of("ConfigMap"):
        name = each["metadata"]["name"]
        if bool(re.search(r"-[a-z0-9]{10}$", name)) == (it.workload["kind"] == "StatefulSet"):
            yield f"a change of {name} is no reload without a gap"


def network(it: Manifest) -> Iterator[str]:
    """Let out what the settings want to reach, and nothing in but to the one port."""
    (policy,) = it.of("NetworkPolicy")
    settings = it.loaded.settings
    needed = {("UDP", 53), ("TCP", 53), ("TCP", 5671)}
    ledger = make_url(settings.ledger.url.reveal())
    if ledger.get_backend_name() == "postgresql":
        needed.add(("TCP", ledger.port or 5432))
    for url in settings.broker.url.reveal().split(";"):
        needed.add(("TCP", int(re.findall(r":(\d+)/", url)[0])))
    accounts = settings.twilio.accounts.values()
    needed |= {("TCP", make_url(each.api_url).port or 443) for each in accounts}
    rules = policy["spec"]["egress"]
    open_ = {(port["protocol"], port["port"]) for rule in rules for port in rule["ports"]}
    if open_ != needed:
        yield f"out: {sorted(open_ ^ needed)}"
    if set(policy["spec"]["policyTypes"]) != {"Ingress", "Egress"}:
        yield "a direction is not restricted"
    if not all(rule.get("from") for rule in policy["spec"]["ingress"]):
        yield "everybody is let in"


def availability(it: Manifest) -> Iterator[str]:
    """Let one replica at a time go, and only after another has come."""
    spec, budgets = it.workload["spec"], it.of("PodDisruptionBudget")
    if it.workload["kind"] == "StatefulSet":
        if budgets:
            yield "a budget for one replica keeps its node from being emptied"
        return
    rolling = spec["strategy"].get("rollingUpdate", {})
    if rolling != {"maxSurge": 1, "maxUnavailable": 0}:
        yield f"strategy: {spec['strategy']}"
    if [each["spec"].get("maxUnavailable") for each in budgets] != [1]:
        yield "no budget, or none that lets a node be emptied"
    elif budgets[0]["spec"].get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
        yield "while Twilio refuses no node can be emptied"
    keys = [each["topologyKey"] for each in it.pod.get("topologySpreadConstraints", [])]
    if keys != ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]:
        yield f"spread over {keys}"


def scaling(it: Manifest) -> Iterator[str]:
    """Let KEDA alone say how many, by what is unacked too, and no more than the database serves."""
    replicas = it.workload["spec"].get("replicas")
    if not it.of("ScaledObject"):
        if not replicas:
            yield "nobody says how many replicas"
        return
    (scaled,) = (each["spec"] for each in it.of("ScaledObject"))
    if replicas is not None:
        yield "replicas: each apply would set them back"
    if not 2 <= scaled["minReplicaCount"] <= scaled["maxReplicaCount"]:
        yield "fewer than two replicas"
    if (scaled["maxReplicaCount"] + 1) * CONNECTIONS > SERVER:
        yield "more connections than PostgreSQL allows"
    broker = it.loaded.settings.broker
    for trigger in scaled["triggers"]:
        data = trigger["metadata"]
        if (data["protocol"], data.get("excludeUnacknowledged")) != ("http", "false"):
            yield "what replicas have fetched ahead is not counted"
        if data["queueName"] != broker.queue:
            yield f"the queue is {broker.queue}"
        if data["mode"] == "QueueLength" and float(data["value"]) <= broker.prefetch:
            yield f"a replica fetches {broker.prefetch} ahead: that alone would make another"


CHECKS: tuple[Callable[[Manifest], Iterator[str]], ...] = (
    schemas,
    names,
    selectors,
    configuration,
    ports,
    probes,
    rollout,
    grace,
    restricted,
    resources,
    secrets,
    ledger,
    reloading,
    network,
    availability,
    scaling,
)


def problems(it: Manifest) -> dict[str, list[str]]:
    """Return what is wrong, by the name of the check.

    Where a schema is broken or the daemon would not start, the others are not asked: they rely on
    both.
    """
    found: dict[str, list[str]] = {}
    for check in CHECKS:
        if sentences := list(check(it)):
            found[check.__name__] = sentences
            if check in {schemas, names, configuration}:
                break
    return found
