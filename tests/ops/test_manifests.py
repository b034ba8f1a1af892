"""The examples for operators name only what is there: settings, commands, routes, ports."""

import re
import shutil
import subprocess
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import kubernetes_validate
import msgspec
import pytest
import yaml

from pmd_service.base.forced_exit import END_SECONDS
from pmd_service.base.settings import Settings
from pmd_service.jobs import MEDIA, UPKEEP
from pmd_service.ops import cli
from pmd_service.ops.health import ROUTES
from pmd_service.work import metrics_port
from pmd_service.work.queue import Queue

from .documented import OPERATIONS, commands

ROOT = Path(__file__).parents[2]
MANIFESTS = ROOT / "docs" / "operations" / "kubernetes" / "pmd.yaml"
KINDS = {
    "ConfigMap": "v1",
    "Service": "v1",
    "Job": "batch/v1",
    "Deployment": "apps/v1",
    "PodDisruptionBudget": "policy/v1",
}
# What has or may have a password or a key in it: never in a ConfigMap, nor in the manifests themselves.
SECRETS = {
    "DATABASE_URL", "LISTEN_DATABASE_URL", "REDIS_URL", "JWT_SECRET_KEY", "JWT_PREVIOUS_KEY", "SMTP_URL",
    "SITE_WEBHOOK_SECRET", "SITE_REDIS_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
}  # fmt: skip
# The queues of “pmd-admin worker PART”.
QUEUES_OF = {
    "all": {*Queue},
    "downloads": {Queue.DOWNLOADS, *UPKEEP},
    "media": {*MEDIA, *UPKEEP},
    "upkeep": {*UPKEEP},
}
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


def test_manifests_have_a_known_kind_and_version() -> None:
    found = {(manifest["kind"], manifest["apiVersion"]) for manifest in manifests()}
    assert found == set(KINDS.items())
    names = [(manifest["kind"], manifest["metadata"]["name"]) for manifest in manifests()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "manifest", manifests(), ids=lambda manifest: f"{manifest['kind']}/{manifest['metadata']['name']}"
)
def test_manifests_fit_the_kubernetes_schema(manifest: dict[str, Any]) -> None:
    """Strictly: a field that the schema does not know is a mistake, too."""
    kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


def test_manifest_selectors_find_pods() -> None:
    labels = [pod["metadata"]["labels"] for pod in pods()]
    for manifest in manifests():
        selector = manifest.get("spec", {}).get("selector", {})
        wanted = selector.get("matchLabels", selector)
        if wanted:
            assert any(wanted.items() <= found.items() for found in labels), manifest["metadata"]["name"]


def config() -> dict[str, str]:
    settings: dict[str, str]
    (settings,) = [manifest["data"] for manifest in manifests() if manifest["kind"] == "ConfigMap"]
    return settings


def secrets() -> dict[str, str]:
    """What the README puts into the Secret."""
    return dict(re.findall(r"--from-literal=(\w+)='?([^' \\\n]+)", commands("kubernetes/README.md", "On Kubernetes")))


def test_manifest_settings_are_known_and_valid() -> None:
    assert config().keys() | secrets().keys() <= OURS | SECRETS
    key = {"JWT_SECRET_KEY": "x" * 32}
    settings = Settings.from_environment(config() | secrets() | key)
    assert settings.vault_url == config()["VAULT_URL"]
    assert settings.smtp_url
    assert settings.mail_from


def test_manifest_secrets_are_in_no_config_map_and_every_container() -> None:
    assert not config().keys() & SECRETS
    assert secrets().keys() <= SECRETS
    assert {name for name in OURS if re.search("SECRET|PASSWORD|KEY$", name)} <= SECRETS
    for value in config().values():
        assert "@" not in value.partition("://")[2].partition("/")[0], f"a password in {value}"
    for container in containers():
        assert container["envFrom"] == [{"configMapRef": {"name": "pmd"}}, {"secretRef": {"name": "pmd"}}]
        assert not container.keys() & {"env"}


def test_manifest_workers_cover_every_queue() -> None:
    commands = [container["command"][1:] for container in containers() if container["command"][1] == "worker"]
    served = {queue for _, *parts in commands for queue in QUEUES_OF[parts[0] if parts else "all"]}
    assert served == {*Queue}


def test_manifest_grace_period_covers_stop_delay_and_shutdown() -> None:
    (pod,) = [pod for pod in pods() if pod["metadata"]["labels"]["app.kubernetes.io/component"] == "server"]
    (container,) = pod["spec"]["containers"]
    program, seconds = container["lifecycle"]["preStop"]["exec"]["command"]
    assert program == "sleep"
    delay = int(config()["SHUTDOWN_DELAY_SECONDS"])
    assert int(seconds) > 0
    assert delay > 0
    assert int(seconds) + delay + END_SECONDS < pod["spec"]["terminationGracePeriodSeconds"]
    readiness = container["readinessProbe"]
    assert delay >= readiness["periodSeconds"] * readiness["failureThreshold"], "no probe has seen that it is unready"


def test_manifest_probes_use_existing_routes() -> None:
    ready = {"server": "/readyz"}
    routes = {"server": {route.path for route in ROUTES}, "worker": {*metrics_port.PATHS}}
    ports = {"server": Settings.from_environment(config() | secrets() | {"JWT_SECRET_KEY": "x" * 32}).port}
    ports["worker"] = int(config()["WORKER_METRICS_PORT"])
    for container in containers():
        name = container["name"]
        if name == "migrate":
            continue
        own = {port["name"]: port["containerPort"] for port in container["ports"]}
        for kind, path in {"livenessProbe": "/healthz", "readinessProbe": ready.get(name)}.items():
            if path is not None:
                request = container[kind]["httpGet"]
                assert (request["path"], own[request["port"]]) == (path, ports[name])
                assert path in routes[name]


@pytest.mark.parametrize("container", containers(), ids=lambda container: container["name"])
def test_manifest_containers_run_our_commands_unprivileged(container: dict[str, Any]) -> None:
    program, command = container["command"]
    assert program == "pmd-admin"
    assert command in cli.main.commands
    assert not container["image"].endswith(":latest")
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["resources"]["limits"].keys() == {"memory"}


def test_manifest_pods_run_as_non_root_and_mount_their_volumes() -> None:
    for pod in pods():
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True
        volumes = {volume["name"] for volume in spec.get("volumes", [])}
        mounted = {mount["name"] for each in spec["containers"] for mount in each.get("volumeMounts", [])}
        assert mounted == volumes


def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.load((ROOT / "compose.yaml").read_text(), StrictLoader)
    return parsed


def test_compose_settings_are_known() -> None:
    assert compose()["x-service"]["environment"].keys() <= OURS | {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    assert "store" in compose()["services"]["store"]["profiles"]


# What of the Compose Specification is used; a key that is not here is a mistake, or to be added.
COMPOSE_KEYS = {
    "build", "command", "depends_on", "entrypoint", "environment", "healthcheck", "image", "ports", "profiles",
    "restart", "stop_grace_period", "volumes",
}  # fmt: skip
HEALTH_KEYS = {"test", "interval", "timeout", "retries", "start_period"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}


@pytest.mark.parametrize(("name", "service"), compose()["services"].items())
def test_compose_services_depend_on_and_mount_what_exists(name: str, service: dict[str, Any]) -> None:
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


def test_prometheus_scrapes_every_job_of_the_alerts_and_the_readme() -> None:
    config = OPERATIONS / "prometheus.yml"
    scraped = yaml.load(config.read_text(), StrictLoader)
    targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in scraped["scrape_configs"]}
    env = dict(line.split("=", 1) for line in (OPERATIONS / "pmd.env").read_text().splitlines() if line[0] != "#")
    settings = Settings.from_environment(env)
    assert settings.worker_metrics_port is not None
    workers = re.findall(r"pmd-worker@\w+", commands("README.md", "Without Docker"))
    assert targets == {
        "pmd-server": [f"{settings.host}:{settings.port}"],
        "pmd-worker": [f"{settings.host}:{settings.worker_metrics_port + n}" for n in range(len(workers))],
    }
    if promtool := shutil.which("promtool"):
        subprocess.run([promtool, "check", "config", config], check=True)
