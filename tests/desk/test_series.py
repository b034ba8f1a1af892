"""Series: posts in an order of their artist's own, with neighbours and a public page."""

import asyncio

from pmd_service.desk.series import _ORDER, join_series

from ..locks import waits_for_a_lock
from ..site import Answer, Api, Site
from .conftest import Desk

SERIES = "/api/pmd/series"


async def make(desk: Desk, name: str = "Forest", posts: int = 0) -> tuple[int, list[int]]:
    made = await desk.api.post(SERIES, {"name": name, "description": "Between the trees."}, user=desk.user)
    assert made.status == 201, made
    assert made.headers["Location"] == f"{SERIES}/{made.json['id']}"
    post_ids = [await desk.site.add_post(desk.user, title=f"Tree {number}") for number in range(posts)]
    if posts:
        assert (await put(desk, made.json["id"], post_ids)).status == 200
    return made.json["id"], post_ids


async def put(desk: Desk, series_id: int, post_ids: list[int], **headers: str) -> Answer:
    path = f"{SERIES}/{series_id}/posts"
    return await desk.api.call("PUT", path, user=desk.user, json={"post_ids": post_ids}, headers=headers)


async def test_posts_know_their_neighbours(desk: Desk, api: Api) -> None:
    series_id, (first, second, third) = await make(desk, posts=3)
    await put(desk, series_id, [third, first, second])
    post = (await api.get(f"/api/pmd/posts/{first}", user=desk.user)).json
    assert post["series"] == {
        "id": series_id, "name": "Forest", "position": 2, "post_count": 3, "previous_post_id": third,
        "next_post_id": second,
    }  # fmt: skip
    await api.post("/api/pmd/action", {"action": "hide", "post_ids": [third]}, user=desk.user)
    await api.post("/api/pmd/action", {"action": "delete", "post_ids": [second]}, user=desk.user)
    alone = (await api.get(f"/api/pmd/posts/{first}", user=desk.user)).json["series"]
    assert (alone["position"], alone["post_count"], alone["previous_post_id"], alone["next_post_id"]) == (
        1,
        1,
        None,
        None,
    )
    hidden = (await api.get(f"/api/pmd/posts/{third}", user=desk.user)).json["series"]
    assert (hidden["position"], hidden["next_post_id"]) == (1, first)
    listed = (await api.get("/api/pmd/posts", user=desk.user)).json["items"]
    assert {post["series_id"] for post in listed} == {series_id}
    assert all("series" not in post for post in listed)


async def test_order_is_set_in_one_call_and_overlooks_nothing(desk: Desk, api: Api) -> None:
    series_id, posts = await make(desk, posts=3)
    seen = await api.get(f"{SERIES}/{series_id}/posts", user=desk.user)
    assert seen.json["post_ids"] == posts
    etag = seen.headers["ETag"]
    answers = await asyncio.gather(
        put(desk, series_id, posts[::-1], **{"If-Match": etag}), put(desk, series_id, posts[:1], **{"If-Match": etag})
    )
    assert sorted(answer.status for answer in answers) == [200, 412]
    assert (await put(desk, series_id, [])).json["post_ids"] == []


async def test_order_overlooks_no_draft_that_is_published_just_then(desk: Desk, api: Api) -> None:
    series_id, posts = await make(desk, posts=2)
    etag = (await api.get(f"{SERIES}/{series_id}/posts", user=desk.user)).headers["ETag"]
    new, pool = await desk.site.add_post(desk.user), desk.site.pool
    async with pool.acquire() as connection, connection.transaction():
        await join_series(connection, user_id=desk.user, post_id=new, series_id=series_id)
        ordering = asyncio.create_task(put(desk, series_id, posts[::-1], **{"If-Match": etag}))
        assert await waits_for_a_lock(pool, ordering)
    assert (await ordering).status == 412
    assert (await api.get(f"{SERIES}/{series_id}/posts", user=desk.user)).json["post_ids"] == [*posts, new]


async def test_post_is_in_one_series(desk: Desk, api: Api) -> None:
    first, posts = await make(desk, "Forest", posts=2)
    second, _ = await make(desk, "Shop")
    await put(desk, second, posts[:1])
    assert (await api.get(f"{SERIES}/{first}/posts", user=desk.user)).json["post_ids"] == posts[1:]
    assert (await api.get(f"{SERIES}/{first}", user=desk.user)).json["post_count"] == 1


async def test_series_that_loses_a_post_to_another_has_changed(desk: Desk, api: Api) -> None:
    first, posts = await make(desk, "Forest", posts=2)
    second, _ = await make(desk, "Shop")
    await api.call("PATCH", f"{SERIES}/{first}", user=desk.user, json={"cover_post_id": posts[0]})
    etag = (await api.get(f"{SERIES}/{first}/posts", user=desk.user)).headers["ETag"]
    cursor = (await api.get("/api/pmd/changes", user=desk.user)).json["next_cursor"]
    await put(desk, second, posts[:1])
    assert (await api.get(f"{SERIES}/{first}", user=desk.user)).json["cover_post_id"] is None
    # A page that has seen both posts in it takes the first one back unawares otherwise.
    assert (await put(desk, first, posts, **{"If-Match": etag})).status == 412
    changes = (await api.get("/api/pmd/changes", user=desk.user, params={"cursor": cursor})).json["items"]
    assert [each["id"] for each in changes if each["event"] == "series.changed"] == [first, second]


async def test_deleted_post_comes_back_to_its_place(desk: Desk, api: Api) -> None:
    series_id, posts = await make(desk, posts=3)
    await api.post("/api/pmd/action", {"action": "delete", "post_ids": posts[1:2]}, user=desk.user)
    await put(desk, series_id, [posts[0], posts[2]])
    await api.post("/api/pmd/action", {"action": "restore", "post_ids": posts[1:2]}, user=desk.user)
    assert sorted((await api.get(f"{SERIES}/{series_id}/posts", user=desk.user)).json["post_ids"]) == posts


async def test_posts_of_others_and_repeats_are_refused(desk: Desk, site: Site) -> None:
    series_id, posts = await make(desk, posts=1)
    stranger = await site.add_user("stranger")
    theirs = await site.add_post(stranger)
    assert (await put(desk, series_id, [*posts, theirs])).status == 400
    assert (await put(desk, series_id, posts * 2)).status == 422
    own = Desk(site, desk.api, stranger)
    for answer in (
        await desk.api.get(f"{SERIES}/{series_id}", user=stranger),
        await put(own, series_id, [theirs]),
        await desk.api.call("PATCH", f"{SERIES}/{series_id}", user=stranger, json={"name": "Mine"}),
        await desk.api.call("DELETE", f"{SERIES}/{series_id}", user=stranger),
    ):
        assert answer.status == 404


async def test_cover_is_one_of_its_posts_and_goes_with_it(desk: Desk, api: Api, site: Site) -> None:
    series_id, posts = await make(desk, posts=2)
    path, other = f"{SERIES}/{series_id}", await site.add_post(desk.user)
    refused = await api.call("PATCH", path, user=desk.user, json={"cover_post_id": other})
    assert refused.status == 422
    changed = await api.call("PATCH", path, user=desk.user, json={"cover_post_id": posts[1], "name": " Wood\n"})
    assert (changed.json["cover_post_id"], changed.json["name"]) == (posts[1], "Wood")
    await put(desk, series_id, posts[:1])
    series = (await api.get(path, user=desk.user)).json
    assert (series["cover_post_id"], series["first_post_id"]) == (None, posts[0])


async def test_deleted_series_leaves_posts_and_drafts(desk: Desk, api: Api) -> None:
    series_id, posts = await make(desk, posts=1)
    (draft_id,) = await desk.add()
    await desk.patch([{"id": draft_id, "fields": {"series_id": series_id}}])
    assert (await api.get(f"{SERIES}/{series_id}", user=desk.user)).json["draft_count"] == 1
    cursor = (await api.get("/api/pmd/changes", user=desk.user)).json["next_cursor"]
    assert (await api.call("DELETE", f"{SERIES}/{series_id}", user=desk.user)).status == 204
    assert (await desk.draft(draft_id))["series_id"] is None
    assert (await api.get(f"/api/pmd/posts/{posts[0]}", user=desk.user)).json["series_id"] is None
    changes = (await api.get("/api/pmd/changes", user=desk.user, params={"cursor": cursor})).json["items"]
    assert [each["event"] for each in changes] == ["draft.changed", "series.removed"]


async def test_series_are_listed_in_pages(desk: Desk, api: Api) -> None:
    made = [(await make(desk, f"Series {number}"))[0] for number in range(3)]
    page = (await api.get(SERIES, user=desk.user, params={"limit": 2})).json
    rest = (await api.get(SERIES, user=desk.user, params={"limit": 2, "cursor": page["next_cursor"]})).json
    assert [each["id"] for each in [*page["items"], *rest["items"]]] == made[::-1]
    assert rest["next_cursor"] is None


async def test_posts_of_a_series_are_found_by_its_index(desk: Desk) -> None:
    pool = desk.site.pool
    await pool.execute("INSERT INTO series (user_id, name) SELECT $1, 'x' FROM generate_series(1, 300)", desk.user)
    await pool.execute(
        """WITH post AS (INSERT INTO posts (owner_id) SELECT $1 FROM generate_series(1, 3000) RETURNING id)
           INSERT INTO series_post (post_id, series_id, position)
           SELECT id, (SELECT min(id) FROM series) + id % 300, id FROM post""",
        desk.user,
    )
    await pool.execute("ANALYZE")
    series_id = await pool.fetchval("SELECT max(id) FROM series")
    plan = "\n".join(row[0] for row in await pool.fetch(f"EXPLAIN ANALYZE {_ORDER}", desk.user, series_id))
    assert "ix_series_post_order" in plan
    assert "Seq Scan on series_post" not in plan
