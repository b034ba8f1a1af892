"""What dashboard and alerts read is what ``/metrics`` has, by Prometheus' conventions."""

import json
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from pmd_service.base.telemetry import BREAKER_OPEN, UPKEEP_RUNS

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
    """Its expressions, with its variable as where all jobs are shown."""
    panels = json.loads((OPERATIONS / "grafana-dashboard.json").read_text())["panels"]
    return [target["expr"].replace("$job", "pmd-.*") for panel in panels for target in panel.get("targets", ())]


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


@needs_promtool
def test_metrics_follow_prometheus_conventions(metrics: str) -> None:
    checked = subprocess.run(
        [str(PROMTOOL), "check", "metrics"], input=metrics.encode(), capture_output=True, check=False
    )
    output = (checked.stdout + checked.stderr).decode()
    assert not [line for line in output.splitlines() if line.startswith(("pmd_", "bdr_", "error"))], output


@needs_promtool
def test_dashboard_expressions_are_promql(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": each} for number, each in enumerate(dashboard())]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    checked = subprocess.run(
        [str(PROMTOOL), "check", "rules", "--lint=none", tmp_path / "rules.yaml"], capture_output=True, check=False
    )
    assert checked.returncode == 0, checked
