"""Clients that others' programs make from our document: they compile, and take a picture once around."""

import asyncio
import json
import os
import shutil
import sys
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from pmd_service.http.openapi.page import DOCUMENTATION

from ..conftest import WorkOff
from ..site import Api, Site
from ..uploads.pictures import picture
from .conftest import Installed

HERE = Path(__file__).parent / "generated"
# The generator knows two types of bytes; what bytes are is all the same to it.
PYTHON_CONFIG = {
    "package_name_override": "pmd_client",
    "post_hooks": [],  # nobody reads it, and so it need not be tidy
    "content_type_overrides": {
        "application/zip": "application/octet-stream",
        "application/offset+octet-stream": "application/octet-stream",
    },
}

Run = Callable[..., Awaitable[str]]


@pytest.fixture
def folder(server: TestServer, tmp_path: Path) -> Path:
    """With the document as the server tells it, and a picture."""
    (tmp_path / "openapi.json").write_text(json.dumps(server.app[DOCUMENTATION].document))
    (tmp_path / "circle.png").write_bytes(picture())
    return tmp_path


@pytest.fixture
def run(folder: Path, work_off: WorkOff) -> Run:
    """Runs a program there, with workers beside it where they are asked for; gives what it says."""

    async def run(*command: str, env: Mapping[str, str] | None = None, workers: bool = False) -> str:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env=os.environ | (env or {}),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        ending = asyncio.create_task(process.communicate())
        while workers and not ending.done():
            await work_off()
            await asyncio.wait({ending}, timeout=0.1)
        printed, _ = await ending
        assert process.returncode == 0, printed.decode()
        return printed.decode()

    return run


def printed(output: str) -> Any:
    return json.loads(output.strip().splitlines()[-1])


def packed(folder: Path) -> list[bytes]:
    """What is in the pack that came back."""
    with zipfile.ZipFile(folder / "circle.png.zip") as archive:
        return [archive.read(name) for name in archive.namelist()]


async def test_a_python_client_goes_once_around(api: Api, site: Site, folder: Path, run: Run) -> None:
    artist = await site.add_user()
    (folder / "config.json").write_text(json.dumps(PYTHON_CONFIG))
    generate = ("generate", "--path", "openapi.json", "--output-path", "pmd_client", "--meta", "none")
    made = await run(sys.executable, "-m", "openapi_python_client", *generate, "--config", "config.json")
    assert "Endpoint will not be generated" not in made, made
    await run(sys.executable, "-m", "compileall", "-q", "pmd_client")
    output = await run(
        *(sys.executable, str(HERE / "circle.py"), str(api.root), api.token(artist), "circle.png"),
        env={"PYTHONPATH": str(folder)},
        workers=True,
    )
    assert printed(output) == {"approved": 1}
    assert (folder / "circle.png").read_bytes() in packed(folder)


async def test_a_typescript_client_goes_once_around(
    api: Api, site: Site, folder: Path, run: Run, installed: Installed
) -> None:
    artist = await site.add_user()
    modules = installed(HERE)
    (folder / "node_modules").symlink_to(modules)
    for name in ("circle.ts", "tsconfig.json", "package.json"):
        shutil.copy(HERE / name, folder)
    # What has a default need not be sent. No .d.ts: the compiler looks into those of others as little as it can.
    options = ("-o", "schema.ts", "--default-non-nullable", "false")
    await run("node", "node_modules/openapi-typescript/bin/cli.js", "openapi.json", *options)
    await run("node", "node_modules/typescript/bin/tsc")
    output = await run("node", "circle.js", str(api.root), api.token(artist), "circle.png", workers=True)
    assert printed(output) == {"approved": 1}
    assert (folder / "circle.png").read_bytes() in packed(folder)
