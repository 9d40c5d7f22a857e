"""What `docs/kubernetes.md` has operators write and run: it renders, and does what it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.command import REPOSITORY, clean, ended
from support.kubernetes.checks import problems
from support.kubernetes.manifest import SAMPLES, Manifest
from support.kubernetes.pods import resources, restricted
from support.kubernetes.rendering import (
    GUIDE,
    OWN,
    commands,
    own,
    render,
    shown,
    shown_in_the_guide,
)
from support.kubernetes.schemas import wrong
from support.postgres import Postgres

Made = Callable[[str], Manifest]
PAGE = GUIDE.read_text()
JOBS = sorted((REPOSITORY / "kubernetes" / "jobs").iterdir())
SHIPPED = REPOSITORY / "config" / "smsherald.yaml"
OTHER_SHOP = "shop-texts"
SIDS = {"sid": "AC" + 32 * "b", "key": "SK" + 32 * "b"}


def fragment(key: str) -> str:
    """Return what the guide has operators add under a key."""
    (found,) = (block for block in shown("yml") if block.startswith(f"{key}:"))
    return found


def the(it: Manifest, kind: str) -> Any:
    """Return the one object of a kind."""
    (found,) = it.of(kind)
    return found["spec"]


class TestOwn:
    """The folder of one's own."""

    def test_the_image_is_the_one_that_is_named(self, manifest: Made) -> None:
        shipped, made = manifest("sqlite"), manifest(OWN)

        assert [each["image"] for each in shipped.containers] == ["smsherald"]
        assert [each["image"] for each in made.containers] == [
            "registry.example/smsherald:0.1.0"
        ] * 2

    def test_its_flows_are_tried_where_they_stand(self, tmp_path: Path) -> None:
        settings = own(tmp_path, shown_in_the_guide()) / "smsherald.yaml"
        program, *arguments = commands()[-1].split()
        done = ended(arguments, clean(), cwd=tmp_path)

        assert program == ".venv/bin/smsherald"
        assert tmp_path / arguments[-1] == settings
        assert done.returncode == 0, done.stderr
        assert "the flows are good: 2 flows, " in done.stdout.decode() + done.stderr.decode()

    def test_only_its_own_flows_and_settings_are_there(self, manifest: Made) -> None:
        made = manifest(OWN)

        assert set(made.files("/etc/smsherald/flows")) == {"order-created.yaml", "sms.yaml"}
        assert set(made.files("/etc/smsherald")) == {"smsherald.yaml"}

    @pytest.mark.parametrize("overlay", ["postgresql", "sqlite"])
    def test_another_shop_is_another_namespace(self, overlay: str, tmp_path: Path) -> None:
        text = shown_in_the_guide().replace("namespace: smsherald\n", f"namespace: {OTHER_SHOP}\n")
        text = text.replace("../postgresql", f"../{overlay}")
        if overlay == "sqlite":
            text = text.replace(", ../../components/keda", "")
        made = Manifest(render(own(tmp_path, text)))

        assert problems(made) == {}
        assert [each["metadata"]["name"] for each in made.of("Namespace")] == [OTHER_SHOP]

    def test_a_label_is_on_what_prometheus_selects(self, tmp_path: Path) -> None:
        made = Manifest(render(own(tmp_path, shown_in_the_guide() + fragment("labels"))))

        assert problems(made) == {}
        for each in made.of("ServiceMonitor", "PrometheusRule"):
            assert each["metadata"]["labels"]["release"] == "kube-prometheus-stack"

    def test_the_network_is_as_narrow_as_the_patch_says(self, tmp_path: Path) -> None:
        made = Manifest(render(own(tmp_path, shown_in_the_guide() + fragment("patches"))))
        policy = the(made, "NetworkPolicy")
        to = {rule["ports"][0]["port"]: rule.get("to") for rule in policy["egress"]}
        (prometheus,) = policy["ingress"][0]["from"]

        assert problems(made) == {"network": ["out: [('TCP', 15672)]"]}, "of no setting here"
        assert to[5672] == [namespace("rabbitmq")]
        assert to[5432] == [{"ipBlock": {"cidr": "192.0.2.7/32"}}]
        assert prometheus == namespace("observability")

    def test_a_patch_that_another_order_of_the_rules_would_mislead_is_refused(
        self, tmp_path: Path
    ) -> None:
        patched = fragment("patches").replace("/egress/1/", "/egress/0/")

        with pytest.raises(AssertionError, match="test"):
            render(own(tmp_path, shown_in_the_guide() + patched))


def namespace(name: str) -> dict[str, Any]:
    """Return the peer of a NetworkPolicy that is in a namespace."""
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


class TestSecret:
    """What is secret."""

    def test_the_guide_makes_one_with_every_key(self, manifest: Made) -> None:
        assert given_to("") == manifest(OWN).secret_keys() == set(SAMPLES)

    def test_whatever_else_is_in_it_the_settings_may_name(self, manifest: Made) -> None:
        it = manifest(OWN)
        (settings,) = (
            each["data"] for each in it.of("ConfigMap") if "smsherald.yaml" in each["data"]
        )
        read = yaml.safe_load(settings["smsherald.yaml"]) | yaml.safe_load(fragment("twilio"))
        settings["smsherald.yaml"] = yaml.safe_dump(read)
        more = it.secret_keys() - set(SAMPLES)

        assert list(problems(it)) == ["configuration"], "a key that is missing is said"
        it.secret = {key: SIDS.get(key.rpartition("-")[2], "secret") for key in more}
        assert problems(it) == {}
        assert more < given_to(" …")


def given_to(more: str) -> set[str]:
    """Return the keys that a command of the guide gives the Secret."""
    head = rf"create secret generic smsherald{more} \\"
    (command,) = re.findall(rf"{head}\n.*?(?=\n```)", PAGE, re.DOTALL)
    named = re.findall(r"--from-literal=([\w-]+)=|--from-file=([\w.-]+)", command)
    return {literal or file for literal, file in named}


class TestRollout:
    """With PostgreSQL a flow whose own test fails gets no replica."""

    @pytest.mark.parametrize(("text", "code"), [("thank you", 0), ("thanks", 1)])
    def test_its_check_ends_with(
        self, text: str, code: int, manifest: Made, tmp_path: Path
    ) -> None:
        it = manifest(OWN)
        (check,) = it.before
        files = it.files("/etc/smsherald") | {
            f"flows/{name}": flow for name, flow in it.files("/etc/smsherald/flows").items()
        }
        (tmp_path / "flows").mkdir()
        for name, content in files.items():
            (tmp_path / name).write_text(content.replace("thank you", text, 1))
        settings = str(tmp_path / "smsherald.yaml")
        done = ended([*check["args"], "--config", settings], clean(), cwd=tmp_path)

        assert done.returncode == code, done.stderr


@pytest.mark.parametrize("job", JOBS, ids=lambda path: path.stem)
class TestEveryJob:
    """What is run once, by hand."""

    def test_a_cluster_takes_it_as_it_takes_the_daemon(self, job: Path, manifest: Made) -> None:
        it = Manifest([yaml.safe_load(job.read_text())])

        assert wrong(it.objects[0]) == ""
        assert [*restricted(it), *resources(it)] == []
        assert it.pod["serviceAccountName"] == manifest("sqlite").pod["serviceAccountName"]
        assert it.secret_keys() == {"ledger-url"}

    def test_what_ledger_url_names_of_the_secret_is_there(self, job: Path, manifest: Made) -> None:
        it, daemon = Manifest([yaml.safe_load(job.read_text())]), manifest("postgresql")
        (certificate,) = re.findall(r"--from-literal=ledger-url='.*sslrootcert=([^'&]+)'", PAGE)
        folder = str(Path(certificate).parent)

        assert it.mounts()[folder] == daemon.mounts()[folder]
        assert it.volume("secrets") == daemon.volume("secrets")

    def test_nobody_takes_its_pod_for_a_replica(self, job: Path, manifest: Made) -> None:
        it = Manifest([yaml.safe_load(job.read_text())])
        (name,) = it.labels.values()

        assert name != manifest("postgresql").labels["app.kubernetes.io/name"]

    def test_the_guide_starts_it_with_ones_own_image(self, job: Path) -> None:
        (command,) = re.findall(
            rf"sed '(s\|.*?\|)' kubernetes/jobs/{job.name} \|\n +kubectl -n smsherald create", PAGE
        )
        _, old, new, _ = command.split("|")
        text = job.read_text()

        assert text.count(f" {old}\n") == text.count(old) == 1
        assert new.startswith("image: registry.example/smsherald:")
        assert f"job/{yaml.safe_load(text)['metadata']['name']} " in PAGE


def test_the_jobs_move_a_ledger_and_upgrade_it(
    manifest: Made, postgres: Postgres, tmp_path: Path
) -> None:
    it = manifest("sqlite")
    copy, upgrade = (Manifest([yaml.safe_load(job.read_text())]) for job in JOBS)
    claim = copy.volume("ledger")["persistentVolumeClaim"]["claimName"]
    (template,) = it.workload["spec"]["volumeClaimTemplates"]
    assert claim == f"{template['metadata']['name']}-{it.workload['metadata']['name']}-0"
    assert copy.mounts().keys() < it.mounts().keys()

    with postgres.database() as name:
        url = postgres.url(name)
        for job, said in (
            (upgrade.container | {"env": []}, "made, of version"),
            (copy.container, ": moved to "),
            (upgrade.container, "is of version"),
        ):
            variables = {entry["name"]: url for entry in job["env"]}
            arguments = [variables.get(each.strip("$()"), each) for each in job["args"]]
            environment = {**clean(), **variables, "STATE_DIRECTORY": str(tmp_path)}
            done = ended([*arguments, "--config", str(SHIPPED)], environment, cwd=tmp_path)

            assert done.returncode == 0, done.stderr
            assert said in done.stdout.decode(), done.stdout


def test_every_flow_of_the_folder_is_in_the_config_map() -> None:
    config = REPOSITORY / "config"
    (made,) = yaml.safe_load((config / "kustomization.yaml").read_text())["configMapGenerator"]

    flows = sorted(path.relative_to(config) for path in (config / "flows").iterdir())
    assert made["files"] == list(map(str, flows))


def test_the_rules_are_those_that_are_tested(manifest: Made) -> None:
    source = REPOSITORY / "monitoring" / "smsherald.rules.yaml"
    due = yaml.safe_load(source.read_text())["groups"] if source.exists() else []

    assert the(manifest(OWN), "PrometheusRule")["groups"] == due, "run scripts/prometheus-rule"
