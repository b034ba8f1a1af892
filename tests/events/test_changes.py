"""GET /api/pmd/changes: what has been made, changed and removed, complete and in order."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import asyncpg
import msgspec
import pytest

from pmd_service.base.settings import Settings
from pmd_service.events.changes import LISTS, MERGED_ROWS, Place, delete_old_changes
from pmd_service.http.wire import read_cursor

from ..calls import CALLS
from ..hang import HANG_SECONDS
from ..site import Api, Site
from .sse import opened

Listed = tuple[str, str]


class Reader:
    """A copy that follows one user."""

    def __init__(self, api: Api, user: int, *, kinds: str | None = None) -> None:
        self.api = api
        self.user = user
        self.kinds = kinds
        self.cursor: str | None = None

    async def page(self, limit: int = 1000) -> Any:
        params = {"limit": str(limit)} | ({"cursor": self.cursor} if self.cursor else {})
        answer = await self.api.get(
            "/api/pmd/changes", user=self.user, params=params | ({"kinds": self.kinds} if self.kinds else {})
        )
        assert answer.status == 200, answer
        self.cursor = answer.json["next_cursor"]
        return answer.json

    async def events(self, limit: int = 1000) -> list[tuple[str, Any]]:
        listed, has_more = [], True
        while has_more:
            page = await self.page(limit)
            listed += [(item["event"], item["id"]) for item in page["items"]]
            has_more = page["has_more"]
        return listed


@pytest.fixture
async def reader(api: Api, artist: int) -> Reader:
    reader = Reader(api, artist)
    assert await reader.events() == [], "without a cursor there is nothing but that of now"
    return reader


async def act(api: Api, user: int, action: str, *posts: int, **params: str) -> None:
    body = {"action": action, "post_ids": list(posts)}
    answer = await api.post("/api/pmd/action", body, user=user, params=params)
    assert answer.status == 200, answer


@pytest.mark.beside
async def test_every_change_of_a_post_is_an_event_whatever_writes_it(site: Site, api: Api) -> None:
    artist, moderator = await site.add_user(), await site.add_user("mod", roles=["moderator"])
    reader = Reader(api, artist, kinds="post")
    await reader.page()
    post = await site.add_post(artist)
    assert (await reader.events())[0] == ("post.made", post)
    for action, event in {"hide": "hidden", "unhide": "shown", "delete": "deleted", "restore": "restored"}.items():
        await act(api, artist, action, post)
        assert await reader.events() == [(f"post.{event}", post)]
    await act(api, moderator, "hide", post, target_sqid=site.sqid(artist))
    license_id = await site.pool.fetchval("SELECT min(id) FROM licenses")
    await api.post("/api/pmd/license", {"license_id": license_id, "post_ids": [post]}, user=artist)
    await api.post("/api/pmd/edit", {"post_ids": [post], "set": {"title": "Sea"}}, user=artist)
    await site.pool.execute("UPDATE posts SET view_count = view_count + 1, title = title")
    assert await reader.events() == [
        ("post.hidden_by_moderator", post),
        ("post.licensed", post),
        ("post.changed", post),
    ]
    await site.pool.execute("DELETE FROM posts WHERE id = $1", post)
    assert await reader.events() == [("post.removed", post)]


async def test_a_post_that_gets_another_owner_leaves_the_first(site: Site, api: Api, artist: int) -> None:
    post, other = await site.add_post(artist), await site.add_user("other")
    readers = Reader(api, artist), Reader(api, other)
    for reader in readers:
        await reader.page()
    await site.pool.execute("UPDATE posts SET owner_id = $1", other)
    assert [await reader.events() for reader in readers] == [[("post.removed", post)], [("post.made", post)]]


async def test_changes_of_files_packs_links_tasks_downloads_are_events(site: Site, api: Api, reader: Reader) -> None:
    artist = reader.user
    asset = await site.add_asset(artist)
    assert await reader.events() == [("asset.made", asset)]
    for action, event in {"approve": "changed", "trash": "trashed", "restore": "restored"}.items():
        answer = await api.post("/api/pmd/assets/action", {"action": action, "asset_ids": [asset]}, user=artist)
        assert answer.status == 200, answer
        assert await reader.events() == [(f"asset.{event}", asset)]
    pack = (await api.post("/api/pmd/packs", {"name": "Sea", "license_type": "royalty_free"}, user=artist)).json["id"]
    link = (await api.post(f"/api/pmd/packs/{pack}/links", {}, user=artist)).json["id"]
    assert await reader.events() == [("pack.made", pack), ("link.made", link)]
    await api.call("DELETE", f"/api/pmd/packs/{pack}/links/{link}", user=artist)
    await api.call("DELETE", f"/api/pmd/packs/{pack}", user=artist)
    assert await reader.events() == [("link.removed", link), ("pack.removed", pack)]
    bdr = str(await site.add_request(artist, [1]))
    await site.pool.execute("UPDATE batch_download_requests SET status = 'processing', started_at = now()")
    await site.pool.execute("UPDATE batch_download_requests SET processed_count = 1")
    await site.pool.execute(
        "UPDATE batch_download_requests SET status = 'failed', completed_at = now(), error_message = 'No.'"
    )
    assert await reader.events() == [("bdr.made", bdr), ("bdr.changed", bdr), ("bdr.failed", bdr)], "no progress"


async def test_late_commits_are_sent_and_nothing_twice(site: Site, api: Api, reader: Reader) -> None:
    """The ids of a transaction that stays open are lower than those of others that are read before it ends."""
    first, second, third = await site.add_posts(reader.user, 3)
    await reader.events()
    hide = "UPDATE posts SET hidden_by_user = true WHERE id = $1"
    async with site.pool.acquire() as connection:
        late = connection.transaction()
        await late.start()
        await connection.execute(hide, first)
        await act(api, reader.user, "hide", second)
        assert await reader.events() == [("post.hidden", second)], "it waits for nobody"
        await act(api, reader.user, "hide", third)
        await late.commit()
    assert await reader.events() == [("post.hidden", first), ("post.hidden", third)]
    assert await reader.events() == []


async def test_the_last_state_of_a_post_is_the_last_event(site: Site, reader: Reader) -> None:
    """Two transactions that write it one after the other, of which the second has begun first."""
    post = await site.add_post(reader.user)
    await reader.events()
    async with site.pool.acquire() as older, site.pool.acquire() as newer, older.transaction():
        await older.execute("SELECT pg_current_xact_id()")
        async with newer.transaction():
            await newer.execute("UPDATE posts SET hidden_by_user = true WHERE id = $1", post)
        await older.execute("UPDATE posts SET deleted_by_user = true WHERE id = $1", post)
    assert await reader.events() == [("post.hidden", post), ("post.deleted", post)]


async def test_pages_are_of_one_moment_and_leave_nothing_out(site: Site, reader: Reader) -> None:
    posts = sorted(await site.add_posts(reader.user, 7), key=str)
    await reader.events()
    await site.pool.execute("UPDATE posts SET hidden_by_user = true")
    page = await reader.page(limit=3)
    assert page["has_more"]
    # What happens between two pages comes after them.
    await site.pool.execute("UPDATE posts SET hidden_by_user = false WHERE id = $1", posts[0])
    listed = [(item["event"], item["id"]) for item in page["items"]] + await reader.events(limit=3)
    assert listed == [("post.hidden", post) for post in posts]
    assert await reader.events(limit=3) == [("post.shown", posts[0])]


async def test_a_cursor_is_valid_for_thirty_days_and_then_says_what_to_do(site: Site, reader: Reader) -> None:
    async def aged(**passed: int) -> Any:
        assert reader.cursor is not None
        place = read_cursor(reader.cursor[:-8], Place)
        before = msgspec.structs.replace(place, seen_at=datetime.now(UTC) - timedelta(**passed))
        cursor = reader.api.sealed("/api/pmd/changes", reader.user, before)
        return await reader.api.get("/api/pmd/changes", user=reader.user, params={"cursor": cursor})

    post = await site.add_post(reader.user)
    await site.pool.execute("UPDATE changes SET at = at - interval '29 days 23 hours'")
    await delete_old_changes(site.pool)
    assert [item["id"] for item in (await aged(days=29, hours=23)).json["items"]][:1] == [post]
    late = await aged(days=30, minutes=1)
    assert late.status == 410
    assert "older than 30 days" in late.json["detail"]
    assert "/api/pmd/posts" in late.json["detail"]
    await site.pool.execute("UPDATE changes SET at = at - interval '2 days'")
    await delete_old_changes(site.pool)
    assert await site.pool.fetchval("SELECT count(*) FROM changes") == 0


def test_the_lists_that_an_old_cursor_names_exist() -> None:
    assert {f"GET {path}" for path in LISTS.values()} <= {*CALLS}


async def test_a_cursor_of_another_database_lists_from_the_start(site: Site, reader: Reader) -> None:
    assert reader.cursor is not None
    place = read_cursor(reader.cursor[:-8], Place)
    for other in (
        msgspec.structs.replace(place, installation="1.1.1"),
        msgspec.structs.replace(place, seen="9000000000:9000000000:"),
    ):
        answer = await reader.api.get(
            "/api/pmd/changes",
            user=reader.user,
            params={"cursor": reader.api.sealed("/api/pmd/changes", reader.user, other), "kinds": "asset"},
        )
        assert answer.status == 410
        assert answer.json["detail"].endswith("then list everything (/api/pmd/assets).")


async def test_another_users_cursor_and_nonsense_are_refused(site: Site, reader: Reader) -> None:
    other = await site.add_user("other")
    assert reader.cursor is not None
    sealed = partial(reader.api.sealed, "/api/pmd/changes", reader.user)
    place = read_cursor(reader.cursor[:-8], Place)
    for user, params, status in (
        (other, {"cursor": reader.cursor}, 422),
        (reader.user, {"cursor": "yesterday"}, 422),
        (reader.user, {"cursor": sealed(msgspec.structs.replace(place, seen="5:3:"))}, 422),
        (reader.user, {"cursor": sealed(msgspec.structs.replace(place, showing="nothing"))}, 422),
        (reader.user, {"kinds": "post,people"}, 422),
        (reader.user, {"limit": "10001"}, 422),
    ):
        assert (await reader.api.get("/api/pmd/changes", user=user, params=params)).status == status, params


async def test_a_cursor_that_another_user_has_sealed_lists_their_own(api: Api, site: Site, reader: Reader) -> None:
    spy = Reader(api, await site.add_user("spy"))
    await spy.page()
    assert reader.cursor is not None
    await site.add_post(reader.user)
    spy.cursor = api.sealed("/api/pmd/changes", spy.user, read_cursor(reader.cursor[:-8], Place))
    assert await spy.events() == []


async def test_many_changes_are_few_rows_and_ten_thousand_are_read_at_once(site: Site, reader: Reader) -> None:
    await site.pool.execute(
        "INSERT INTO posts (owner_id, title) SELECT $1, 'No ' || n FROM generate_series(1, 10000) AS n", reader.user
    )
    await reader.events(limit=10_000)
    before = await site.pool.fetchval("SELECT count(*) FROM changes")
    await site.pool.execute("UPDATE posts SET hidden_by_user = true")
    assert await site.pool.fetchval("SELECT count(*) FROM changes") == before + 10
    page = await reader.page(limit=10_000)
    assert len({item["id"] for item in page["items"]}) == 10_000
    assert not page["has_more"]


async def test_repeated_changes_are_merged_into_the_last_of_each(site: Site, reader: Reader) -> None:
    first, second = await site.add_posts(reader.user, 2)
    await reader.events()
    await site.pool.execute(
        """INSERT INTO changes (user_id, kind, event, subjects)
           SELECT $1, 'post', 'changed', ARRAY[$2::text, $3::text] FROM generate_series(0, $4)""",
        reader.user,
        str(first),
        str(second),
        MERGED_ROWS,
    )
    await act(reader.api, reader.user, "hide", first)
    await delete_old_changes(site.pool)
    assert await reader.events() == [("post.changed", second), ("post.hidden", first)]
    assert await site.pool.fetchval("SELECT count(*) FROM changes WHERE user_id = $1", reader.user) == 2


async def test_posts_are_live_each_of_a_few_and_the_numbers_of_many(site: Site, api: Api, artist: int) -> None:
    posts = await site.add_posts(artist, 2)
    async with opened(api, artist, path="/api/pmd/sse") as stream:
        await stream.until("connected")
        await act(api, artist, "hide", posts[0])
        listed: dict[str, Any] = {"post_update": {"hidden_by_user": False}}
        # The server may be notified late that they were added.
        while not listed["post_update"]["hidden_by_user"] or "posts_update" not in listed:
            event = await stream.next()
            listed[event.name] = event.data
        assert listed["post_update"]["id"] == posts[0]
        assert (listed["posts_update"]["active"], listed["posts_update"]["deleted"]) == (2, 0)
        await act(api, artist, "delete", posts[0])
        listed = {event.name: event.data async for event in _of(stream, "post_removed", "posts_update")}
        assert listed["post_removed"] == {"id": posts[0]}
        await site.pool.execute(
            "INSERT INTO posts (owner_id, title) SELECT $1, 'No ' || n FROM generate_series(1, 200) AS n", artist
        )
        await site.pool.execute("UPDATE posts SET license_id = 1")
        async with asyncio.timeout(HANG_SECONDS):
            while (event := await stream.next()).name != "posts_update" or event.data["active"] != 201:
                pass


async def test_posts_are_changed_after_an_event_without_reading_them(site: Site, api: Api, artist: int) -> None:
    post = await site.add_post(artist)
    series = (await api.post("/api/pmd/series", {"name": "Coast"}, user=artist)).json["id"]
    path = f"/api/pmd/series/{series}/posts"
    assert (await api.call("PUT", path, user=artist, json={"post_ids": [post]})).status == 200
    async with opened(api, artist, path="/api/pmd/sse") as stream:
        await stream.until("connected")
        edit = {"post_ids": [post], "set": {"title": "Dusk"}}
        assert (await api.post("/api/pmd/edit", edit, user=artist)).status == 200
        async with asyncio.timeout(HANG_SECONDS):
            while (event := await stream.next()).name != "post_update" or event.data["title"] != "Dusk":
                pass
    headers = {"If-Match": event.data["etag"]}
    await site.add_comment(post)
    for title, status in (("Dawn", 200), ("Noon", 412)):
        edit = {"post_ids": [post], "set": {"title": title}}
        assert (await api.call("POST", "/api/pmd/edit", user=artist, json=edit, headers=headers)).status == status


async def _of(stream: Any, *names: str) -> Any:
    waiting = set(names)
    while waiting:
        event = await stream.next()
        if event.name in waiting:
            waiting.remove(event.name)
            yield event


async def test_a_temporary_table_of_that_name_takes_no_change(site: Site, settings: Settings, reader: Reader) -> None:
    """Any role of the site may write a post."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        await connection.execute("CREATE TEMP TABLE changes (LIKE changes)")
        await connection.execute("INSERT INTO posts (owner_id, title) VALUES ($1, 'Sea')", reader.user)
    finally:
        await connection.close()
    assert [event for event, _ in await reader.events()] == ["post.made"]
