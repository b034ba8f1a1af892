"""Clients as they come: tus-js-client and Uppy from npm, and tuspy from PyPI; and what judges what they read."""

import asyncio
import hashlib
import json
import runpy
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PAGE = ROOT / "web" / "page.py"

TusJs = Callable[..., Awaitable[tuple[int | None, Any]]]


Run = Callable[..., Awaitable[tuple[int | None, Any]]]
Installed = Callable[[Path], Path]


@pytest.fixture(scope="session")
def installed() -> Installed:
    """Installs what a folder's lock file names, once for each lock; gives the node_modules."""

    def install(source: Path) -> Path:
        digest = hashlib.sha256((source / "package-lock.json").read_bytes()).hexdigest()
        kept = ROOT / "var" / "npm" / digest[:16]
        if not kept.is_dir():
            kept.parent.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=kept.parent) as folder:
                made = _install(source, Path(folder) / "made")
                # Another process of the tests may have been first.
                with suppress(OSError):
                    made.rename(kept)
        return kept / "node_modules"

    return install


def _install(source: Path, folder: Path) -> Path:
    npm = _find_npm()
    if npm is None or shutil.which("node") is None:
        pytest.skip("there is no Node.js here")
    folder.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, folder)
    command = [*npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    if subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode:
        pytest.skip("what it needs cannot be had from npm here")
    return folder


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


def _find_npm() -> list[str] | None:
    page = runpy.run_path(str(PAGE))
    try:
        npm: list[str] = page["find_npm"]()
    except page["NodeMissingError"]:
        return None
    return npm
