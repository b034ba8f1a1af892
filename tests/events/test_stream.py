"""Live status: which events a subscriber gets, and when (SPEC section 6)."""

import asyncio
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestServer

from pmd_service.base.database import POOL
from pmd_service.events.hub import HUB

from ..conftest import WorkOff
from ..hang import HANG_SECONDS
from ..site import Api, Site
from .sse import later, opened


async def request_download(site: Site, api: Api, artist: int) -> str:
    """A new request's id."""
    post = await site.add_post(artist)
    answer = await api.post("/api/pmd/bdr", {"post_ids": [post]}, user=artist)
    bdr_id: str = answer.json["id"]
    return bdr_id


async def test_a_subscriber_gets_the_newest_oldest_first_and_then_connected(site: Site, api: Api) -> None:
    artist = await site.add_user()
    asked = [await request_download(site, api, artist) for _ in range(3)]
    async with opened(api, artist) as stream:
        events = await stream.until("connected")
    assert stream.retry is not None
    assert [event.data["id"] for event in events[:-1]] == asked
    assert [event.id for event in events[:-1]] == asked
    assert events[0].data == (await api.get(f"/api/pmd/bdr/{asked[0]}", user=artist)).json


async def test_a_subscriber_sees_a_request_become_ready(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    async with opened(api, artist) as stream:
        await stream.until("connected")
        bdr_id = await request_download(site, api, artist)
        created = await stream.next()
        assert (created.name, created.data["id"], created.data["status"]) == ("bdr_update", bdr_id, "pending")
        await work_off()
        ready = await stream.until_status("ready")
        assert ready.data["download_url"] == f"/api/pmd/bdr/{bdr_id}/download"


async def test_no_stream_has_events_of_another_users_requests(site: Site, api: Api) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    async with opened(api, stranger) as stream:
        await stream.until("connected")
        await request_download(site, api, artist)
        own = await request_download(site, api, stranger)
        assert (await stream.next()).data["id"] == own


async def test_a_change_made_by_anyone_is_seen(site: Site, api: Api) -> None:
    artist = await site.add_user()
    async with opened(api, artist) as stream:
        await stream.until("connected")
        bdr_id = await request_download(site, api, artist)
        await stream.until("bdr_update")
        await site.pool.execute(
            "UPDATE batch_download_requests SET status = 'failed', error_message = 'By hand.', completed_at = now()"
        )
        changed = await stream.next()
        assert (changed.data["id"], changed.data["error_message"]) == (bdr_id, "By hand.")
        await site.pool.execute("DELETE FROM batch_download_requests")
        removed = await stream.next()
        assert (removed.name, removed.data) == ("bdr_removed", {"id": bdr_id})


async def test_renewing_a_lease_is_no_event(site: Site, api: Api) -> None:
    artist = await site.add_user()
    async with opened(api, artist) as stream:
        await stream.until("connected")
        await request_download(site, api, artist)
        await stream.until("bdr_update")
        await site.pool.execute("UPDATE batch_download_requests SET attempt = attempt + 1")
        removed_id = await request_download(site, api, artist)
        assert (await stream.next()).data["id"] == removed_id, "nothing came before the next real change"


async def test_the_stream_ends_when_the_token_does(site: Site, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    artist = await site.add_user()
    monkeypatch.setattr("pmd_service.events.stream.COMMENT_SECONDS", 0.05)
    async with opened(api, artist, token=api.token(artist, lives=timedelta(hours=1))) as stream:
        await stream.until("connected")
        later(monkeypatch, timedelta(hours=1))
        assert (await stream.until("timeout"))[-1].name == "timeout"
        with pytest.raises(EOFError):
            await stream.next()


def held_connections(server: TestServer) -> int:
    return server.app[POOL].get_size() - server.app[POOL].get_idle_size()


async def test_any_number_of_subscribers_shares_one_listening_connection(
    site: Site, api: Api, server: TestServer
) -> None:
    artist = await site.add_user()
    async with opened(api, artist) as one, opened(api, artist) as two, opened(api, artist) as three:
        for stream in (one, two, three):
            await stream.until("connected")
        bdr_id = await request_download(site, api, artist)
        for stream in (one, two, three):
            assert (await stream.next()).data["id"] == bdr_id
        listeners = await site.pool.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
        assert listeners == 1
        async with asyncio.timeout(HANG_SECONDS):  # no stream holds a connection; who looks users up keeps one
            while held_connections(server) > 1:  # and a reader's transaction ends after its answer
                await asyncio.sleep(0.01)


async def test_a_reader_that_has_gone_is_freed(
    site: Site, api: Api, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pmd_service.events.stream.COMMENT_SECONDS", 0.05)
    artist = await site.add_user()
    hub = server.app[HUB]
    async with opened(api, artist) as stream:
        await stream.until("connected")
        assert hub.subscriber_count == 1
        stream.response.close()
    async with asyncio.timeout(HANG_SECONDS):
        while hub.subscriber_count or hub.pulse._due:
            await asyncio.sleep(0.01)


async def test_streams_end_at_once_when_the_server_stops(site: Site, api: Api, server: TestServer) -> None:
    artist = await site.add_user()
    async with opened(api, artist) as stream:
        await stream.until("connected")
        closing = asyncio.create_task(server.close())
        with pytest.raises((EOFError, OSError)):
            while True:
                await stream.next()
        await closing


async def test_a_quiet_stream_is_kept_open_by_comments(site: Site, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pmd_service.events.stream.COMMENT_SECONDS", 0.05)
    artist = await site.add_user()
    async with opened(api, artist) as stream:
        await stream.until("connected")
        async with asyncio.timeout(HANG_SECONDS):
            assert (await stream.response.content.readline()).startswith(b":")


async def test_the_pages_stream_sends_keep_alive_events_to_the_script(
    site: Site, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pmd_service.events.stream.PING_SECONDS", 0.05)
    artist = await site.add_user()
    async with opened(api, artist, path="/api/pmd/sse") as stream:
        await stream.until("connected")
        async with asyncio.timeout(HANG_SECONDS):
            assert await stream.response.content.readline() == b"event: ping\n"


async def test_one_stream_has_all_events_of_its_user(site: Site, api: Api) -> None:
    artist = await site.add_user()
    async with opened(api, artist, path="/api/pmd/sse") as stream:
        await stream.until("connected")
        bdr_id = await request_download(site, api, artist)
        post, *_, download = await stream.until("bdr_update")
        assert (post.name, download.data["id"]) == ("posts_update", bdr_id)


async def test_a_moderator_s_link_names_whose_archive_it_is(site: Site, api: Api, work_off: WorkOff) -> None:
    artist, moderator = await site.add_user(), await site.add_user("mod", roles=["moderator"])
    bdr_id = await request_download(site, api, artist)
    await work_off()
    path = f"/api/pmd/bdr/sse?target_sqid={site.sqid(artist)}"
    async with opened(api, moderator, path=path) as stream:
        ready = await stream.until_status("ready")
    link = f"/api/pmd/bdr/{bdr_id}/download?target_sqid={site.sqid(artist)}"
    assert ready.data["download_url"] == link
    assert (await api.get(link, user=moderator)).status == 200


@pytest.mark.parametrize("change", ["banned_until = now() + interval '1 day'", "deactivated = true"])
async def test_a_banned_users_stream_ends_with_the_reason(
    site: Site, api: Api, server: TestServer, change: str
) -> None:
    artist = await site.add_user()
    async with opened(api, artist) as stream:
        await stream.until("connected")
        await site.pool.execute(f"UPDATE users SET {change}")
        await server.app[HUB].end_streams_of_the_banned()
        assert (await stream.next()).name == "signed_out"
        with pytest.raises(EOFError):
            await stream.next()


async def test_a_change_made_under_another_search_path_is_seen(site: Site, api: Api) -> None:
    artist = await site.add_user()
    bdr_id = await request_download(site, api, artist)
    async with opened(api, artist) as stream:
        await stream.until("connected")
        async with site.pool.acquire() as connection, connection.transaction():
            table = await connection.fetchval("SELECT 'batch_download_requests'::regclass::oid")
            await connection.execute("SET LOCAL search_path = pg_catalog")
            qualified = await connection.fetchval("SELECT $1::oid::regclass::text", table)
            await connection.execute(f"UPDATE {qualified} SET processed_count = 1")
        while (event := await stream.next()).data["processed_count"] == 0:
            pass
        assert event.data["id"] == bdr_id


async def test_streams_that_end_with_their_server_return_at_various_times(
    site: Site, api: Api, server: TestServer
) -> None:
    artist, retries = await site.add_user(), set[int | None]()
    for _ in range(4):
        async with opened(api, artist) as stream:
            await stream.until("connected")
            server.app[HUB].close_streams()
            with pytest.raises(EOFError):
                await stream.next()
            retries.add(stream.retry)
    assert len(retries) > 1
    assert all(retry is not None and 1000 <= retry <= 6000 for retry in retries)
