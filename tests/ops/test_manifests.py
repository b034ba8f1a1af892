"""The examples for operators name only what is there: settings, commands, routes, ports."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import kubernetes_validate
import msgspec
import pytest
import yaml

from pmd_service.base.settings import Settings
from pmd_service.ops import cli

ROOT = Path(__file__).parents[2]
MANIFESTS = ROOT / "docs" / "operations" / "kubernetes" / "pmd.yaml"
KINDS = {
    "ConfigMap": "v1",
    "Service": "v1",
    "Job": "batch/v1",
    "Deployment": "apps/v1",
    "PodDisruptionBudget": "policy/v1",
}
ROUTES = {"/readyz", "/healthz"}
OURS = {field.encode_name for field in msgspec.structs.fields(Settings)}


class StrictLoader(yaml.SafeLoader):  # type: ignore[misc]
    """A key that is given twice is an error, and not the last one's."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value if key.value != "<<"]
        assert len(keys) == len(set(keys)), f"{keys} at {node.start_mark}"
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


def manifests() -> list[dict[str, Any]]:
    return list(yaml.load_all(MANIFESTS.read_text(), StrictLoader))


def pods() -> list[dict[str, Any]]:
    return [manifest["spec"]["template"] for manifest in manifests() if "template" in manifest.get("spec", {})]


def containers() -> list[dict[str, Any]]:
    return [container for pod in pods() for container in pod["spec"]["containers"]]


def test_every_manifest_is_of_a_kind_and_version_that_there_is() -> None:
    found = {(manifest["kind"], manifest["apiVersion"]) for manifest in manifests()}
    assert found == set(KINDS.items())
    names = [(manifest["kind"], manifest["metadata"]["name"]) for manifest in manifests()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "manifest", manifests(), ids=lambda manifest: f"{manifest['kind']}/{manifest['metadata']['name']}"
)
def test_every_manifest_fits_kubernetes_own_schema(manifest: dict[str, Any]) -> None:
    """Strictly: a field that the schema does not know is a mistake, too."""
    kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


def test_every_selector_finds_pods() -> None:
    labels = [pod["metadata"]["labels"] for pod in pods()]
    for manifest in manifests():
        selector = manifest.get("spec", {}).get("selector", {})
        wanted = selector.get("matchLabels", selector)
        if wanted:
            assert any(wanted.items() <= found.items() for found in labels), manifest["metadata"]["name"]


def test_every_setting_is_one_of_ours_and_makes_sense() -> None:
    (settings,) = [manifest["data"] for manifest in manifests() if manifest["kind"] == "ConfigMap"]
    assert settings.keys() <= OURS
    secret = {"DATABASE_URL": "postgresql://pmd@postgres/pmd", "JWT_SECRET_KEY": "x" * 32}
    assert Settings.from_environment(settings | secret).vault_url == settings["VAULT_URL"]


@pytest.mark.parametrize("container", containers(), ids=lambda container: container["name"])
def test_every_container_runs_a_command_of_ours_without_rights(container: dict[str, Any]) -> None:
    program, command = container["command"]
    assert program == "pmd"
    assert command in cli.main.commands
    assert not container["image"].endswith(":latest")
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["resources"]["limits"].keys() == {"memory"}
    ports = {port["name"] for port in container.get("ports", [])}
    for name in ("readinessProbe", "livenessProbe"):
        if "httpGet" in (probe := container.get(name, {})):
            assert probe["httpGet"]["path"] in ROUTES
            assert probe["httpGet"]["port"] in ports


def test_every_pod_is_nobody_in_particular_and_mounts_what_it_has() -> None:
    for pod in pods():
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True
        volumes = {volume["name"] for volume in spec.get("volumes", [])}
        mounted = {mount["name"] for each in spec["containers"] for mount in each.get("volumeMounts", [])}
        assert mounted == volumes


def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.load((ROOT / "compose.yaml").read_text(), StrictLoader)
    return parsed


def test_compose_names_only_settings_that_there_are() -> None:
    assert compose()["x-service"]["environment"].keys() <= OURS | {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    assert "store" in compose()["services"]["store"]["profiles"]


# What of the Compose Specification is used; a key that is not here is a slip, or to be looked up and added.
COMPOSE_KEYS = {
    "build", "command", "depends_on", "entrypoint", "environment", "healthcheck", "image", "ports", "profiles",
    "restart", "stop_grace_period", "volumes",
}  # fmt: skip
HEALTH_KEYS = {"test", "interval", "timeout", "retries", "start_period"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}


@pytest.mark.parametrize(("name", "service"), compose()["services"].items())
def test_every_service_of_compose_waits_for_and_mounts_what_is_there(name: str, service: dict[str, Any]) -> None:
    services, profiles = compose()["services"], service.get("profiles", [])
    assert service.keys() <= COMPOSE_KEYS
    assert ("image" in service) != ("build" in service)
    assert service.get("healthcheck", {}).keys() <= HEALTH_KEYS
    for other, how in service.get("depends_on", {}).items():
        assert how["condition"] in CONDITIONS
        assert how["condition"] != "service_healthy" or "healthcheck" in services[other]
        assert set(services[other].get("profiles", [])) <= set(profiles), f"{name} would wait for what is not started"
    for mount in service.get("volumes", []):
        assert mount.partition(":")[0] in compose()["volumes"]
    for port in service.get("ports", []):
        assert port.startswith("127.0.0.1:"), "what has a password in the open is for this machine alone"
