"""What dashboard and alerts read is what ``/metrics`` has, by Prometheus' conventions."""

import asyncio
import json
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
import yaml
from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families

from pmd_service.base.settings import Settings
from pmd_service.base.telemetry import BREAKER_OPEN, UPKEEP_RUNS
from pmd_service.demo.stack import free_port
from pmd_service.work.metrics_port import metrics_served

from ..conftest import WorkOff
from ..site import Api, Site
from .documented import OPERATIONS
from .test_alerts import RULES

PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="no promtool is installed (apt-get install prometheus)")
# The seeds' names, which the site's own dashboards may read.
SEEDS = {"bdr_status", "bdr_processing_duration_seconds", "bdr_file_size_bytes", "bdr_artworks_count"}
# What Prometheus adds.
ITS_OWN = {"job", "instance"}


def dashboard() -> list[str]:
    """Its expressions, with its variables as where all jobs and kinds are shown."""
    panels = json.loads((OPERATIONS / "grafana-dashboard.json").read_text())["panels"]
    return [
        target["expr"].replace("$job", "pmd-.*").replace("$kind", ".*")
        for panel in panels
        for target in panel.get("targets", ())
    ]


def alerts() -> list[str]:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    return [rule["expr"] for rule in group["rules"]]


@pytest.fixture
async def metrics(site: Site, api: Api, work_off: WorkOff) -> str:
    """``/metrics`` after all that labels are made by has happened."""
    artist = await site.add_user()
    await api.post("/api/pmd/bdr", {"post_ids": [await site.add_post(artist)]}, user=artist)
    await work_off()
    BREAKER_OPEN.labels("store")
    UPKEEP_RUNS.labels("sweep_work", "done")
    return (await api.call("GET", "/metrics")).body.decode()


def labels_of(text: str) -> Mapping[str, set[str]]:
    """The labels of each series' name."""
    found: dict[str, set[str]] = defaultdict(set)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name] |= sample.labels.keys()
    return found


def families_of(text: str) -> set[str]:
    """The names of the metrics, without those of the times at which they were first counted."""
    return {each.name for each in text_string_to_metric_families(text) if not each.name.endswith("_created")}


async def test_every_metric_has_our_prefix_or_is_one_of_the_seeds(metrics: str) -> None:
    ours = {name for name in families_of(metrics) if not name.startswith(("python_", "process_"))}
    assert {name for name in ours if not name.startswith("pmd_")} == SEEDS


async def test_every_expression_reads_existing_metrics_and_labels(metrics: str, subtests: pytest.Subtests) -> None:
    labels = labels_of(metrics)
    for expression in dashboard() + alerts():
        with subtests.test(expression):
            names = set(re.findall(r"\b(up|(?:pmd|bdr)_\w+)\{", expression))
            assert names
            assert names - {"up"} == set(re.findall(r"\b(?:pmd|bdr)_\w+", expression)), "without a job"
            assert names - {"up"} <= labels.keys()
            for name, matchers in re.findall(r"\b((?:pmd|bdr)_\w+)\{([^}]*)\}", expression):
                assert 'job=~"pmd-.*"' in matchers, "of any program"
                assert set(re.findall(r'(\w+)(?:=|!)[=~]?"', matchers)) <= labels[name] | ITS_OWN
            grouped = {each.strip() for some in re.findall(r"by \(([^)]*)\)", expression) for each in some.split(",")}
            assert grouped <= set().union(*(labels[name] for name in names - {"up"})) | ITS_OWN


async def test_dashboard_shows_every_metric(metrics: str) -> None:
    shown = " ".join(dashboard())
    left_out = {"pmd_queue_depth", "pmd_bdr_oldest_unfinished_seconds"}  # the same as others, by ticket and download
    for name in families_of(metrics) - left_out:
        if name.startswith(("pmd_", "bdr_")):
            assert re.search(rf"\b{name}(_total|_count|_bucket)?\{{", shown), name


def complaints(text: str) -> list[str]:
    """What promtool finds wrong with the metrics that are ours."""
    checked = subprocess.run([str(PROMTOOL), "check", "metrics"], input=text.encode(), capture_output=True, check=False)
    lines = (checked.stdout + checked.stderr).decode().splitlines()
    return [line for line in lines if line.startswith(("pmd_", "bdr_", "error"))]


@needs_promtool
def test_metrics_follow_prometheus_conventions(metrics: str) -> None:
    assert complaints(metrics) == []
    assert complaints(metrics.replace("pmd_emails_total", "pmd_emails")) != []


@needs_promtool
async def test_workers_own_port_serves_the_metrics_of_its_process(metrics: str, settings: Settings) -> None:
    port = free_port()
    async with (
        metrics_served(msgspec.structs.replace(settings, worker_metrics_port=port)),
        ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/metrics") as answer,
    ):
        text = await answer.text()
    assert await asyncio.to_thread(complaints, text) == []
    read_from_stores = {name for name in families_of(metrics) - families_of(text) if name.startswith("pmd_")}
    assert read_from_stores == {
        "pmd_bdr_oldest_unfinished_seconds", "pmd_bdr_unfinished", "pmd_queue_answered", "pmd_queue_depth",
        "pmd_redis_up", "pmd_scrub_late_seconds", "pmd_vault_damaged_files", "pmd_vault_free_bytes",
        "pmd_work_backlog", "pmd_work_due", "pmd_work_late_seconds", "pmd_work_running",
    }  # fmt: skip


@needs_promtool
def test_dashboard_expressions_are_promql(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": each} for number, each in enumerate(dashboard())]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    checked = subprocess.run(
        [str(PROMTOOL), "check", "rules", "--lint=none", tmp_path / "rules.yaml"], capture_output=True, check=False
    )
    assert checked.returncode == 0, checked
