"""The list of posts again: what a browser has is not sent twice, and what has changed is."""

import gzip
import sys
import threading
from typing import Any

import msgspec
import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from pmd_service.base.settings import Settings
from pmd_service.http import compression
from pmd_service.http.turns import TURNS

from ..conftest import Serve
from ..site import Answer, Api, Site

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

POSTS = "/api/pmd/posts"


async def again(api: Api, user: int, tag: str, **query: Any) -> Answer:
    return await api.get(POSTS, user=user, headers={"If-None-Match": tag}, params=query)


async def test_unchanged_page_answers_304(site: Site, api: Api) -> None:
    artist = await site.add_user()
    post = (await site.add_posts(artist, 3))[0]
    first = await api.get(POSTS, user=artist)
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in first.headers["Vary"]
    for named in (tag, f'"other", {tag}'):
        same = await again(api, artist, named)
        assert (same.status, same.body) == (304, b"")
        assert "Authorization" in same.headers["Vary"]
        # The state before it is another where Postgres has been tidying meanwhile.
        assert same.headers["ETag"].partition("-")[2] == tag.partition("-")[2]

    # Something has changed, and not this page: it is compared, and the tag renewed.
    await site.add_user("newcomer")
    other_state = await again(api, artist, tag)
    assert other_state.status == 304
    assert other_state.headers["ETag"] != tag

    for change in (
        site.add_comment(post),
        site.add_reactions(post, "🔥", 1),
        site.pool.execute("UPDATE posts SET view_count = view_count + 1 WHERE id = $1", post),
        site.pool.execute("DELETE FROM reactions"),
        site.add_post(artist),
    ):
        await change
        now = await again(api, artist, tag)
        assert now.status == 200
        tag = now.headers["ETag"]


async def test_etag_changes_once_a_concurrent_change_commits(site: Site, api: Api) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist)
    async with site.pool.acquire() as connection:
        change = connection.transaction()
        await change.start()
        await connection.execute("UPDATE posts SET title = 'New' WHERE id = $1", post)
        tag = (await api.get(POSTS, user=artist)).headers["ETag"]
        assert (await again(api, artist, tag)).status == 304
        await change.commit()
    assert (await again(api, artist, tag)).json["items"][0]["title"] == "New"


async def test_etag_is_per_owner_page_and_state(site: Site, api: Api) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    moderator = await site.add_user("mod", roles=["moderator"])
    for owner in (artist, other):
        await site.add_posts(owner, 2)
    tag = (await api.get(POSTS, user=artist)).headers["ETag"]
    assert (await again(api, other, tag)).status == 200
    assert (await again(api, moderator, tag)).status == 200
    assert (await again(api, artist, tag, limit=1)).status == 200
    assert (await again(api, artist, tag, state="all")).status == 200
    assert (await again(api, moderator, tag, target_sqid=site.sqid(artist))).status == 304
    for nonsense in ("*", '"x"', 'W/"x-y"', "x" * 5000):
        assert (await again(api, artist, nonsense)).status == 200


async def test_json_is_compressed_by_accept_encoding(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    await site.add_posts(artist, 20)
    plain = await api.get(POSTS, user=artist, headers={"Accept-Encoding": "identity"})
    for accepted, coding in (
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip", "gzip"),
        ("zstd;q=0.5, gzip", "gzip"),
        ("zstd;q=0, gzip;q=0", None),
        ("*", "zstd"),
        ("*;q=0", None),
        ("identity", None),
        ("br", None),
        ("gzip;q=nonsense", None),
        ("", None),
    ):
        headers = api.sign(artist) | {"Accept-Encoding": accepted}
        with subtests.test(accepted=accepted):
            async with (
                ClientSession(api.root, auto_decompress=False) as session,
                session.get(POSTS, headers=headers) as response,
            ):
                body = await response.read()
            assert response.headers.get("Content-Encoding") == coding
            assert "Accept-Encoding" in response.headers["Vary"]
            assert response.headers["ETag"] == plain.headers["ETag"]
            opened = zstd.decompress(body) if coding == "zstd" else gzip.decompress(body) if coding else body
            assert opened == plain.body
            assert coding is None or len(body) < len(opened) / 3


async def test_long_response_is_compressed_in_a_thread_in_its_turn(
    site: Site, api: Api, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist, turns, seen = await site.add_user(), server.app[TURNS], []

    def smaller(body: bytes) -> bytes:
        is_beside = threading.current_thread() is not threading.main_thread()
        seen.append((len(body) > compression.LONG_BYTES, is_beside, turns._queues[site.sqid(artist)].length))
        return gzip.compress(body)

    monkeypatch.setitem(compression.CODINGS, "gzip", smaller)
    post, *_ = await site.add_posts(artist, 20)
    for words in (1, compression.LONG_BYTES // 6):
        await site.pool.execute("UPDATE posts SET description = repeat('words ', $1) WHERE id = $2", words, post)
        assert (await api.get(POSTS, user=artist, headers={"Accept-Encoding": "gzip"})).status == 200
    assert seen == [(False, False, 1), (True, True, 1)]


async def test_short_response_is_not_compressed(site: Site, api: Api) -> None:
    artist = await site.add_user()
    answer = await api.get("/api/auth/me", user=artist, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers


async def test_deleted_posts_have_their_deletion_and_purge_times(site: Site, settings: Settings, serve: Serve) -> None:
    artist = await site.add_user()
    kept, deleted = await site.add_posts(artist, 2)
    playlist = await site.add_post(artist, kind="playlist", deleted_by_user=True)
    server = await serve(msgspec.structs.replace(settings, post_keep_days=7))
    async with Api(server.make_url("/"), settings) as api:
        await api.post("/api/pmd/action", {"action": "delete", "post_ids": [deleted]}, user=artist)
        pages = {
            state: (await api.get(POSTS, user=artist, params={"state": state})).json for state in ("deleted", "all")
        }
        active = (await api.get(POSTS, user=artist)).json
        wrong = await api.get(POSTS, user=artist, params={"state": "gone"})
    assert [post["id"] for post in pages["deleted"]["items"]] == [deleted]
    assert {post["id"] for post in pages["all"]["items"]} == {kept, deleted}
    assert [post["id"] for post in active["items"]] == [kept]
    assert [page["total_count"] for page in (pages["deleted"], pages["all"], active)] == [1, 2, 1]
    assert playlist not in {post["id"] for post in pages["all"]["items"]}
    assert not {"deleted_at", "gone_at"} & active["items"][0].keys()
    (trashed,) = pages["deleted"]["items"]
    days = await site.pool.fetchval(
        "SELECT $1::text::timestamptz - $2::text::timestamptz", trashed["gone_at"], trashed["deleted_at"]
    )
    assert days.days == 7
    assert wrong.status == 422
