"""Windows of the list of posts: any position, any order, what filters leave, and how many each month has."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from pmd_service.posts import filters, windows

from ..site import BORN, Api, Site

pytestmark = pytest.mark.beside

POSTS = "/api/pmd/posts"


async def read(api: Api, artist: int, **query: Any) -> Any:
    answer = await api.get(POSTS, user=artist, params=query)
    assert answer.status == 200, answer.body
    return answer.json


def ids_of(page: Any) -> list[int]:
    return [item["id"] for item in page["items"]]


@pytest.fixture
async def made(site: Site) -> tuple[int, list[int]]:
    """An artist with thirty posts in three months, five a day at one moment, and one that is deleted."""
    artist = await site.add_user()
    posts = [
        await site.add_post(artist, None, title=f"Artwork {n}", created_at=BORN + timedelta(days=14 * (n // 5)))
        for n in range(30)
    ]
    await site.add_post(artist, None, deleted_by_user=True, deleted_by_user_date=BORN, created_at=BORN)
    await site.add_post(artist, None, kind="playlist", created_at=BORN)
    return artist, posts


async def test_window_starts_at_any_position(api: Api, made: tuple[int, list[int]], subtests: pytest.Subtests) -> None:
    artist, posts = made
    for sort, whole in (("-date", posts[::-1]), ("date", posts)):
        for offset in (0, 1, 4, 5, 13, 23, 29, 30, 31):
            with subtests.test(sort=sort, offset=offset):
                page = await read(api, artist, sort=sort, offset=offset, limit=7)
                assert ids_of(page) == whole[offset : offset + 7]
                assert (page["offset"], page["total_count"]) == (offset, 30)
                assert (page["next_cursor"] is None) == (offset + 7 >= 30)


async def test_cursor_continues_behind_a_window(
    api: Api, made: tuple[int, list[int]], subtests: pytest.Subtests
) -> None:
    artist, _posts = made
    for query in ({}, {"sort": "date"}, {"sort": "title"}, {"q": "artwork"}, {"format": "png"}):
        with subtests.test(query=query):
            whole = ids_of(await read(api, artist, **query))
            assert len(whole) == 30
            page = await read(api, artist, offset=3, limit=8, **query)
            seen = ids_of(page)
            while cursor := page["next_cursor"]:
                page = await read(api, artist, limit=8, cursor=cursor, **query)
                seen += ids_of(page)
            assert seen == whole[3:]


async def test_months_begin_and_end_in_utc(site: Site, api: Api) -> None:
    artist = await site.add_user()
    for moment in ("2024-02-29T23:59:59.999999", "2024-03-01T00:00:00", "2025-12-31T23:59:59", "2026-01-01T00:00:00"):
        await site.add_post(artist, None, created_at=datetime.fromisoformat(f"{moment}+00:00"))
    months = (await api.get(f"{POSTS}/months", user=artist)).json["items"]
    assert [month["month"] for month in months] == ["2026-01", "2025-12", "2024-03", "2024-02"]
    assert {month["count"] for month in months} == {1}


async def test_months_have_counts_and_offsets(site: Site, api: Api, made: tuple[int, list[int]]) -> None:
    artist, _posts = made
    months = (await api.get(f"{POSTS}/months", user=artist)).json
    assert months == {
        "items": [
            {"month": "2026-03", "count": 5},
            {"month": "2026-02", "count": 10},
            {"month": "2026-01", "count": 15},
        ],
        "total_count": 30,
    }
    page = await read(api, artist, offset=15, limit=1)
    assert page["items"][0]["created_at"].startswith("2026-01")
    for state, count in (("deleted", 1), ("all", 31)):
        assert (await api.get(f"{POSTS}/months?state={state}", user=artist)).json["total_count"] == count
    stranger = await site.add_user("stranger")
    assert (await api.get(f"{POSTS}/months", user=stranger)).json == {"items": [], "total_count": 0}


async def test_months_follow_every_change_of_posts(site: Site, api: Api, made: tuple[int, list[int]]) -> None:
    artist, posts = made
    body = {"action": "delete", "post_ids": posts[:3]}
    assert (await api.post("/api/pmd/action", body, user=artist)).status == 200
    await site.pool.execute("UPDATE posts SET created_at = $2 WHERE id = $1", posts[3], BORN + timedelta(days=400))
    await site.pool.execute("DELETE FROM posts WHERE id = $1", posts[4])
    await site.pool.execute("UPDATE posts SET kind = 'playlist' WHERE id = $1", posts[5])
    await site.pool.execute("UPDATE posts SET view_count = view_count + 1")
    months = (await api.get(f"{POSTS}/months", user=artist)).json["items"]
    assert [(each["month"], each["count"]) for each in months] == [
        ("2027-02", 1),
        ("2026-03", 5),
        ("2026-02", 10),
        ("2026-01", 9),
    ]


async def test_every_order_sorts_by_its_value(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    first = await site.add_post(
        artist, None, title="artwork 9", description="b", width=9, height=9, frame_count=9, file_format="gif",
        file_bytes=900, view_count=9, license_id=2, created_at=BORN,
    )  # fmt: skip
    second = await site.add_post(
        artist, None, title="Ärtwork 10", description="a", width=10, height=10, frame_count=10, file_format="png",
        file_bytes=1000, view_count=10, license_id=3, created_at=BORN, hidden_by_user=True,
    )  # fmt: skip
    none = await site.add_post(artist, None, title="", description=None, file_format=None, created_at=BORN)
    await site.pool.execute("UPDATE posts SET width = NULL, height = NULL WHERE id = $1", none)
    await site.add_reactions(first, "🔥", 1)
    await site.add_reactions(second, "🔥", 2)
    await site.add_comment(second)
    for sort in filters.ORDERS:
        with subtests.test(sort=sort):
            ascending = ids_of(await read(api, artist, sort=sort))
            descending = ids_of(await read(api, artist, sort=f"-{sort}"))
            least, most = (second, first) if sort == "description" else (first, second)
            assert ascending.index(least) < ascending.index(most) or sort == "comments"
            assert descending.index(most) < descending.index(least)
            if sort in ("title", "description", "format", "size", "width", "height", "license"):
                assert ascending[-1] == descending[-1] == none


async def test_order_by_counts_applies_filters_and_visibility(
    site: Site, api: Api, made: tuple[int, list[int]]
) -> None:
    artist, (*_, most_hidden, talked_about, loved) = made
    await site.pool.execute("UPDATE posts SET hashtags = '{sea}' WHERE id = ANY ($1)", [most_hidden, talked_about])
    await site.add_reactions(loved, "🔥", 3)
    await site.add_reactions(most_hidden, "🔥", 1)
    await site.add_comment(talked_about)
    for _ in range(2):
        await site.add_comment(most_hidden, hidden_by_mod=True)
    for sort, found in (("reactions", most_hidden), ("comments", talked_about)):
        filtered = await read(api, artist, sort=f"-{sort}", visibility="visible", hashtag="sea")
        assert (ids_of(filtered)[0], len(ids_of(filtered))) == (found, 2)
    assert ids_of(await read(api, artist, sort="-reactions"))[:2] == [loved, most_hidden]
    assert ids_of(await read(api, artist, sort="reactions"))[-2:] == [most_hidden, loved]


async def test_filters_select_their_posts(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    made = [
        await site.add_post(artist, None, hashtags=["sea"], file_bytes=100, created_at=BORN),
        await site.add_post(artist, None, file_format="gif", file_bytes=200, license_id=2, created_at=BORN),
        await site.add_post(artist, None, hidden_by_user=True, created_at=BORN + timedelta(days=1)),
        await site.add_post(artist, None, hidden_by_mod=True, file_bytes=900, created_at=BORN + timedelta(days=2)),
    ]
    for query, found in (
        ("hashtag=sea", [0]),
        ("hashtag=land", []),
        ("hashtag=sea%22+OR+%22land", []),
        ("format=gif", [1]),
        ("license=CC-BY-4.0", [1]),
        ("license=", [3, 2, 0]),
        ("license=unknown", []),
        ("visibility=visible", [1, 0]),
        ("visibility=hidden", [2]),
        ("visibility=moderated", [3]),
        ("min_bytes=200", [3, 1]),
        ("min_bytes=150&max_bytes=200", [1]),
        ("since=2026-01-02T00:00:00Z", [3, 2]),
        ("since=2026-01-02T02:00:00%2B02:00", [3, 2]),
        ("until=2026-01-02T00:00:00Z", [1, 0]),
        ("since=2026-01-01T12:00:00.5Z&until=2026-01-03T00:00:00Z&visibility=hidden", [2]),
    ):
        with subtests.test(query=query):
            page = (await api.get(f"{POSTS}?{query}", user=artist)).json
            assert [made.index(found) for found in ids_of(page)] == found
            assert "total_count" not in page
            assert (await api.get(f"{POSTS}/count?{query}", user=artist)).json == {"total_count": len(found)}


INVALID = [
    "offset=-1",
    "offset=1&cursor=kgE",
    "sort=colour",
    "since=2026-13-01T00:00:00Z",
    "since=yesterday",
    "q=",
    "min_bytes=x",
]


async def test_invalid_window_is_refused(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    for query in INVALID:
        with subtests.test(query=query):
            assert (await api.get(f"{POSTS}?{query}", user=artist)).status == 422


async def test_cursor_with_an_invalid_offset_is_refused(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    for offset in (-1, 2**31, 2**64 - 1):
        with subtests.test(offset=offset):
            answer = await api.get(f"{POSTS}?sort=title&cursor={api.sealed(POSTS, artist, [offset])}", user=artist)
            assert answer.status == 422, answer


@pytest.mark.parametrize("text", ["title", "description"])
async def test_posts_are_listed_in_natural_order_of_their_text(
    site: Site, api: Api, made: tuple[int, list[int]], text: str
) -> None:
    artist, posts = made
    await site.pool.execute("UPDATE posts SET description = title")
    nameless = await site.add_post(artist, None, title="", description="")
    for direction, whole in (("", [*posts, nameless]), ("-", [*posts[::-1], nameless])):
        assert ids_of(await read(api, artist, sort=f"{direction}{text}")) == whole
    for direction, whole in (("", posts), ("-", posts[::-1])):
        page = await read(api, artist, sort=f"{direction}{text}", offset=5, limit=7)
        assert ids_of(page) == whole[5:12]
        filtered = await read(api, artist, sort=f"{direction}{text}", offset=5, limit=7, visibility="visible")
        assert ids_of(filtered) == whole[5:12]


@pytest.mark.parametrize("near", [0, 5, 4000])
async def test_search_result_is_independent_of_the_checked_first_posts(
    site: Site, api: Api, made: tuple[int, list[int]], monkeypatch: pytest.MonkeyPatch, near: int
) -> None:
    monkeypatch.setattr(windows, "NEAR", near)
    artist, posts = made
    await site.pool.execute("UPDATE posts SET hashtags = '{sea}' WHERE id = ANY ($1)", posts[::3])
    for sort in ("-date", "date", "title"):
        whole = sorted(posts[::3], reverse=sort == "-date")
        for query in ({"hashtag": "sea"}, {"q": "artwork #sea"}):
            for offset in (0, 4, 9, 12):
                page = await read(api, artist, sort=sort, offset=offset, limit=3, **query)
                assert ids_of(page) == whole[offset : offset + 3]
                assert (page["next_cursor"] is None) == (offset + 3 >= 10)


async def test_unchanged_window_answers_304(api: Api, made: tuple[int, list[int]]) -> None:
    artist, posts = made
    address = f"{POSTS}?offset=3&limit=4"
    first = await api.get(address, user=artist)
    again = await api.get(address, user=artist, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    await api.post("/api/pmd/action", {"action": "hide", "post_ids": posts[-5:-4]}, user=artist)
    again = await api.get(address, user=artist, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 200
