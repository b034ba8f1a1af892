"""The examples for operators name only what is there: settings, commands, ports. The chart is in test_chart.py."""

import re
import shutil
import subprocess
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from pmd_service.base.settings import Settings
from pmd_service.vault.s3_client import CREDENTIALS

from .documented import OPERATIONS, commands

ROOT = Path(__file__).parents[2]
OURS = {field.encode_name for field in msgspec.structs.fields(Settings)}


class StrictLoader(yaml.SafeLoader):  # type: ignore[misc]
    """A key that is given twice is an error, and not the last one's."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value if key.value != "<<"]
        assert len(keys) == len(set(keys)), f"{keys} at {node.start_mark}"
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.load((ROOT / "compose.yaml").read_text(), StrictLoader)
    return parsed


def test_compose_settings_are_known() -> None:
    assert compose()["x-service"]["environment"].keys() <= OURS | {*CREDENTIALS}
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


def test_compose_starts_everything_again_but_what_runs_once() -> None:
    """After a crash of Postgres or a restart of the host, the server alone would wait for ever."""
    services = {name: service.get("restart", "no") for name, service in compose()["services"].items()}
    inherited = compose()["x-service"]["restart"]
    assert services.pop("migrate") == services.pop("bucket") == "no"
    assert set(services.values()) == {inherited} == {"unless-stopped"}, services


def test_compose_waits_for_the_database_and_not_for_its_making() -> None:
    """The image's temporary server, which makes the database, has no TCP; a migration would fail when it is stopped."""
    check = compose()["services"]["postgres"]["healthcheck"]["test"]
    assert check[check.index("-h") + 1] == "127.0.0.1"


def env_file() -> dict[str, str]:
    return dict(line.split("=", 1) for line in (OPERATIONS / "pmd.env").read_text().splitlines() if line[0] != "#")


def test_prometheus_scrapes_every_job_of_the_alerts_and_the_readme() -> None:
    config = OPERATIONS / "prometheus.yml"
    scraped = yaml.load(config.read_text(), StrictLoader)
    targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in scraped["scrape_configs"]}
    settings = Settings.from_environment(env_file())
    assert settings.worker_metrics_port is not None
    workers = re.findall(r"pmd-worker@\w+", commands("README.md", "Without Docker"))
    assert targets == {
        "pmd-server": [f"{settings.host}:{settings.port}"],
        "pmd-worker": [f"{settings.host}:{settings.worker_metrics_port + n}" for n in range(len(workers))],
    }
    if promtool := shutil.which("promtool"):
        subprocess.run([promtool, "check", "config", config], check=True)
