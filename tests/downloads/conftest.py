"""Downloads that are requested, and built by the worker's own runner."""

from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import msgspec
import pytest

from pmd_service.downloads.kind import BDR
from pmd_service.vault import RemoteArtworks
from pmd_service.work.context import WorkerContext
from pmd_service.work.runner import Runner

from ..origin import here_or_public
from ..site import Api, Site


class Builder:
    """Asks for downloads and runs the job on them, as a worker would."""

    def __init__(self, site: Site, api: Api, worker: WorkerContext, artist: int) -> None:
        self.site = site
        self.api = api
        self.worker = worker
        self.artist = artist

    async def request(self, posts: list[int], **options: Any) -> str:
        answer = await self.api.post("/api/pmd/bdr", {"post_ids": posts, **options}, user=self.artist)
        assert answer.status == 202, answer
        return str(answer.json["id"])

    async def build(self, bdr_id: str) -> dict[str, Any]:
        """Run one attempt, due or not, and return the row."""
        await self.site.pool.execute("UPDATE work SET due_at = now()")
        await Runner(self.worker, [BDR]).run_next(BDR)
        return await self.site.request(bdr_id)

    async def archive(self, row: dict[str, Any]) -> ZipFile:
        return ZipFile(BytesIO(await self.site.archive(row["file_path"])))


@pytest.fixture
async def builder(site: Site, api: Api, worker: WorkerContext) -> Builder:
    return Builder(site, api, worker, await site.add_user("artist"))


@pytest.fixture
async def worker(worker: WorkerContext) -> AsyncIterator[WorkerContext]:
    """A worker's resources, with a client that also reaches the origin."""
    async with RemoteArtworks(user_agent="Site/1", is_allowed=here_or_public) as remote:
        yield msgspec.structs.replace(worker, remote=remote)
