"""What the Helm chart renders, by Helm's own engine."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

helm = pytest.importorskip("helm_python", reason="Helm's engine has wheels for Linux on x86-64")

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "chart"
NAMESPACE = "art"

Manifest = dict[str, Any]


def example() -> Manifest:
    """The least values that an installation sets."""
    values: Manifest = yaml.safe_load((CHART / "example.yaml").read_text())
    return values


def everything() -> Manifest:
    """All that the chart has, switched on."""
    return example() | {
        "ingress": example()["ingress"] | {"standalone": True},
        "server": {"autoscaling": {"enabled": True}},
        "autoscaling": {"enabled": True},
        "monitoring": {"enabled": True},
        "vault": {"claim": "vault"},
    }


def lint(values: Manifest) -> Sequence[str]:
    """Helm's complaints, warnings included."""
    report = helm.lint(str(CHART), values, strict=True)
    found: list[str] = [each["error"] for each in report["messages"] if each["severity"] > 1]
    return [*found, *report["errors"]]


def render(values: Manifest, *, release: str = "pmd") -> Sequence[Manifest]:
    """The manifests.

    Raises:
        helm.HelmError: the values do not fit the schema, or a template refuses them.
    """
    with helm.Chart.load(str(CHART)) as chart:
        chart.validate_schema(chart.merge_values(values))
        texts: Mapping[str, str] = chart.render(values, name=release, namespace=NAMESPACE)
    manifests = [text for name, text in texts.items() if name.endswith(".yaml")]
    # The parser in C: the other takes ten times as long, and this is done for dozens of tests.
    documents = [each for text in manifests for each in yaml.load_all(text, yaml.CSafeLoader)]
    return [each for each in documents if each is not None]


@cache
def rendered() -> Sequence[Manifest]:
    return render(example())


@cache
def whole() -> Sequence[Manifest]:
    return render(everything())


def of_kind(manifests: Sequence[Manifest], kind: str) -> Sequence[Manifest]:
    return [each for each in manifests if each["kind"] == kind]


def pods(manifests: Sequence[Manifest]) -> Mapping[str, Manifest]:
    """The pods' specifications by their owner's name."""
    return {
        each["metadata"]["name"]: each["spec"]["template"] for each in manifests if "template" in each.get("spec", {})
    }


def containers(manifests: Sequence[Manifest]) -> Mapping[str, Manifest]:
    """The only container of each pod."""
    return {name: only(pod["spec"]["containers"]) for name, pod in pods(manifests).items()}


def only(items: Sequence[Manifest]) -> Manifest:
    (item,) = items
    return item


def config(manifests: Sequence[Manifest]) -> Mapping[str, str]:
    data: Mapping[str, str] = only(of_kind(manifests, "ConfigMap"))["data"]
    return data
