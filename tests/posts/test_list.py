"""The list of posts: complete, newest first, page by page."""

import base64
import random
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from aiohttp.test_utils import TestServer

from pmd_service.base.database import POOL
from pmd_service.http.wire import Cursor

from ..plans import statements_of
from ..site import BORN, Api, Site

pytestmark = pytest.mark.beside

POSTS = "/api/pmd/posts"


async def read_all(api: Api, user: int, limit: int) -> list[int]:
    """The ids on all pages, in order."""
    seen: list[int] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        page = await read_page(api, user, **query)
        seen += ids_of(page)
        if page["next_cursor"] is None:
            return seen
        query["cursor"] = page["next_cursor"]


async def read_page(api: Api, user: int, **query: Any) -> dict[str, Any]:
    answer = await api.get(POSTS, user=user, params=query)
    assert answer.status == 200, answer
    page: dict[str, Any] = answer.json
    return page


def ids_of(page: dict[str, Any]) -> list[int]:
    return [post["id"] for post in page["items"]]


@pytest.mark.own_tables  # a file of 5 GB
async def test_post_has_every_field(site: Site, api: Api) -> None:
    artist = await site.add_user()
    post = await site.add_post(
        artist,
        public_sqid="k5Rz",
        title="Lighthouse",
        description="At dusk.",
        created_at=BORN,
        width=64,
        height=32,
        frame_count=12,
        file_format="gif",
        file_bytes=5_000_000_000,
        art_url="https://art.example/1.gif",
        hashtags=["sea", "lighthouse"],
        hidden_by_mod=True,
        license_id=2,
        view_count=99,
    )
    await site.add_reactions(post, "🔥", 2)
    await site.add_reactions(post, "👍", 1)
    await site.add_comment(post)
    page = await read_page(api, artist)
    assert page == {
        "items": [
            {
                "id": post,
                "public_sqid": "k5Rz",
                "title": "Lighthouse",
                "description": "At dusk.",
                "created_at": "2026-01-01T00:00:00Z",
                "width": 64,
                "height": 32,
                "frame_count": 12,
                "file_format": "gif",
                "file_bytes": 5_000_000_000,
                "art_url": "https://art.example/1.gif",
                "hashtags": ["sea", "lighthouse"],
                "hidden_by_user": False,
                "hidden_by_mod": True,
                "license_identifier": "CC-BY-4.0",
                "reaction_count": 3,
                "comment_count": 1,
                "view_count": 99,
                "alt_text": None,
                "content_warnings": [],
                "ai_disclosure": None,
                "ai_opt_out": None,
                "series_id": None,
                "files": [{"format": "gif", "file_bytes": 5_000_000_000, "is_native": True}],
            }
        ],
        "next_cursor": None,
        "total_count": 1,
        "did_you_mean": None,
    }


@pytest.mark.own_tables
async def test_post_without_file_and_title_is_listed(site: Site, api: Api) -> None:
    artist = await site.add_user()
    bare = await site.pool.fetchval("INSERT INTO posts (owner_id) VALUES ($1) RETURNING id", artist)
    await site.add_post(artist, created_at=BORN)
    page = await read_page(api, artist)
    assert page["total_count"] == 2
    (found,) = [post for post in page["items"] if post["id"] == bare]
    assert found["public_sqid"] == site.sqid(bare)
    assert (found["art_url"], found["title"], found["file_format"], found["hashtags"]) == (None, None, None, [])


async def test_hidden_comments_are_not_counted(site: Site, api: Api) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist)
    await site.add_comment(post)
    for hidden in ("hidden_by_mod", "deleted_by_owner", "deleted_by_mod"):
        column: dict[str, Any] = {hidden: True}
        await site.add_comment(post, **column)
    (item,) = (await read_page(api, artist))["items"]
    assert item["comment_count"] == 1


async def test_list_omits_playlists_deleted_and_other_users_posts(site: Site, api: Api) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    post = await site.add_post(artist)
    await site.add_post(artist, kind="playlist")
    await site.add_post(artist, deleted_by_user=True)
    await site.add_post(stranger)
    page = await read_page(api, artist)
    assert (ids_of(page), page["total_count"]) == ([post], 1)


async def test_user_without_posts_has_an_empty_list(site: Site, api: Api) -> None:
    artist = await site.add_user()
    assert await read_page(api, artist) == {"items": [], "next_cursor": None, "total_count": 0, "did_you_mean": None}


async def test_pages_neither_lose_nor_repeat_posts_of_equal_time(site: Site, api: Api) -> None:
    artist = await site.add_user()
    posts = [await site.add_post(artist, created_at=BORN + timedelta(microseconds=n // 5)) for n in range(12)]
    for limit in (1, 3, 4, 12, 512):
        assert await read_all(api, artist, limit) == posts[::-1], limit


async def test_posts_added_or_deleted_between_pages_shift_nothing(site: Site, api: Api) -> None:
    artist = await site.add_user()
    posts = (await site.add_posts(artist, 9))[::-1]
    first = await read_page(api, artist, limit=3)
    assert ids_of(first) == posts[:3]

    await site.add_post(artist, created_at=BORN + timedelta(days=1))
    deleted = [posts[0], posts[2], posts[4]]  # read already, where the cursor stands, and not read yet
    await api.post("/api/pmd/action", {"action": "delete", "post_ids": deleted}, user=artist)

    second = await read_page(api, artist, limit=3, cursor=first["next_cursor"])
    assert ids_of(second) == [posts[3], posts[5], posts[6]]
    third = await read_page(api, artist, limit=3, cursor=second["next_cursor"])
    assert (ids_of(third), third["next_cursor"]) == (posts[7:], None)
    assert third["total_count"] == 7


async def test_full_last_page_has_no_next_cursor(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await site.add_posts(artist, 4)
    page = await read_page(api, artist, limit=4)
    assert page["next_cursor"] is None


async def test_cursor_at_the_latest_time_is_an_empty_page(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await site.add_posts(artist, 1)
    page = await read_page(api, artist, cursor=api.sealed(POSTS, artist, Cursor.after(BORN.replace(year=1), -(2**63))))
    assert (page["items"], page["next_cursor"], page["total_count"]) == ([], None, 1)
    latest = api.sealed(POSTS, artist, Cursor.after(BORN.replace(year=9999), 2**63 - 1))
    assert len((await read_page(api, artist, cursor=latest))["items"]) == 1


def as_cursor(value: Any) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(value)).rstrip(b"=").decode()


NOT_CURSORS = [
    "",
    "x",
    "null",
    "2026-01-01T00:00:00Z",
    "\0",
    "ключ",
    "%00",
    "A" * 4000,
    as_cursor([]),
    as_cursor([1]),
    as_cursor([1, 2, 3]),
    as_cursor(["1", 2]),
    as_cursor([1.5, 2]),
    as_cursor([True, 2]),
    as_cursor([None, None]),
    as_cursor({"created_us": 1, "id": 2}),
    as_cursor([2**62, 1]),
    as_cursor([-(2**62), 1]),
    as_cursor([1, 2**64 - 1]),
    as_cursor([1, 2]) + "A",
]


async def test_forged_cursor_is_refused(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    for cursor in NOT_CURSORS:
        with subtests.test(cursor=cursor[:50]):
            for given in (cursor, api.sealed(POSTS, artist, cursor)):
                answer = await api.get(POSTS, user=artist, params={"cursor": given})
                assert (answer.status, answer.json["errors"][0]["path"]) == (422, "?cursor"), answer


async def test_no_cursor_bytes_cause_a_500(site: Site, api: Api) -> None:
    artist = await site.add_user()
    chance = random.Random(7)
    good = Cursor.after(BORN, 1)
    for _ in range(150):
        noise = base64.urlsafe_b64encode(chance.randbytes(chance.randrange(1, 20))).decode()
        at = chance.randrange(len(good))
        bent = good[:at] + chance.choice("AZaz09-_=+/ ") + good[at + 1 :]
        for cursor in (noise, bent):
            answer = await api.get(POSTS, user=artist, params={"cursor": api.sealed(POSTS, artist, cursor)})
            assert answer.status in (200, 422), (cursor, answer)


NOT_LIMITS = ["0", "513", "-1", "1.0", "1e2", "+5", " 5", "05", "٥", "1_0", "", "all", "\0", "9" * 400]


async def test_limit_out_of_bounds_is_refused(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    for limit in NOT_LIMITS:
        with subtests.test(limit=limit[:50]):
            answer = await api.get(POSTS, user=artist, params={"limit": limit})
            assert (answer.status, answer.json["errors"][0]["path"]) == (422, "?limit"), answer


async def test_repeated_parameter_is_refused(site: Site, api: Api) -> None:
    answer = await api.get(f"{POSTS}?limit=1&limit=2", user=await site.add_user())
    assert (answer.status, answer.json["errors"][0]["path"]) == (422, "?limit")


async def test_page_is_one_statement_besides_identity(site: Site, api: Api, server: TestServer) -> None:
    artist = await site.add_user()
    await site.add_posts(artist, 40)
    await read_page(api, artist)
    async with statements_of(server.app[POOL], kept=1) as sent:  # the one that finds the caller
        await read_page(api, artist)
        await read_page(api, artist, limit=3)
    assert [each.partition(" FROM ")[2].split()[0] for each in sent] == ["reactions", "reactions"], sent
