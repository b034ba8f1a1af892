"""What the original's page makes of our answers and events."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import msgspec
import pytest
from aiohttp.test_utils import TestServer

from pmd_service.base.settings import Settings
from pmd_service.events import unanswered

from ..conftest import Serve, WorkOff
from ..events.sse import opened
from ..site import Api, Site
from .page import Page

TIMES = 24


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, bdr_daily_limit=TIMES + 1)


@pytest.fixture
async def page(api: Api, artist: int) -> AsyncIterator[Page]:
    page = Page(api, artist)
    await page.open()
    yield page
    await page.close()


async def test_each_of_many_downloads_is_one_card_and_becomes_ready(
    page: Page, site: Site, artist: int, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some are ready before their POST is answered: that is when the stream's word used to come first."""
    monkeypatch.setattr(unanswered, "GRACE_SECONDS", 0.1)
    posts = await site.add_posts(artist, 1)
    requested: list[str] = []
    for number in range(TIMES):
        bdr_id, _ = await asyncio.gather(page.request(posts), work_off() if number % 2 else asyncio.sleep(0))
        requested.append(bdr_id)
    await work_off()
    for bdr_id in requested:
        await page.until_ready(bdr_id)
    assert sorted(card["id"] for card in page.cards) == sorted(requested), "each once"
    assert {card["status"] for card in page.cards} == {"ready"}


async def test_event_waits_for_the_post_response_on_another_server(
    page: Page, serve: Serve, settings: Settings, site: Site, artist: int, work_off: WorkOff
) -> None:
    other = await serve(settings)
    async with Api(other.make_url("/"), settings) as there:
        elsewhere = Page(there, artist)
        await elsewhere.open()
        # It posts to one server and listens to another.
        elsewhere.api = page.api
        bdr_id, _ = await asyncio.gather(elsewhere.request(await site.add_posts(artist, 1)), work_off())
        await work_off()
        await elsewhere.until_ready(bdr_id)
        assert [card["id"] for card in elsewhere.cards] == [bdr_id]
        await elsewhere.close()


@pytest.fixture
def never_answered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The grace after an answer has no end in these tests."""
    monkeypatch.setattr(unanswered, "GRACE_SECONDS", 1e6)
    monkeypatch.setattr(unanswered, "TIMEOUT_SECONDS", 1e6)
    yield


@pytest.mark.usefixtures("never_answered")
async def test_events_wait_for_new_posted_requests_on_the_bdr_stream_only(api: Api, site: Site, artist: int) -> None:
    posts = await site.add_posts(artist, 1)
    async with opened(api, artist) as patient, opened(api, artist, path="/api/pmd/sse") as other:
        await patient.until("connected")
        await other.until("connected")
        bdr_id = (await api.post("/api/pmd/bdr", {"post_ids": posts}, user=artist)).json["id"]
        assert (await other.until("bdr_update"))[-1].data["id"] == bdr_id, "it waits for nothing"
        by_hand = await site.pool.fetchval(
            """INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count)
               VALUES ($1, $1, $2, 1) RETURNING id::text""",
            artist,
            posts,
        )
        assert (await patient.until("bdr_update"))[-1].data["id"] == by_hand, "nothing waits for an answer of it"
        await site.pool.execute("DELETE FROM batch_download_requests WHERE id::text = $1", bdr_id)
        await site.pool.execute("DELETE FROM batch_download_requests WHERE id::text = $1", by_hand)
        removed = await patient.next()
        assert (removed.name, removed.data["id"]) == ("bdr_removed", by_hand), "what was never sent is not taken back"


async def test_event_is_sent_when_the_post_is_never_answered(
    api: Api, site: Site, artist: int, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server of the request has died."""
    monkeypatch.setattr(unanswered, "TIMEOUT_SECONDS", 0.1)
    _ = server
    posts = await site.add_posts(artist, 1)
    async with opened(api, artist) as stream:
        await stream.until("connected")
        async with site.pool.acquire() as connection, connection.transaction():
            bdr_id = await connection.fetchval(
                """INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count)
                   VALUES ($1, $1, $2, 1) RETURNING id""",
                artist,
                posts,
            )
            notification = unanswered.notify("bdr", unanswered.ASKED, user="$1::int", about="$2::uuid")
            await connection.execute(f"SELECT {notification}", artist, bdr_id)
        assert (await stream.until("bdr_update"))[-1].data["id"] == str(bdr_id)
    async with opened(api, artist) as stream:
        assert [event.name for event in await stream.until("connected")] == ["bdr_update", "connected"]
