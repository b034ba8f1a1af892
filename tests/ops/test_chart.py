"""deploy/chart: what Helm renders fits Kubernetes' schemas, our settings, commands and routes, and nginx.conf."""

import re
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import kubernetes_validate
import msgspec
import pytest
import yaml
from aiohttp.test_utils import TestServer

from pmd_service.base.forced_exit import END_SECONDS
from pmd_service.base.settings import Settings, secrets_of
from pmd_service.jobs import DRAIN_SECONDS, KINDS, MEDIA, UPKEEP
from pmd_service.ops import cli
from pmd_service.ops.health import ROUTES
from pmd_service.vault.s3_client import CREDENTIALS
from pmd_service.work import metrics_port
from pmd_service.work.queue import Queue

from ..site import Api
from .charts import (
    CHART,
    Manifest,
    config,
    containers,
    everything,
    example,
    helm,
    lint,
    of_kind,
    only,
    pods,
    render,
    rendered,
    whole,
)
from .documented import OPERATIONS, commands

OURS = {field.encode_name for field in msgspec.structs.fields(Settings)}
SECRETS = secrets_of(Settings) | {*CREDENTIALS}
# What the chart decides by itself.
ITS_OWN = {"HOST", "PORT", "VAULT_PATH", "WORKER_METRICS_PORT", "WORKER_CONCURRENCY", "SHUTDOWN_DELAY_SECONDS"}
# Kinds of operators, whose schemas Kubernetes does not have.
OF_OPERATORS = {
    "ScaledObject": "keda.sh/v1alpha1",
    "ServiceMonitor": "monitoring.coreos.com/v1",
    "PodMonitor": "monitoring.coreos.com/v1",
}
# What “pmd-admin worker PART” serves.
SERVED = {
    "all": {*Queue},
    "downloads": {Queue.DOWNLOADS, *UPKEEP},
    "media": {*MEDIA, *UPKEEP},
    "upkeep": {*UPKEEP},
    **{queue.name.lower(): {queue, *UPKEEP} for queue in MEDIA},
}
SERVER = "pmd-server"


def key(manifest: Manifest) -> str:
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def schema() -> Mapping[str, Any]:
    parsed: Mapping[str, Any] = msgspec.json.decode((CHART / "values.schema.json").read_bytes())
    return parsed["properties"]  # type: ignore[no-any-return]


def servers() -> Manifest:
    return containers(rendered())[SERVER]


def workers() -> Mapping[str, Manifest]:
    return {each["command"][2]: each for each in containers(rendered()).values() if each["name"] == "worker"}


def test_chart_passes_helms_lint_and_has_the_services_version() -> None:
    assert lint(example()) == []
    assert lint(everything()) == []
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["version"] == chart["appVersion"] == version("pmd-service")


@pytest.mark.parametrize("manifest", [*rendered(), *whole()], ids=key)
def test_rendered_manifests_fit_the_kubernetes_schema(manifest: Manifest) -> None:
    """Strictly: a field that the schema does not know is a mistake, too."""
    if manifest["kind"] in OF_OPERATORS:
        assert manifest["apiVersion"] == OF_OPERATORS[manifest["kind"]]
    else:
        kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


def test_chart_has_each_part_and_each_name_once() -> None:
    least = {"ConfigMap", "ServiceAccount", "Job", "Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy"}
    assert {each["kind"] for each in rendered()} == least | {"Ingress"}
    assert {each["kind"] for each in whole()} == least | {"Ingress", "HorizontalPodAutoscaler"} | OF_OPERATORS.keys()
    for manifests in (rendered(), whole(), render(example(), release="art")):
        assert len({key(each) for each in manifests}) == len(manifests)


def test_selectors_find_pods_and_scalers_find_deployments() -> None:
    labels = [pod["metadata"]["labels"] for pod in pods(whole()).values()]
    for manifest in whole():
        selector = manifest.get("spec", {}).get("podSelector") or manifest.get("spec", {}).get("selector", {})
        if wanted := selector.get("matchLabels", selector):
            assert any(wanted.items() <= found.items() for found in labels), key(manifest)
        if target := manifest.get("spec", {}).get("scaleTargetRef"):
            deployment = only(
                [each for each in of_kind(whole(), "Deployment") if each["metadata"]["name"] == target["name"]]
            )
            assert "replicas" not in deployment["spec"], "two would set it"
    for deployment in of_kind(rendered(), "Deployment"):
        assert deployment["spec"]["replicas"] >= 1


def test_own_authority_of_the_store_is_named_in_each_pod() -> None:
    values = example() | {"vault": {"ca": "ca.crt"}}
    for name, container in containers(render(values)).items():
        mounts = {each["mountPath"] for each in container["volumeMounts"]}
        environ = {each["name"]: each.get("value") for each in container["env"]}
        if "/run/secrets/pmd" in mounts and "migrate" not in name:
            assert environ["AWS_CA_BUNDLE"] == "/run/secrets/pmd/ca.crt", name
        else:
            assert "AWS_CA_BUNDLE" not in environ, name
    assert all("AWS_CA_BUNDLE" not in str(each) for each in containers(rendered()).values())
    with pytest.raises(helm.HelmError):
        render(example() | {"vault": {"ca": "../ca.crt"}})


def environ_of(container: Manifest, folder: Path) -> dict[str, str]:
    """The container's environment, with its secrets in a folder."""
    values = {name: f"{name.lower()}-of-the-store" for name in CREDENTIALS} | {
        "DATABASE_URL": "postgresql://pmd:secret@postgres/pmd",
        "REDIS_URL": "rediss://pmd:secret@valkey/0",
        "JWT_SECRET_KEY": "k" * 32,
        "SMTP_URL": "smtp://pmd:secret@mail",
    }
    for name, value in values.items():
        (folder / name).write_text(value)
    environ = {each["name"]: each["value"].replace("/run/secrets/pmd", str(folder)) for each in container["env"]}
    return {**config(rendered()), **environ}


def test_each_container_starts_with_its_settings(tmp_path: Path) -> None:
    for container in (servers(), *workers().values()):
        settings = Settings.from_environment(environ_of(container, tmp_path))
        assert (settings.vault_url, settings.smtp_url) == (example()["settings"]["VAULT_URL"], "smtp://pmd:secret@mail")
        assert settings.worker_concurrency or container["name"] == "server"


def test_pods_listen_on_ipv6_where_they_have_nothing_else() -> None:
    assert config(rendered())["HOST"] == "0.0.0.0"
    assert config(render(example() | {"host": "::"}))["HOST"] == "::"
    with pytest.raises(helm.HelmError, match="host"):
        render(example() | {"host": "127.0.0.1"})


def test_values_allow_each_setting_and_no_secret_among_them() -> None:
    assert {*schema()["settings"]["propertyNames"]["enum"]} == OURS - SECRETS - ITS_OWN
    assert {*schema()["secret"]["properties"]["names"]["items"]["enum"]} == SECRETS
    assert {*schema()["secret"]["properties"]["values"]["propertyNames"]["enum"]} == SECRETS
    assert {*schema()["queues"]["items"]["properties"]["queue"]["enum"]} == cli.WORKERS.keys() == SERVED.keys()
    url = {"settings": example()["settings"]}
    values = {
        "settings": {**url["settings"], "BDR_DAILY_LIMIT": 20, "LIBRARY_MAX_BYTES": 10737418240, "ARCHIVES": "whole"}
    }
    data = config(render(example() | values))
    assert (data["BDR_DAILY_LIMIT"], data["LIBRARY_MAX_BYTES"], data["ARCHIVES"]) == ("20", "10737418240", "whole")


REFUSED: Mapping[str, tuple[dict[str, Any], str]] = {
    "a misspelt value": ({"sever": {}}, "sever"),
    "a misspelt setting": ({"settings": {"BASE_ULR": "https://art.example.org"}}, "BASE_ULR"),
    "a secret among the settings": ({"settings": {"DATABASE_URL": "postgresql://localhost"}}, "DATABASE_URL"),
    "no public URL": ({"settings": {"BASE_URL": None}}, "BASE_URL"),
    "no image": ({"image": {"repository": ""}}, "repository"),
    "no database": ({"secret": {"names": ["REDIS_URL"]}}, "names"),
    "a setting as a secret": ({"secret": {"names": ["DATABASE_URL", "BASE_URL"]}}, "names"),
    "an unknown queue": ({"queues": [{"queue": "mails", "replicas": 1, "scratch": "1Gi", "resources": {}}]}, "queue"),
    "no vault": ({"settings": {"VAULT_URL": None}}, "vault.claim"),
    "no secret": ({"secret": {"existing": ""}}, "secret.existing"),
    "a secret without a database": ({"secret": {"existing": "", "values": {"REDIS_URL": "redis://v"}}}, "DATABASE_URL"),
    "no wait before it closes": ({"server": {"shutdownDelaySeconds": 0}}, "shutdownDelaySeconds"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_values_are_refused_by_name(case: str) -> None:
    changes, word = REFUSED[case]
    values = example()
    for name, change in changes.items():
        merged = values.get(name, {}) | change if isinstance(change, dict) else change
        values[name] = {k: v for k, v in merged.items() if v is not None} if isinstance(merged, dict) else merged
    with pytest.raises(helm.HelmError, match=re.escape(word)):
        render(values)


def test_secrets_are_files_of_every_container_and_nowhere_else() -> None:
    values = {
        "DATABASE_URL": "postgresql://pmd:HIDDEN1@db/pmd",
        "REDIS_URL": "redis://:HIDDEN2@valkey",
        "JWT_SECRET_KEY": "HIDDEN3",
    }
    manifests = render(example() | {"secret": {"values": values}})
    assert [key(each) for each in manifests if "HIDDEN" in str(each)] == ["Secret/pmd", "Secret/pmd-migrate"]
    assert of_kind(manifests, "Secret")[0]["stringData"] == values
    for name, pod in pods(manifests).items():
        (volume,) = [each["secret"] for each in pod["spec"]["volumes"] if "secret" in each]
        assert volume["defaultMode"] == 0o440
        (container,) = pod["spec"]["containers"]
        given = {each["name"]: each["value"] for each in container["env"] if each["name"].endswith("_FILE")}
        names = {"DATABASE_URL"} if name == "pmd-migrate" else values.keys()
        assert given == {f"{each}_FILE": f"/run/secrets/pmd/{each}" for each in names}
        assert {"name": "secret", "mountPath": "/run/secrets/pmd", "readOnly": True} in container["volumeMounts"]
    changed = render(example() | {"secret": {"values": values | {"JWT_SECRET_KEY": "HIDDEN4"}}})
    checksum = "checksum/secret"
    before, after = ({pods(each)[SERVER]["metadata"]["annotations"][checksum]} for each in (manifests, changed))
    assert before != after, "a new key is a new pod"


def test_migrations_run_before_the_rollout_with_the_database_only() -> None:
    manifests = render(
        example() | {"secret": {"values": {"DATABASE_URL": "postgresql://db/pmd", "REDIS_URL": "redis://v"}}}
    )
    (job,) = of_kind(manifests, "Job")
    hooks = {
        key(each): each["metadata"]["annotations"] for each in manifests if "helm.sh/hook" in str(each["metadata"])
    }
    needed = {"Secret/pmd-migrate", "NetworkPolicy/pmd-migrate"}
    assert hooks.keys() == {"Job/pmd-migrate", *needed}, "other parts exist only after the hooks"
    assert {each["helm.sh/hook"] for each in hooks.values()} == {"pre-install,pre-upgrade"}
    weights = {name: int(each["helm.sh/hook-weight"]) for name, each in hooks.items()}
    assert weights["Secret/pmd-migrate"] < weights["Job/pmd-migrate"]
    pod = job["spec"]["template"]["spec"]
    assert "envFrom" not in only(pod["containers"])
    assert "serviceAccountName" not in pod
    (of_theirs,) = of_kind(rendered(), "Job")
    (volume,) = [each["secret"] for each in of_theirs["spec"]["template"]["spec"]["volumes"] if "secret" in each]
    assert volume == {"secretName": "pmd", "defaultMode": 0o440}, "all of it: sslrootcert may name a file of it"


def test_documented_certificate_is_where_each_secret_is_mounted() -> None:
    """Beside the secrets, in every pod: the migrations connect by the same DATABASE_URL."""
    text = (OPERATIONS / "kubernetes.md").read_text()
    (database,) = re.findall(r"`(\?sslmode=\S+)`", text)
    (redis,) = re.findall(r"`(\?ssl_ca_certs=\S+)`", text)
    (folder,) = {
        each["mountPath"]
        for container in containers(rendered()).values()
        for each in container["volumeMounts"]
        if each["name"] == "secret"
    }
    assert database == f"?sslmode=verify-full&sslrootcert={folder}/ca.crt"
    assert redis == f"?ssl_ca_certs={folder}/ca.crt"
    assert "`--from-file=ca.crt`" in text


def test_documented_secret_has_the_names_that_are_mounted() -> None:
    typed = commands("kubernetes.md", "On Kubernetes")
    assert {*re.findall(r"--from-literal=(\w+)=", typed)} == {*example()["secret"]["names"]}
    assert "pmd" == example()["secret"]["existing"] == re.findall(r"create secret generic (\S+)", typed)[0]


def test_default_queues_serve_all_work_by_deployments_of_their_own() -> None:
    assert {queue for part in workers() for queue in SERVED[part]} == {*Queue}
    assert workers().keys() == {queue.name.lower() for queue in (Queue.DOWNLOADS, *MEDIA)}
    slots = {kind.queue.name.lower(): kind.concurrency for kind in KINDS}
    for part, container in workers().items():
        assert {"name": "WORKER_CONCURRENCY", "value": str(slots[part])} in container["env"]


async def test_queues_scale_on_metrics_of_their_own_kinds(api: Api, server: TestServer) -> None:
    parts = [{"queue": part, "replicas": 1, "max": 3, "scratch": "1Gi", "resources": {}} for part in cli.WORKERS]
    text = (await api.call("GET", "/metrics")).body.decode()
    for scaled in of_kind(render(everything() | {"queues": parts}), "ScaledObject"):
        part = scaled["spec"]["scaleTargetRef"]["name"].removeprefix("pmd-worker-")
        query = only(scaled["spec"]["triggers"])["metadata"]["query"]
        (pattern,) = set(re.findall(r'kind=~"([^"]+)"', query))
        own = SERVED[part] if part in ("all", "upkeep") else SERVED[part] - {*UPKEEP}
        assert {kind.name for kind in KINDS if re.fullmatch(pattern, kind.name)} == {
            k.name for k in KINDS if k.queue in own
        }
        for metric in re.findall(r"(pmd_work_\w+){", query):
            assert f'{metric}{{kind="bdr"}}' in text
        assert set(re.findall(r'job="([^"]+)"', query)) == {SERVER}


def test_grace_period_covers_stop_delay_and_shutdown() -> None:
    container, pod = servers(), pods(rendered())[SERVER]["spec"]
    program, seconds = container["lifecycle"]["preStop"]["exec"]["command"]
    delay = int(config(rendered())["SHUTDOWN_DELAY_SECONDS"])
    assert program == "sleep"
    assert int(seconds) > 0
    assert int(seconds) + delay + END_SECONDS < pod["terminationGracePeriodSeconds"]
    longer = pods(render(example() | {"server": {"preStopSeconds": 50, "shutdownDelaySeconds": 30}}))[SERVER]["spec"]
    assert longer["terminationGracePeriodSeconds"] > 80 + END_SECONDS
    probe = container["readinessProbe"]
    assert delay >= probe["periodSeconds"] * probe["failureThreshold"], "no probe has seen that it is unready"
    assert (
        schema()["server"]["properties"]["shutdownDelaySeconds"]["minimum"]
        >= probe["periodSeconds"] * probe["failureThreshold"]
    )
    for name, pod in pods(rendered()).items():
        if "worker" in name:
            assert pod["spec"]["terminationGracePeriodSeconds"] > max(END_SECONDS, 2 * DRAIN_SECONDS)


def test_probes_ask_existing_routes_on_the_processes_own_ports() -> None:
    paths = {"server": {route.path for route in ROUTES}, "worker": {*metrics_port.PATHS}}
    ports = {"server": int(config(rendered())["PORT"]), "worker": int(config(rendered())["WORKER_METRICS_PORT"])}
    for container in (servers(), *workers().values()):
        own = {port["name"]: port["containerPort"] for port in container["ports"]}
        probes = {name: probe["httpGet"] for name, probe in container.items() if name.endswith("Probe")}
        for probe in probes.values():
            assert probe["path"] in paths[container["name"]]
            assert own[probe["port"]] == ports[container["name"]]
        assert probes["livenessProbe"]["path"] == probes["startupProbe"]["path"] == "/healthz", "whatever is away"
        assert probes.get("readinessProbe", {}).get("path") == ("/readyz" if container["name"] == "server" else None)


@pytest.mark.parametrize("name", pods(whole()))
def test_pods_are_unprivileged_and_write_to_their_volumes_only(name: str) -> None:
    pod, container = pods(whole())[name]["spec"], containers(whole())[name]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    user = re.search(r"--uid (\d+)", (CHART.parents[1] / "Dockerfile").read_text())
    assert user is not None
    assert {pod["securityContext"][each] for each in ("runAsUser", "runAsGroup", "fsGroup")} == {int(user[1])}
    program, command, *_ = container["command"]
    assert program == "pmd-admin"
    assert command in cli.main.commands
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"].keys() == {"memory"}
    assert container["image"] == f"registry.example.org/pmd-service:{version('pmd-service')}"
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounts.keys() == {volume["name"] for volume in pod["volumes"]}
    assert mounts["scratch"] == "/tmp"
    assert (mounts.get("vault") == "/vault") == (name != "pmd-migrate")


def test_every_deployment_has_a_disruption_budget() -> None:
    budgets = {each["metadata"]["name"]: each["spec"] for each in of_kind(rendered(), "PodDisruptionBudget")}
    deployments = {each["metadata"]["name"]: each["spec"] for each in of_kind(rendered(), "Deployment")}
    assert budgets.keys() == deployments.keys()
    for name, budget in budgets.items():
        assert budget == {"maxUnavailable": 1, "selector": deployments[name]["selector"]}


def test_network_policy_opens_the_ports_that_are_served() -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in of_kind(rendered(), "NetworkPolicy")}
    values = yaml.safe_load((CHART / "values.yaml").read_text())["networkPolicy"]
    assert only(policies[SERVER]["ingress"]) == {
        "from": values["from"] + values["metricsFrom"],
        "ports": [{"port": "http"}],
    }
    assert only(policies["pmd-worker"]["ingress"]) == {"from": values["metricsFrom"], "ports": [{"port": "metrics"}]}
    assert policies["pmd-migrate"]["ingress"] == []
    for policy in policies.values():
        assert policy["policyTypes"] == ["Ingress", "Egress"]
        assert only(policy["egress"])["to"] == [
            {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}},
            {"ipBlock": {"cidr": "::/0", "except": ["fd00:ec2::254/128", "fd20:ce::254/128"]}},
            {"namespaceSelector": {}},  # blocks of addresses leave out pods with some network plugins
        ]


def test_the_migrations_reach_the_database_before_the_rest_is_there() -> None:
    """Where a namespace denies by default, nothing but a hook that comes before theirs opens the way."""
    policies = {each["metadata"]["name"]: each for each in of_kind(rendered(), "NetworkPolicy")}
    (job,) = of_kind(rendered(), "Job")
    selected = policies["pmd-migrate"]["spec"]["podSelector"]["matchLabels"]
    assert selected.items() <= job["spec"]["template"]["metadata"]["labels"].items()
    (before, theirs) = (each["metadata"]["annotations"] for each in (policies["pmd-migrate"], job))
    assert before["helm.sh/hook"] == theirs["helm.sh/hook"]
    assert int(before["helm.sh/hook-weight"]) < int(theirs["helm.sh/hook-weight"])


def test_network_policy_without_callers_admits_nobody() -> None:
    nobody = render(example() | {"networkPolicy": {"from": [], "metricsFrom": []}})
    for policy in of_kind(nobody, "NetworkPolicy"):
        assert policy["spec"]["ingress"] == [], "an empty list of callers would be everybody"
        kubernetes_validate.validate(policy, kubernetes_validate.latest_version(), strict=True)


def test_monitors_scrape_the_jobs_of_the_alerts() -> None:
    rules = (OPERATIONS / "prometheus-rules.yaml").read_text()
    for kind, ends, port in (("ServiceMonitor", "endpoints", "http"), ("PodMonitor", "podMetricsEndpoints", "metrics")):
        (endpoint,) = only(of_kind(whole(), kind))["spec"][ends]
        assert (endpoint["port"], endpoint["path"]) == (port, "/metrics")
        assert f'absent(up{{job="{only(endpoint["relabelings"])["replacement"]}"}})' in rules
