"""Batch actions: all or nothing, as often as one likes."""

import re
from typing import Any

import pytest

from pmd_service.base.database import Pool

from ..site import Api, Site

pytestmark = pytest.mark.beside

ACTION = "/api/pmd/action"
LICENSE = "/api/pmd/license"


async def flags(pool: Pool, post_ids: list[int]) -> list[dict[str, Any]]:
    rows = await pool.fetch(
        """SELECT hidden_by_user, hidden_by_mod, deleted_by_user, deleted_by_user_date, license_id
             FROM posts WHERE id = ANY($1) ORDER BY id""",
        post_ids,
    )
    return [dict(row) for row in rows]


async def column(pool: Pool, name: str, post_ids: list[int]) -> list[Any]:
    return [row[name] for row in await flags(pool, post_ids)]


@pytest.mark.parametrize(
    ("action", "undo", "name"),
    [
        ("hide", "unhide", "hidden_by_user"),
        ("delete", "restore", "deleted_by_user"),
    ],
)
async def test_action_changes_every_selected_post_and_is_reversible(
    site: Site, api: Api, action: str, undo: str, name: str
) -> None:
    artist = await site.add_user()
    posts = await site.add_posts(artist, 4)
    chosen, other = posts[:3], posts[3:]

    done = await api.post(ACTION, {"action": action, "post_ids": chosen}, user=artist)
    assert done.status == 200, done
    assert (done.json["success"], done.json["affected_count"]) == (True, 3)
    assert await column(site.pool, name, chosen) == [True] * 3
    assert await column(site.pool, name, other) == [False]

    undone = await api.post(ACTION, {"action": undo, "post_ids": chosen}, user=artist)
    assert undone.json["affected_count"] == 3
    assert await column(site.pool, name, posts) == [False] * 4
    assert await column(site.pool, "deleted_by_user_date", posts) == [None] * 4


async def test_repeated_action_answers_the_same_and_writes_nothing(
    site: Site, api: Api, subtests: pytest.Subtests
) -> None:
    artist = await site.add_user()
    written = "SELECT array_agg(xmin::text || ctid::text ORDER BY id) FROM posts"
    for action in ("hide", "unhide", "delete", "restore"):
        with subtests.test(action):
            posts = await site.add_posts(artist, 3)
            body = {"action": action, "post_ids": posts}
            first = await api.post(ACTION, body, user=artist)
            before, when = await site.pool.fetchval(written), await column(site.pool, "deleted_by_user_date", posts)
            second = await api.post(ACTION, body, user=artist)
            assert (second.status, second.json) == (200, first.json)
            assert await site.pool.fetchval(written) == before
            assert await column(site.pool, "deleted_by_user_date", posts) == when


async def test_repeated_ids_count_once_and_at_most_128_are_allowed(site: Site, api: Api) -> None:
    artist = await site.add_user()
    posts = [
        row["id"]
        for row in await site.pool.fetch(
            "INSERT INTO posts (owner_id) SELECT $1 FROM generate_series(1, 129) RETURNING id", artist
        )
    ]
    most = await api.post(ACTION, {"action": "hide", "post_ids": posts[:128] * 3}, user=artist)
    assert (most.status, most.json["affected_count"]) == (200, 128)
    one = await api.post(ACTION, {"action": "hide", "post_ids": [posts[0]] * 200}, user=artist)
    assert one.json["affected_count"] == 1
    flood = await api.post(ACTION, {"action": "hide", "post_ids": [posts[0]] * 513}, user=artist)
    assert (flood.status, flood.json["errors"][0]["path"]) == (422, "$.post_ids")
    for path, body in ((ACTION, {"action": "hide"}), (LICENSE, {"license_id": None})):
        refused = await api.post(path, body | {"post_ids": posts}, user=artist)
        assert refused.status == 422
        assert refused.json["errors"][0]["path"] == "$.post_ids"


async def test_one_foreign_post_refuses_the_whole_action(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    for action in ("hide", "unhide", "delete", "restore", "license"):
        posts = await site.add_posts(artist, 2)
        path, body = (LICENSE, {"license_id": 1}) if action == "license" else (ACTION, {"action": action})
        for kind, wrong in {
            "unknown": 2**31 - 1,
            "somebody else's": await site.add_post(stranger),
            "a playlist": await site.add_post(artist, kind="playlist"),
            "deleted": await site.add_post(artist, deleted_by_user=True),
        }.items():
            before = await flags(site.pool, [*posts, wrong])
            with subtests.test(kind, action=action):
                answer = await api.post(path, body | {"post_ids": [posts[0], wrong, posts[1], wrong]}, user=artist)
                if kind == "deleted" and action in ("delete", "restore"):
                    assert answer.status == 200, answer  # its goal is reached, or can be
                    continue
                assert answer.status == 400, answer
                assert [fault["path"] for fault in answer.json["errors"]] == ["$.post_ids[1]"]
                assert str(wrong) in answer.json["errors"][0]["message"]
                assert await flags(site.pool, [*posts, wrong]) == before


async def test_licence_is_set_and_removed(site: Site, api: Api) -> None:
    artist = await site.add_user()
    posts = await site.add_posts(artist, 2)
    licences = (await api.get("/api/license", user=artist)).json["items"]
    assert [set(licence) for licence in licences] == [{"id", "identifier", "title", "url"}] * 7

    given = await api.post(LICENSE, {"license_id": licences[1]["id"], "post_ids": posts}, user=artist)
    assert (given.status, given.json["affected_count"]) == (200, 2)
    assert re.search(r"Changed license to (\S+)", given.json["message"])[1] == licences[1]["identifier"]  # type: ignore[index]
    listed = (await api.get("/api/pmd/posts", user=artist)).json["items"]
    assert {post["license_identifier"] for post in listed} == {licences[1]["identifier"]}

    taken = await api.post(LICENSE, {"license_id": None, "post_ids": posts}, user=artist)
    assert (taken.status, taken.json["affected_count"]) == (200, 2)
    assert taken.json["message"] == "Changed license to none for 2 posts."
    assert await column(site.pool, "license_id", posts) == [None, None]


async def test_unknown_licence_changes_nothing(site: Site, api: Api) -> None:
    artist = await site.add_user()
    posts = await site.add_posts(artist, 1)
    answer = await api.post(LICENSE, {"license_id": 4711, "post_ids": posts}, user=artist)
    assert (answer.status, answer.json["errors"][0]["path"]) == (400, "$.license_id")
    assert await column(site.pool, "license_id", posts) == [None]


async def test_moderators_hide_cannot_be_cleared_by_the_user(site: Site, api: Api) -> None:
    artist, moderator = await site.add_user(), await site.add_user("mod", roles=["user", "moderator"])
    posts = await site.add_posts(artist, 2)
    for_artist = f"{ACTION}?target_sqid={site.sqid(artist)}"

    await api.post(ACTION, {"action": "hide", "post_ids": posts[:1]}, user=artist)
    hidden = await api.post(for_artist, {"action": "hide", "post_ids": posts}, user=moderator)
    assert hidden.status == 200, hidden
    assert await column(site.pool, "hidden_by_mod", posts) == [True, True]
    assert await column(site.pool, "hidden_by_user", posts) == [True, False]

    await api.post(ACTION, {"action": "unhide", "post_ids": posts}, user=artist)
    assert await column(site.pool, "hidden_by_mod", posts) == [True, True]
    assert await column(site.pool, "hidden_by_user", posts) == [False, False]

    await api.post(ACTION, {"action": "hide", "post_ids": posts[:1]}, user=artist)
    await api.post(for_artist, {"action": "unhide", "post_ids": posts}, user=moderator)
    assert await column(site.pool, "hidden_by_mod", posts) == [False, False]
    assert await column(site.pool, "hidden_by_user", posts) == [True, False]


async def test_post_hidden_by_a_moderator_is_not_shown_as_visible(site: Site, api: Api) -> None:
    artist, moderator = await site.add_user(), await site.add_user("mod", roles=["moderator"])
    posts = await site.add_posts(artist, 3)
    for_artist = f"{ACTION}?target_sqid={site.sqid(artist)}"
    await api.post(ACTION, {"action": "hide", "post_ids": posts}, user=artist)
    await api.post(for_artist, {"action": "hide", "post_ids": posts[:1]}, user=moderator)

    some = await api.post(ACTION, {"action": "unhide", "post_ids": posts}, user=artist)
    assert some.json["message"] == "2 posts are visible again. 1 post stays hidden by a moderator."
    assert (some.json["affected_count"], some.json["still_hidden_count"]) == (3, 1)
    none = await api.post(ACTION, {"action": "unhide", "post_ids": posts[:1]}, user=artist)
    assert none.json["message"] == "1 post stays hidden by a moderator."
    await api.post(ACTION, {"action": "hide", "post_ids": posts[:2]}, user=artist)
    theirs = await api.post(for_artist, {"action": "unhide", "post_ids": posts}, user=moderator)
    assert theirs.json["message"] == "1 post is visible again. 2 posts stay hidden by the artist."
    hidden = await site.pool.fetch("SELECT id FROM posts WHERE hidden_by_user ORDER BY id")
    assert [row["id"] for row in hidden] == posts[:2]


async def test_restore_returns_the_flags_from_before_the_delete(site: Site, api: Api) -> None:
    artist, moderator = await site.add_user(), await site.add_user("mod", roles=["moderator"])
    hidden, shown = [await site.add_post(artist, hidden_by_user=flag) for flag in (True, False)]
    # A site may hide what its artists delete.
    await site.pool.execute(
        """CREATE FUNCTION hide_deleted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               NEW.hidden_by_user := NEW.hidden_by_user OR (NEW.deleted_by_user AND NOT OLD.deleted_by_user);
               RETURN NEW;
           END $$"""
    )
    await site.pool.execute(
        "CREATE TRIGGER hide_deleted BEFORE UPDATE ON public.posts FOR EACH ROW EXECUTE FUNCTION hide_deleted()"
    )
    both = [hidden, shown]
    for _ in range(2):
        await api.post(ACTION, {"action": "delete", "post_ids": both}, user=artist)
        await api.post(ACTION, {"action": "delete", "post_ids": both}, user=artist)
        assert await column(site.pool, "hidden_by_user", both) == [True, True]
        refused = await api.post(ACTION, {"action": "restore", "post_ids": [*both, 2**31 - 1]}, user=artist)
        assert refused.status == 400, "and nothing is forgotten by that"
        # What a moderator hides in the meantime stays hidden.
        await site.pool.execute("UPDATE posts SET hidden_by_mod = true WHERE id = $1", shown)
        await api.post(ACTION, {"action": "restore", "post_ids": both}, user=artist)
        assert await column(site.pool, "hidden_by_user", both) == [True, False]
        assert await column(site.pool, "hidden_by_mod", both) == [False, True]
        assert not await site.pool.fetchval("SELECT count(*) FROM deleted_posts")
    assert (await api.get("/api/auth/me", user=moderator)).status == 200


async def test_restore_ignores_flags_of_another_deletion(site: Site, api: Api) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist, hidden_by_user=True)
    await api.post(ACTION, {"action": "delete", "post_ids": [post]}, user=artist)
    # Its owner restores it in the site, shows it, and deletes it there again.
    await site.pool.execute(
        "UPDATE posts SET hidden_by_user = false, deleted_by_user_date = now() + interval '1 hour' WHERE id = $1", post
    )
    await api.post(ACTION, {"action": "restore", "post_ids": [post]}, user=artist)
    assert await column(site.pool, "hidden_by_user", [post]) == [False]


async def test_restore_of_a_reposted_artwork_is_refused_with_a_message(site: Site, api: Api) -> None:
    await site.pool.execute("CREATE UNIQUE INDEX once ON public.posts (art_url) WHERE NOT deleted_by_user")
    artist = await site.add_user()
    old, other = await site.add_posts(artist, 2)
    await api.post(ACTION, {"action": "delete", "post_ids": [old, other]}, user=artist)
    await site.add_post(artist, art_url=f"/vault/art/{old}.png")
    refused = await api.post(ACTION, {"action": "restore", "post_ids": [other, old]}, user=artist)
    assert refused.status == 409
    assert "posted again" in refused.json["detail"]
    assert await column(site.pool, "deleted_by_user", [old, other]) == [True, True]


@pytest.mark.own_tables  # it makes a view of its own
async def test_delete_keeps_flags_where_posts_is_a_view(site: Site, api: Api) -> None:
    await site.pool.execute("ALTER TABLE deleted_posts DROP CONSTRAINT deleted_posts_post_fk")
    await site.pool.execute("ALTER TABLE posts RENAME TO works")
    await site.pool.execute("CREATE VIEW posts AS SELECT * FROM works")
    artist = await site.add_user()
    post = await site.add_post(artist)
    await api.post(ACTION, {"action": "delete", "post_ids": [post]}, user=artist)
    await site.pool.execute("UPDATE works SET hidden_by_user = true")
    assert (await api.post(ACTION, {"action": "restore", "post_ids": [post]}, user=artist)).status == 200
    assert await column(site.pool, "hidden_by_user", [post]) == [False]
