"""A server that is killed while it answers: the same Idempotency-Key makes nothing twice, and finds what was made."""

import aiohttp
import msgspec
import pytest
from yarl import URL

from pmd_service.base.settings import Settings
from pmd_service.demo.stack import free_port

from ..ops.test_entry_points import until_ready
from ..site import Api, Site
from .conftest import Crew


@pytest.mark.parametrize(("step", "made"), [("answer written", 0), ("committed", 1)])
async def test_a_killed_server_creates_nothing_twice(
    site: Site, api: Api, settings: Settings, crew: Crew, step: str, made: int
) -> None:
    artist = await site.add_user()
    body, key = {"post_ids": [await site.add_post(artist)]}, {"Idempotency-Key": "6f1c2a44"}
    port = free_port()
    doomed = msgspec.structs.replace(settings, port=port, base_url=f"http://127.0.0.1:{port}")
    server = crew.start("tests.faults.doomed_server", step, port=port, base_url=doomed.base_url)
    await until_ready(doomed)
    async with Api(URL(doomed.base_url), doomed) as dying:
        with pytest.raises(aiohttp.ClientError):
            await dying.post("/api/pmd/bdr", body, user=artist, headers=key)
    assert await server.ended() < 0
    count = "SELECT count(*) FROM batch_download_requests"
    assert await site.pool.fetchval(count) == made
    first, again = [await api.post("/api/pmd/bdr", body, user=artist, headers=key) for _ in range(2)]
    assert (first.status, first.body) == (202, again.body)
    assert await site.pool.fetchval(count) == 1
