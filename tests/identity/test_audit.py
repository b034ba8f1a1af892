"""The moderators' trail."""

from typing import Any

import asyncpg
import pytest

from pmd_service.http.wire import PageQuery
from pmd_service.identity.audit import list_trail
from pmd_service.identity.users import Actor, User

from ..plans import watched
from ..site import Api, Site

pytestmark = pytest.mark.beside

AUDIT = "/api/pmd/audit"


@pytest.fixture
async def artist(site: Site) -> int:
    return await site.add_user("artist")


@pytest.fixture
async def moderator(site: Site) -> int:
    return await site.add_user("mod", roles=["user", "moderator"])


async def trail(api: Api, user: int, **query: Any) -> list[dict[str, Any]]:
    answer = await api.get(AUDIT, user=user, params=query)
    assert answer.status == 200, answer
    items: list[dict[str, Any]] = answer.json["items"]
    return items


async def test_every_action_of_a_moderator_leaves_one_row(site: Site, api: Api, artist: int, moderator: int) -> None:
    posts = await site.add_posts(artist, 2)
    target = f"target_sqid={site.sqid(artist)}"
    for action in ("hide", "unhide", "delete", "restore"):
        answer = await api.post(f"/api/pmd/action?{target}", {"action": action, "post_ids": posts}, user=moderator)
        assert answer.status == 200, answer
    await api.post(f"/api/pmd/license?{target}", {"license_id": 1, "post_ids": posts}, user=moderator)
    await api.post(f"/api/pmd/edit?{target}", {"add_hashtags": ["sea"], "post_ids": posts}, user=moderator)
    await api.post(f"/api/pmd/bdr?{target}", {"post_ids": posts[:1]}, user=moderator)

    entries = await trail(api, moderator)
    assert [entry["action"] for entry in entries] == [
        "request_download",
        "edit",
        "license",
        "restore",
        "delete",
        "unhide",
        "hide",
    ]
    assert entries[-1] == {
        "id": entries[-1]["id"],
        "action": "hide",
        "target_sqid": site.sqid(artist),
        "target_handle": "artist",
        "post_ids": posts,
        "asset_ids": [],
        "pack_id": None,
        "reason": None,
        "created_at": entries[-1]["created_at"],
    }
    assert entries[0]["post_ids"] == posts[:1]


async def test_refused_actions_and_actions_of_owners_leave_no_audit_row(
    site: Site, api: Api, artist: int, moderator: int
) -> None:
    own, theirs = await site.add_posts(moderator, 1), await site.add_posts(artist, 1)
    for path, body, user in [
        ("/api/pmd/action", {"action": "hide", "post_ids": own}, moderator),
        ("/api/pmd/license", {"license_id": 1, "post_ids": theirs}, artist),
        ("/api/pmd/bdr", {"post_ids": theirs}, artist),
    ]:
        assert (await api.post(path, body, user=user)).status < 300
    for path, body in [
        ("/api/pmd/action", {"action": "hide", "post_ids": [*theirs, *own]}),
        ("/api/pmd/license", {"license_id": 4711, "post_ids": theirs}),
        ("/api/pmd/bdr", {"post_ids": own}),
    ]:
        refused = await api.post(f"{path}?target_sqid={site.sqid(artist)}", body, user=moderator)
        assert refused.status in (400, 422), refused
    assert await site.pool.fetchval("SELECT count(*) FROM audit_log") == 0


async def test_a_repeated_idempotency_key_is_one_row(site: Site, api: Api, artist: int, moderator: int) -> None:
    posts = await site.add_posts(artist, 1)
    for _ in range(2):
        answer = await api.post(
            f"/api/pmd/bdr?target_sqid={site.sqid(artist)}",
            {"post_ids": posts},
            user=moderator,
            headers={"Idempotency-Key": "once"},
        )
        assert answer.status == 202
    assert len(await trail(api, moderator)) == 1


async def test_moderators_read_their_own_trail_and_others_none(
    site: Site, api: Api, artist: int, moderator: int
) -> None:
    second = await site.add_user("second", roles=["user", "moderator"])
    fan = await site.add_user("fan")
    for user in (artist, fan):
        posts = await site.add_posts(user, 1)
        path = f"/api/pmd/action?target_sqid={site.sqid(user)}"
        await api.post(path, {"action": "hide", "post_ids": posts}, user=moderator)

    assert len(await trail(api, moderator)) == 2
    assert [entry["target_handle"] for entry in await trail(api, moderator, target_sqid=site.sqid(fan))] == ["fan"]
    assert await trail(api, second) == []
    assert (await api.get(AUDIT, user=artist)).status == 403


async def test_a_moderators_reading_is_audited_once_an_hour(site: Site, api: Api, artist: int, moderator: int) -> None:
    uploads = f"/api/pmd/uploads?target_sqid={site.sqid(artist)}"
    for minutes, written in ((0, 1), (59, 1), (61, 2)):
        await site.pool.execute("UPDATE audit_log SET created_at = now() - make_interval(mins => $1)", minutes)
        assert (await api.get(uploads, user=moderator)).status == 200
        assert len(await trail(api, moderator)) == written


async def test_the_trail_outlives_the_user(site: Site, api: Api, artist: int, moderator: int) -> None:
    posts = await site.add_posts(artist, 1)
    path = f"/api/pmd/action?target_sqid={site.sqid(artist)}"
    await api.post(path, {"action": "delete", "post_ids": posts}, user=moderator)
    await site.pool.execute("DELETE FROM users WHERE id = $1", artist)
    (entry,) = await trail(api, moderator)
    assert (entry["target_sqid"], entry["target_handle"], entry["post_ids"]) == (site.sqid(artist), None, posts)


async def test_nobody_is_audited_for_their_own_things(site: Site, moderator: int) -> None:
    own = "INSERT INTO audit_log (actor_id, action, target_user_id, post_ids) VALUES ($1, 'hide', $1, '{1}')"
    with pytest.raises(asyncpg.CheckViolationError, match="audit_somebody_elses"):
        await site.pool.execute(own, moderator)


async def test_audit_pages_neither_lose_nor_repeat_rows_of_one_instant(
    site: Site, api: Api, artist: int, moderator: int
) -> None:
    await site.pool.execute(
        """INSERT INTO audit_log (actor_id, action, target_user_id, post_ids, created_at)
           SELECT $1, 'hide', $2, ARRAY[n], timestamptz '2026-01-01' + n / 3 * interval '1 minute'
             FROM generate_series(1, 10) AS n""",
        moderator,
        artist,
    )
    seen: list[int] = []
    query: dict[str, Any] = {"limit": 4}
    while True:
        page = (await api.get(AUDIT, user=moderator, params=query)).json
        seen += [entry["post_ids"][0] for entry in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == list(range(10, 0, -1))


async def test_the_trail_is_read_by_its_index(site: Site) -> None:
    await site.pool.execute(
        """INSERT INTO audit_log (actor_id, action, target_user_id, post_ids)
           SELECT 1000 + n % 50, 'hide', 1, ARRAY[n] FROM generate_series(1, 20000) AS n"""
    )
    await site.pool.execute("ANALYZE")
    viewer = User(id=1001, sqid="", handle="", roles=["moderator"])
    async with watched(site.pool) as watching:
        actor = Actor(viewer=viewer, subject=viewer, token_ends=0)
        await list_trail(watching.connection, site.ids, actor, PageQuery())
        for plan in (await watching.plan(), await watching.generic_plan()):
            assert plan.scans("audit_log") == {"Index Scan"}


async def test_only_moderators_may_give_a_reason(site: Site, api: Api, artist: int, moderator: int) -> None:
    posts = await site.add_posts(artist, 1)
    body = {"action": "hide", "post_ids": posts, "reason": "Not the artist’s own work."}
    own = await api.post("/api/pmd/action", body, user=artist)
    assert (own.status, own.json["errors"][0]["path"]) == (422, "$.reason")
    theirs = await api.post(f"/api/pmd/action?target_sqid={site.sqid(artist)}", body, user=moderator)
    assert theirs.status == 200, theirs
    assert (await trail(api, moderator))[0]["reason"] == body["reason"]
    for reason in ("", "   ", "x" * 501):
        wrong = await api.post(
            f"/api/pmd/action?target_sqid={site.sqid(artist)}", body | {"reason": reason}, user=moderator
        )
        assert (wrong.status, wrong.json["errors"][0]["path"]) == (422, "$.reason")
