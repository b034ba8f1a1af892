"""A service that probes files as they arrive, and a push to it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from pmd_cli.push.terminal import Terminal
from pmd_sdk import AsyncClient
from pmd_sdk.models import Defaults

from pmd_service.base.settings import Settings
from pmd_service.jobs import MEDIA, worker_settings
from pmd_service.work.arq_worker import ArqWorker

from ...site import Api as SiteApi

DEFAULTS = Defaults(theme="dragons")


@pytest.fixture
async def probing(settings: Settings) -> AsyncIterator[None]:
    """A worker of the media queue, for as long as the test."""
    worker = ArqWorker(**worker_settings(settings, *MEDIA), handle_signals=False)
    running = asyncio.create_task(worker.async_run())
    yield
    await worker.close()
    await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def pushing(server: TestServer, api: SiteApi, artist: int, probing: None) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(str(server.make_url("/")), api.token(artist), retry_seconds=30) as opened:
        yield opened


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "dragons"
    made.mkdir()
    return made
