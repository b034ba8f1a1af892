"""An artist with files in their library, and a client of their tasks."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pmd_service.assets.asset import NewAsset, add_asset, asset_key
from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.jobs import MEDIA, worker_settings
from pmd_service.work.arq_worker import ArqWorker
from pmd_service.work.queue import Queues

from ..hang import HANG_SECONDS
from ..site import Answer, Api, Site


class Library:
    """Puts files into a user's library, and asks for tasks."""

    def __init__(self, api: Api, site: Site, user: int) -> None:
        self.api = api
        self.site = site
        self.user = user

    async def add(self, path: Path, kind: str = "image", **columns: Any) -> int:
        """The file at ``path`` as an asset."""
        data = path.read_bytes()
        content = hashlib.sha256(data).hexdigest()
        key = asset_key(self.site.sqid(self.user), content, path.suffix[1:])
        await self.site.stored.put(key, data)
        async with self.site.pool.acquire() as connection:
            added = await add_asset(
                connection,
                user_id=self.user,
                new=NewAsset(
                    **{
                        "path": f"/vault/{key}",
                        "etag": None,
                        "type": kind,
                        "hash": content,
                        "crc32": None,
                        "name": path.name,
                        "original_path": None,
                        "mime_type": f"{kind}/{path.suffix[1:]}",
                        "file_format": path.suffix[1:],
                        "size_bytes": len(data),
                    }
                    | columns
                ),
            )
        return added.asset_id

    async def ask(self, kind: str, *asset_ids: int, headers: dict[str, str] | None = None, **params: Any) -> Answer:
        body = {"kind": kind, "asset_ids": list(asset_ids), "params": params}
        return await self.api.post("/api/pmd/jobs", body, user=self.user, headers=headers)

    async def begin(self, kind: str, *asset_ids: int, **params: Any) -> list[int]:
        """Ask for tasks; their ids."""
        answer = await self.ask(kind, *asset_ids, **params)
        assert answer.status == 202, answer
        return [item["id"] for item in answer.json["items"]]

    async def job(self, job_id: int) -> Any:
        return (await self.api.get(f"/api/pmd/jobs/{job_id}", user=self.user)).json

    async def post(self, path: str, body: Any = None) -> Answer:
        return await self.api.call("POST", f"/api/pmd/jobs{path}", user=self.user, json=body)

    async def until(self, job_id: int, status: str) -> Any:
        """The task once it is in this state."""
        async with asyncio.timeout(HANG_SECONDS):
            while (job := await self.job(job_id))["status"] != status:
                await asyncio.sleep(0.02)
        return job


@pytest.fixture
async def library(api: Api, site: Site) -> Library:
    return Library(api, site, await site.add_user("artist"))


@pytest.fixture
async def queues(redis_url: str) -> AsyncIterator[Queues]:
    async with aclosing(Queues.connect(redis_url)) as connected:
        yield connected


@pytest.fixture
async def licence(pool: Pool) -> int:
    licence_id: int = await pool.fetchval("SELECT min(id) FROM licenses")
    return licence_id


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[None]:
    """A worker of the media queue that goes on until the block ends."""
    worker = ArqWorker(**worker_settings(settings, *MEDIA), handle_signals=False)
    running = asyncio.create_task(worker.async_run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await worker.close()
