"""The files that a public forge reads: workflows, forms, updates."""

import re
from collections.abc import Iterator
from pathlib import Path

import check_jsonschema
import pytest
import yaml
from click.testing import CliRunner

from .documented import OPERATIONS

ROOT = OPERATIONS.parents[1]
FORGE = ROOT / ".github"


def read_by(schema: str) -> Iterator[Path]:
    match schema:
        case "vendor.github-workflows" | "custom.github-workflows-require-timeout":
            yield from FORGE.glob("workflows/*.yml")
        case "vendor.dependabot":
            yield FORGE / "dependabot.yml"
        case "vendor.github-issue-forms":
            yield from (path for path in FORGE.glob("ISSUE_TEMPLATE/*.yml") if path.stem != "config")
        case "vendor.github-issue-config":
            yield FORGE / "ISSUE_TEMPLATE" / "config.yml"


SCHEMAS = (
    "vendor.github-workflows",
    "custom.github-workflows-require-timeout",
    "vendor.dependabot",
    "vendor.github-issue-forms",
    "vendor.github-issue-config",
)


def test_forge_files_fit_their_schema(subtests: pytest.Subtests) -> None:
    for schema in SCHEMAS:
        with subtests.test(schema):
            files = [str(path) for path in read_by(schema)]
            assert files
            checked = CliRunner().invoke(check_jsonschema.main, ["--builtin-schema", schema, *files])
            assert checked.exit_code == 0, checked.output


def test_workflows_have_least_rights_and_known_make_targets(subtests: pytest.Subtests) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for path in FORGE.glob("workflows/*.yml"):
        workflow = yaml.safe_load(path.read_text())
        with subtests.test(path.name):
            assert workflow["permissions"]["contents"] == "read"
            steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
            assert set(re.findall(r"make ([a-z]+)", " ".join(step.get("run", "") for step in steps))) <= targets
            assert all("@" in step["uses"] for step in steps if "uses" in step)
