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
Installed = Callable[[Path], Path]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Installs what a folder's lock file names; gives the node_modules."""

    def install(source: Path) -> Path:
        folder = tmp_path_factory.mktemp("npm")
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, folder)
        npm = _find_npm()
        if npm is None or shutil.which("node") is None:
            pytest.skip("there is no Node.js here")
        command = [*npm, "ci", "--no-audit", "--no-fund"]
        if subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode:
            pytest.skip("what it needs cannot be had from npm here")
        return folder / "node_modules"

    return install


@pytest.fixture(scope="session")
def node(installed: Installed) -> Run:
    """Runs a script beside this file with its arguments; gives the exit code and its report."""
    folder = installed(HERE).parent
    for name in ("send.mjs", "uppy.mjs", "sprites.mjs"):
        shutil.copy(HERE / name, folder)

    async def run(script: str, *args: str) -> Any:
        process = await asyncio.create_subprocess_exec("node", script, *args, cwd=folder, stdout=subprocess.PIPE)
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
