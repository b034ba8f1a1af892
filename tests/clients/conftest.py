"""Clients as they come: tus-js-client and Uppy from npm, and tuspy from PyPI."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiohttp.test_utils import TestServer

from .. import npm
from ..conftest import WorkOff
from ..forked import pmd_client
from ..site import Api

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


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        """Of ``--json``."""
        return [json.loads(line) for line in self.out.splitlines()]


class Pmd:
    """The ``pmd`` command of one person, who has a home of their own; workers do what it asks for."""

    def __init__(self, url: str, home: Path, work_off: WorkOff) -> None:
        self.url, self.home, self.work_off = url, home, work_off
        self.key: str | None = None

    @property
    def environ(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PMD_", "XDG_"))}
        signed_in = {} if self.key is None else {"PMD_URL": self.url, "PMD_KEY": self.key}
        return inherited | {"HOME": str(self.home)} | signed_in

    async def __call__(self, *arguments: str, env: dict[str, str] | None = None) -> Ran:
        run = asyncio.create_task(asyncio.to_thread(pmd_client, *arguments, env=self.environ | (env or {})))
        while not run.done():
            await self.work_off()
            await asyncio.wait({run}, timeout=0.1)
        ended = run.result()
        return Ran(ended.returncode, ended.stdout, ended.stderr)

    async def well(self, *arguments: str) -> Ran:
        ran = await self(*arguments)
        assert ran.code == 0, ran
        return ran


@pytest.fixture
def nobody(server: TestServer, tmp_path: Path, work_off: WorkOff) -> Pmd:
    """Who is not signed in."""
    home = tmp_path / "home"
    home.mkdir()
    return Pmd(str(server.make_url("/")).rstrip("/"), home, work_off)


@pytest.fixture
def pmd(nobody: Pmd, api: Api, artist: int) -> Pmd:
    """Who is signed in, as the artist, by the environment."""
    nobody.key = api.token(artist)
    return nobody


SCOPES = [
    f"{each}:{how}" for each in ("posts", "library", "packs", "uploads", "downloads") for how in ("read", "write")
]


async def make_key(api: Api, user: int) -> tuple[int, str]:
    """An access key that may do everything but delete; its id, and its secret."""
    made = await api.post("/api/pmd/keys", {"name": "tests", "scopes": SCOPES, "expires_in_days": 1}, user=user)
    assert made.status == 201, made
    return made.json["key"]["id"], made.json["secret"]
