"""compose.yaml, the units and the chart say the same: commands, probes, ports, waits, settings."""

import re
from configparser import ConfigParser

import msgspec
import pytest

from pmd_service.base.forced_exit import END_SECONDS
from pmd_service.base.settings import Settings
from pmd_service.ops import cli

from .charts import config, containers, example, pods, rendered
from .documented import OPERATIONS, commands
from .test_manifests import ROOT, compose, env_file

DOCKERFILE = ROOT / "Dockerfile"
# What each process is called by the chart, by compose.yaml and by systemd.
PROCESSES = {
    "server": ("pmd-server", "server", "pmd-server.service"),
    "worker": ("pmd-worker-downloads", "worker", "pmd-worker@.service"),
}
every_process = pytest.mark.parametrize("process", PROCESSES)


def unit_of(name: str) -> dict[str, str]:
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(OPERATIONS / name)
    return dict(parser["Service"])


@every_process
def test_chart_compose_and_units_start_the_same_command(process: str) -> None:
    in_chart, in_compose, in_units = PROCESSES[process]
    (image,) = re.findall(r"^CMD (.*)$", DOCKERFILE.read_text(), re.MULTILINE)
    program, command, *part = containers(rendered())[in_chart]["command"]
    assert compose()["services"][in_compose].get("command", msgspec.json.decode(image)) == [program, command]
    started = unit_of(in_units)["ExecStart"].split()
    assert started == [f"/opt/pmd/bin/{program}", command, *(["%i"] if part else [])]
    assert {*part} <= cli.WORKERS.keys()


def test_chart_compose_and_documents_migrate_by_the_same_command() -> None:
    command = containers(rendered())["pmd-migrate"]["command"]
    assert compose()["services"]["migrate"]["command"] == command
    assert f"{command[0]} --env-file /etc/pmd.env {command[1]}\n" in commands("README.md", "Without Docker")


@every_process
def test_chart_and_compose_ask_for_the_same_sign_of_life(process: str) -> None:
    in_chart, in_compose, _ = PROCESSES[process]
    container, health = containers(rendered())[in_chart], compose()["services"][in_compose]["healthcheck"]
    probe = container["livenessProbe"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    asked = f"http://127.0.0.1:{ports[probe['httpGet']['port']]}{probe['httpGet']['path']}"
    assert f"urlopen('{asked}'" in health["test"][-1]
    assert (health["interval"], health["timeout"]) == (f"{probe['periodSeconds']}s", f"{probe['timeoutSeconds']}s")


@every_process
def test_every_supervisor_waits_for_a_process_that_stops(process: str) -> None:
    in_chart, in_compose, in_units = PROCESSES[process]
    waits = {
        "chart": int(pods(rendered())[in_chart]["spec"]["terminationGracePeriodSeconds"]),
        "compose": int(compose()["services"][in_compose]["stop_grace_period"].removesuffix("s")),
        "systemd": int(unit_of(in_units)["TimeoutStopSec"]),
    }
    assert min(waits.values()) >= 2 * END_SECONDS, waits


def test_chart_compose_and_env_file_set_the_same_settings() -> None:
    secrets = example()["secret"]["names"]
    of_chart = {*config(rendered()), *secrets}
    of_compose = compose()["x-service"]["environment"]
    needed = {"DATABASE_URL", "REDIS_URL", "BASE_URL", "JWT_SECRET_KEY", "SMTP_URL", "MAIL_FROM", "WORKER_METRICS_PORT"}
    assert needed <= of_chart & of_compose.keys() & env_file().keys()
    # What only one has: a listening address and a shutdown for balancers; a folder as the vault.
    by_chart_alone = {"HOST", "PORT", "SHUTDOWN_DELAY_SECONDS"}
    assert of_chart - by_chart_alone | {"VAULT_PATH"} == of_compose.keys()
    assert env_file().keys() == needed | {"VAULT_PATH"}
    ports = {
        of_compose["WORKER_METRICS_PORT"],
        env_file()["WORKER_METRICS_PORT"],
        config(rendered())["WORKER_METRICS_PORT"],
    }
    assert len(ports) == 1
    environment = dict(re.findall(r"\b(\w+)=(\S+)", DOCKERFILE.read_text().split("\nENV ")[1].split("\n")[0]))
    assert environment["HOST"] == config(rendered())["HOST"]
    assert int(config(rendered())["PORT"]) == Settings.from_environment(env_file()).port
