"""What others' linters say of our OpenAPI document, as anybody gets it: nothing at all."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from ..site import Api
from .conftest import Installed

HERE = Path(__file__).parent / "judges"
LINTS = {
    "spectral": ("lint", "openapi.json", "--ruleset", "spectral.yaml", "--fail-severity", "hint"),
    "redocly": ("lint", "openapi.json", "--config", "redocly.yaml"),
}
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


@pytest.mark.parametrize("judge", LINTS)
async def test_the_document_is_beyond_reproach(api: Api, installed: Installed, tmp_path: Path, judge: str) -> None:
    (tmp_path / "openapi.json").write_bytes((await api.call("GET", "/api/openapi.json")).body)
    for rules in HERE.glob("*.yaml"):
        shutil.copy(rules, tmp_path)
    process = await asyncio.create_subprocess_exec(
        *("node", str(installed(HERE) / ".bin" / judge), *LINTS[judge]),
        cwd=tmp_path,
        env=os.environ | QUIET,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    assert process.returncode == 0, told.decode()
