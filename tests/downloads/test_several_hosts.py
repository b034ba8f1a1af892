"""One download from several hosts by turns, as download managers request it: always the same bytes."""

import os
import random

import pytest

from pmd_service.archive.sparse import SUFFIX
from pmd_service.base.settings import Settings
from pmd_service.vault.local_stream import SMALL_BYTES

from ..conftest import Serve, WorkOff
from ..site import Api, Site

# What is read and written, what the kernel sends, and nothing at all, beside each other.
SIZES = [0, 1, SMALL_BYTES - 1, SMALL_BYTES, SMALL_BYTES + 1, 0, 1 << 20, 17, 1 << 20, SMALL_BYTES + 1, 300_000, 0]


@pytest.mark.stores
async def test_all_hosts_serve_the_same_bytes_and_etag(
    site: Site, api: Api, settings: Settings, serve: Serve, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    posts = [await site.add_post(artist, os.urandom(size)) for size in SIZES]
    accepted = await api.post("/api/pmd/bdr", {"post_ids": posts}, user=artist)
    await work_off()
    path = f"{accepted.headers['Location']}/download"
    (key,) = await site.keys()
    assert key.endswith(SUFFIX)
    whole = await site.archive(key)
    async with Api((await serve(settings)).make_url("/"), settings) as other:
        hosts = [api, other]
        for host in hosts:
            answer = await host.get(path, user=artist)
            head = await host.call("HEAD", path, user=artist)
            assert (answer.status, answer.body == whole) == (200, True)
            assert head.headers["Content-Length"] == answer.headers["Content-Length"] == str(len(whole))
            assert head.headers["ETag"] == answer.headers["ETag"]
        tag = (await api.call("HEAD", path, user=artist)).headers["ETag"]
        assert not tag.startswith("W/")
        dice = random.Random(1)
        for number in range(60):
            start = dice.randrange(len(whole))
            stop = min(len(whole), start + dice.choice([1, 1000, SMALL_BYTES, 1 << 20]))
            headers = {"Range": f"bytes={start}-{stop - 1}", "If-Range": tag}
            part = await hosts[number % 2].get(path, user=artist, headers=headers)
            assert (part.status, part.body == whole[start:stop]) == (206, True), headers
            assert part.headers["ETag"] == tag


@pytest.mark.stores
async def test_rebuilt_archive_has_another_etag(site: Site, api: Api, work_off: WorkOff) -> None:
    """Even if its artworks are the same: a resumed download is never put together of two."""
    artist = await site.add_user()
    accepted = await api.post("/api/pmd/bdr", {"post_ids": await site.add_posts(artist, 2)}, user=artist)
    await work_off()
    path = accepted.headers["Location"]
    first = await api.get(f"{path}/download", user=artist)
    await site.pool.execute("UPDATE batch_download_requests SET expires_at = now()")
    assert (await api.post(f"{path}/retry", None, user=artist)).status == 200
    await site.pool.execute("UPDATE posts SET title = 'Another'")
    await work_off()
    headers = {"Range": "bytes=10-", "If-Range": first.headers["ETag"]}
    again = await api.get(f"{path}/download", user=artist, headers=headers)
    assert (again.status, again.headers["ETag"] == first.headers["ETag"]) == (200, False)
