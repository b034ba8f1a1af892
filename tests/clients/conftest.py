"""Clients as they come: tus-js-client and Uppy from npm, installed once a session, and tuspy from PyPI."""

import asyncio
import json
import runpy
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
PAGE = HERE.parent.parent / "web" / "page.py"

TusJs = Callable[..., Awaitable[tuple[int | None, Any]]]


Run = Callable[..., Awaitable[tuple[int | None, Any]]]


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs a script beside this file with its arguments; gives the exit code and its report."""
    folder = tmp_path_factory.mktemp("clients")
    for name in ("package.json", "package-lock.json", "send.mjs", "uppy.mjs"):
        shutil.copy(HERE / name, folder)
    npm, program = _find_npm(), shutil.which("node")
    if npm is None or program is None:
        pytest.skip("there is no Node.js here")
    installed = subprocess.run([*npm, "ci", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, check=False)
    if installed.returncode:
        pytest.skip("the clients cannot be had from npm here")

    async def run(script: str, *args: str) -> Any:
        process = await asyncio.create_subprocess_exec(program, script, *args, cwd=folder, stdout=subprocess.PIPE)
        output, _ = await process.communicate()
        return process.returncode, json.loads(output) if output else None

    return run


@pytest.fixture(scope="session")
def tus_js(node: Run) -> TusJs:
    """Runs tus-js-client: endpoint, path, token, chunk size, where to die, and options of its own."""

    async def run(endpoint: str, path: Path, token: str, chunk: str = "whole", die_at: str = "", **options: Any) -> Any:
        return await node("send.mjs", endpoint, str(path), token, chunk, die_at, json.dumps(options))

    return run


def _find_npm() -> list[str] | None:
    page = runpy.run_path(str(PAGE))
    try:
        npm: list[str] = page["find_npm"]()
    except page["NodeMissingError"]:
        return None
    return npm
