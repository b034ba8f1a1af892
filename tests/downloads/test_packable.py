"""The files that posts were made of, a download's and those that are named."""

from typing import Any

from ..site import BORN, Api, Site


async def add_request(api: Api, user: int, posts: list[int]) -> str:
    answer = await api.post("/api/pmd/bdr", {"post_ids": posts}, user=user)
    assert answer.status == 202, answer
    return f"/api/pmd/bdr/{answer.json['id']}/assets"


def _left(post_id: int, title: str | None, reason: str) -> dict[str, Any]:
    return {"post_id": post_id, "title": title, "reason": reason}


async def test_packable_lists_the_posts_source_files_and_the_others(site: Site, api: Api) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    first, second, drawn, trashed, foreign = [
        await site.add_post(artist, title=title) for title in ("First", "Second", "Drawn", "Trashed", "Foreign")
    ]
    await site.add_asset(artist, post_id=second)
    second_file = await site.add_asset(artist, post_id=second)  # published again: the newest counts
    first_file = await site.add_asset(artist, post_id=first)
    await site.add_asset(artist, post_id=first, deleted_at=BORN)  # but none in the trash where there is another
    await site.add_asset(artist, post_id=trashed, deleted_at=BORN)
    await site.add_asset(other, post_id=foreign)  # names a post of another owner
    posts = [second, drawn, first, trashed, foreign]
    expected = {
        "asset_ids": [second_file, first_file],
        "left_out": [
            _left(drawn, "Drawn", "no_file"),
            _left(trashed, "Trashed", "in_trash"),
            _left(foreign, "Foreign", "no_file"),
        ],
    }
    assert (await api.get(await add_request(api, artist, posts), user=artist)).json == expected
    assert (await api.post("/api/pmd/posts/assets", {"post_ids": posts}, user=artist)).json == expected


async def test_packable_is_the_owners_and_moderators_are_audited(site: Site, api: Api) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    post = await site.add_post(artist)
    await site.add_asset(artist, post_id=post)
    path = await add_request(api, artist, [post])
    assert (await api.get(path, user=stranger)).status == 404
    target = {"target_sqid": site.sqid(artist)}
    by_name: dict[str, Any] = {"json": {"post_ids": [post]}}
    for method, where, named in (("GET", path, {}), ("POST", "/api/pmd/posts/assets", by_name)):
        moderator = await site.add_user(f"{method} watch", roles=["moderator"])
        seen = await api.call(method, where, user=moderator, params=target, **named)
        assert len(seen.json["asset_ids"]) == 1
        action = await site.pool.fetchval("SELECT action FROM audit_log WHERE actor_id = $1", moderator)
        assert action == "read_library"


async def test_packable_omits_posts_with_a_new_owner(site: Site, api: Api) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    post = await site.add_post(artist, title="Mine no more")
    path = await add_request(api, artist, [post])
    await site.pool.execute("UPDATE posts SET owner_id = $2 WHERE id = $1", post, other)
    assert (await api.get(path, user=artist)).json["left_out"] == [_left(post, None, "no_file")]
