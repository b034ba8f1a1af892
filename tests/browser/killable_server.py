"""A server that may be killed under the page."""

import asyncio
from pathlib import Path

import aiohttp
import msgspec
from yarl import URL

from pmd_service.base.settings import Settings, environment
from pmd_service.demo.stack import free_port

from .. import forked
from ..hang import HANG_SECONDS


class KillableServer:
    """A server of its own, on a port that stays when it is killed."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = msgspec.structs.replace(settings, port=free_port())
        self.url = URL(f"http://127.0.0.1:{self.settings.port}/")
        self._log = folder / "serve.log"

    async def start(self) -> None:
        self._process = forked.start("pmd_service", "serve", environ=environment(self.settings), log=self._log)
        async with asyncio.timeout(HANG_SECONDS), aiohttp.ClientSession() as client:
            while not await self._is_ready(client):
                await asyncio.sleep(0.05)

    async def _is_ready(self, client: aiohttp.ClientSession) -> bool:
        try:
            async with client.get(self.url / "healthz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
