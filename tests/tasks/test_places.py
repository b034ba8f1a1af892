"""Each kind of work has places of its own, more than one user's rows may take."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pmd_service.base.settings import Settings
from pmd_service.media.messages import Found, Output, Refused
from pmd_service.tasks import run

from ..hang import HANG_SECONDS
from ..media.files import sprite
from ..site import Api, Site
from ..uploads.pictures import picture
from ..uploads.sender import Sender, announced
from .conftest import Library, working


async def test_a_users_long_videos_delay_nobodys_probes_or_tasks(
    library: Library, site: Site, api: Api, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Jobs that waited for one of two places took all eight of a process: a neighbour's picture waited on."""
    may_end = asyncio.Event()
    make = run._Attempt._make

    async def long(self: Any, *args: Any) -> Output | Found | Refused:
        if self._row.user_id == library.user:
            await may_end.wait()
        return await make(self, *args)

    monkeypatch.setattr(run._Attempt, "_make", long)
    sprite(16).save(tmp_path / "sprite.png")
    asset = await library.add(tmp_path / "sprite.png")
    for _ in range(16):
        await library.begin("upscale", asset)
    neighbour = Library(api, site, await site.add_user("neighbour"))
    async with working(settings), asyncio.timeout(HANG_SECONDS):
        while await site.pool.fetchval("SELECT count(*) FROM job WHERE status = 'running'") < 2:
            await asyncio.sleep(0.01)
        (job,) = await neighbour.begin("upscale", await neighbour.add(tmp_path / "sprite.png"))
        sender, data = Sender(api, neighbour.user), picture()
        upload = (await sender.announce(announced("small.png", data))).json
        await sender.patch(upload["files"][0]["url"], data)
        while (await sender.upload(upload["id"]))["status"] != "completed":
            await asyncio.sleep(0.05)
        await neighbour.until(job, "completed")
        assert await site.pool.fetchval("SELECT count(*) FROM job WHERE status = 'running'") == 2
