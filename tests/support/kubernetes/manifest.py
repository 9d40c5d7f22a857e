"""The rendered objects of one installation, and what is asked of them again and again."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from smsherald.settings.load import Loaded, load
from support.command import REPOSITORY
from support.secrets import AUTH_TOKEN

WORKLOADS = ("Deployment", "StatefulSet", "Job")
SECRETS = "/run/secrets/smsherald"
"""Where the settings look for what is secret."""

SAMPLES = {
    "broker-url": "amqp://guest:guest@rabbitmq.example:5672//",
    "broker-management-url": "http://guest:guest@rabbitmq.example:15672/%2F",
    "http-token": AUTH_TOKEN,
    "ledger-url": "postgresql://smsherald:secret@postgres.example/smsherald",
    "twilio-account-sid": "AC" + "a" * 32,
    "twilio-auth-token": AUTH_TOKEN,
    "twilio-from": "+15005550006",
}
"""A value for each key of the Secret that the guide has operators make."""


@dataclass
class Manifest:
    """What is applied together."""

    objects: list[dict[str, Any]]
    secret: dict[str, str] = field(default_factory=dict)
    """What the Secret has beside the samples."""

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        """Return the objects of these kinds."""
        return [each for each in self.objects if each["kind"] in kinds]

    @property
    def workload(self) -> dict[str, Any]:
        """Return what makes the pods."""
        (found,) = self.of(*WORKLOADS)
        return found

    @property
    def pod(self) -> dict[str, Any]:
        """Return the pod's own part of it."""
        spec: dict[str, Any] = self.workload["spec"]["template"]["spec"]
        return spec

    @property
    def labels(self) -> dict[str, str]:
        """Return the pod's labels."""
        labels: dict[str, str] = self.workload["spec"]["template"]["metadata"]["labels"]
        return labels

    @property
    def container(self) -> dict[str, Any]:
        """Return the daemon."""
        (container,) = self.pod["containers"]
        return dict(container)

    @property
    def before(self) -> list[dict[str, Any]]:
        """Return the containers that end before the daemon starts."""
        return list(self.pod.get("initContainers", []))

    @property
    def containers(self) -> list[dict[str, Any]]:
        """Return all of them, in their order."""
        return [*self.before, self.container]

    def mounts(self) -> dict[str, dict[str, Any]]:
        """Return what is mounted, by its path."""
        return {mount["mountPath"]: mount for mount in self.container.get("volumeMounts", [])}

    def volume(self, name: str) -> dict[str, Any]:
        """Return a volume of the pod, or an empty one where there is none of this name."""
        volumes = [*self.pod.get("volumes", []), *self._claims()]
        return next((each for each in volumes if each["name"] == name), {})

    def _claims(self) -> Iterator[dict[str, Any]]:
        for claim in self.workload["spec"].get("volumeClaimTemplates", []):
            yield {"name": claim["metadata"]["name"], "claim": claim}

    def files(self, path: str) -> dict[str, str]:
        """Return what a ConfigMap puts into a folder of the container; nothing where none does."""
        mount = self.mounts().get(path, {})
        name = self.volume(mount.get("name", "")).get("configMap", {}).get("name")
        maps = [each for each in self.of("ConfigMap") if each["metadata"]["name"] == name]
        data: dict[str, str] = maps[0]["data"] if maps else {}
        return data

    def secret_keys(self) -> set[str]:
        """Return the keys that it takes of the Secret, wherever it does."""
        texts = self.files("/etc/smsherald").values()
        keys = {key for text in texts for key in re.findall(rf"\${{file:{SECRETS}/(.+?)}}", text)}
        for each in self.of("TriggerAuthentication"):
            keys |= {target["key"] for target in each["spec"]["secretTargetRef"]}
        for entry in self.container.get("env", []):
            if "secretKeyRef" in entry.get("valueFrom", {}):
                keys.add(entry["valueFrom"]["secretKeyRef"]["key"])
        return keys

    @property
    def loaded(self) -> Loaded:
        """Return the configuration as the daemon reads it there. Raises ConfigurationError."""
        return _loaded(
            tuple(self.files("/etc/smsherald").items()),
            tuple(self.files("/etc/smsherald/flows").items()),
            tuple(self._secret_files().items()),
            tuple(self._environment().items()),
        )

    def _secret_files(self) -> dict[str, str]:
        mount = self.mounts().get(SECRETS, {})
        volume = self.volume(mount.get("name", ""))
        return SAMPLES | self.secret if "secret" in volume else {}

    def _environment(self) -> dict[str, str]:
        environment = image_environment()
        for entry in self.container.get("env", []):
            source = entry.get("valueFrom", {})
            key = source.get("secretKeyRef", {}).get("key")
            value = SAMPLES[key] if key else entry.get("value", "smsherald-0")
            environment[entry["name"]] = value
        return environment


Pairs: TypeAlias = tuple[tuple[str, str], ...]


@cache
def _loaded(config: Pairs, flows: Pairs, secrets: Pairs, environment: Pairs) -> Loaded:
    with tempfile.TemporaryDirectory(prefix="smsherald-") as scratch:
        etc, run = Path(scratch) / "etc", Path(scratch) / "run"
        for folder, files in ((etc, config), (etc / "flows", flows), (run, secrets)):
            folder.mkdir()
            for name, text in files:
                (folder / name).write_text(text.replace(SECRETS, str(run)))
        return load(etc / "smsherald.yaml", dict(environment))


def instruction(word: str) -> str:
    """Return the arguments of the last such instruction of the image's recipe."""
    text = (REPOSITORY / "Dockerfile").read_text().replace("\\\n", " ")
    return str(re.findall(rf"^{word} (.+)$", text, re.MULTILINE)[-1]).strip()


def image_environment() -> dict[str, str]:
    """Return the variables that the image sets."""
    pairs = (pair.partition("=") for pair in instruction("ENV").split())
    return {name: value for name, _, value in pairs}
