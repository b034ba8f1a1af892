"""Saved views of posts: each reader's own, in every browser."""

import asyncio
from typing import Any

import pytest

from pmd_service.posts.saved_views import MAX_VIEWS

from ..site import Answer, Api, Site

VIEWS = "/api/pmd/saved-views"


async def add(api: Api, user: int, name: str = "GIFs", query: str = "format=gif") -> Answer:
    return await api.post(VIEWS, {"name": name, "query": query}, user=user)


async def listed(api: Api, user: int) -> list[Any]:
    items: list[Any] = (await api.get(VIEWS, user=user)).json["items"]
    return items


async def test_saved_views_are_listed_changed_and_deleted(site: Site, api: Api) -> None:
    artist = await site.add_user()
    made = await add(api, artist, " Hidden\n GIFs ", "q=sea+OR+lake&sort=-date")
    assert (made.status, made.json["name"], made.json["query"]) == (201, "Hidden GIFs", "q=sea+OR+lake&sort=-date")
    second = (await add(api, artist, "All", "")).json
    assert [each["name"] for each in await listed(api, artist)] == ["All", "Hidden GIFs"]
    path = made.headers["Location"]
    changed = await api.call("PATCH", path, user=artist, json={"query": "view=grid"})
    assert (changed.json["version"], changed.json["name"], changed.json["query"]) == (2, "Hidden GIFs", "view=grid")
    assert (await api.get(path, user=artist)).json == changed.json
    assert (await api.call("PATCH", path, user=artist, json={"name": "All"})).status == 409
    stale = {"If-Match": made.headers.get("ETag", '"000000000000.000000000000"')}
    refused = await api.call("DELETE", path, headers=api.sign(artist) | stale)
    assert refused.status == 412
    assert (await api.call("DELETE", path, user=artist)).status == 204
    assert await listed(api, artist) == [second]


async def test_saved_views_of_one_name_are_refused(site: Site, api: Api) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    both = await asyncio.gather(add(api, artist), add(api, artist))
    assert sorted(answer.status for answer in both) == [201, 409]
    assert (await add(api, other)).status == 201


async def test_saved_views_are_their_readers_alone(site: Site, api: Api) -> None:
    artist, moderator = await site.add_user(), await site.add_user("mod", roles=["moderator"])
    view = (await add(api, artist)).json
    params = {"target_sqid": site.sqid(artist)}
    assert (await api.get(VIEWS, user=moderator, params=params)).status == 403
    for method, body in (("GET", None), ("PATCH", {"name": "Mine"}), ("DELETE", None)):
        answer = await api.call(method, f"{VIEWS}/{view['id']}", user=moderator, json=body)
        assert answer.status == 404, method
    assert await listed(api, artist) == [view]


REFUSED = [("", "a=1"), (" \u202e\n", "a=1"), ("A", "a b"), ("A", "a=ä"), ("A", "x" * 2001), ("A", "\n")]


async def test_saved_view_without_a_name_or_address_is_refused(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    for name, query in REFUSED:
        with subtests.test(name=name, query=query):
            assert (await add(api, artist, name, query)).status == 422
            assert await listed(api, artist) == []


async def test_saved_views_have_a_limit_also_for_two_at_once(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await site.pool.execute(
        "INSERT INTO saved_view (user_id, name, query) SELECT $1, n::text, '' FROM generate_series(2, $2) AS n",
        artist,
        MAX_VIEWS,
    )
    both = await asyncio.gather(add(api, artist, "A"), add(api, artist, "B"))
    assert sorted(answer.status for answer in both) == [201, 409]
    assert len(await listed(api, artist)) == MAX_VIEWS
