"""Clients as they come: tus-js-client and Uppy from npm, and tuspy from PyPI."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from .. import npm

HERE = Path(__file__).parent

TusJs = Callable[..., Awaitable[tuple[int | None, Any]]]


Run = Callable[..., Awaitable[tuple[int | None, Any]]]
Installed = Callable[[Path], Path]


@pytest.fixture(scope="session")
def installed() -> Installed:
    """Installs what a folder's lock file names; gives the node_modules."""

    def install(source: Path) -> Path:
        if shutil.which("node") is None:
            pytest.skip("there is no Node.js here")
        try:
            return npm.installed(source)
        except npm.NpmError as error:
            pytest.skip(str(error))

    return install


@pytest.fixture(scope="session")
def node(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs a script beside this file with its arguments; gives the exit code and its report."""
    folder = tmp_path_factory.mktemp("node")
    (folder / "node_modules").symlink_to(installed(HERE))
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
