"""Changes of all posts that a filter finds: progress, report, cancelling, undo, and what survives a crash."""

from typing import Any

import pytest

from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.jobs import KINDS, opened_worker, probes_of
from pmd_service.posts.bulk import requests, run
from pmd_service.posts.bulk.lifecycle import forget_old_changes
from pmd_service.posts.bulk.run import BULK_CHANGES
from pmd_service.work.context import WorkerContext
from pmd_service.work.queue import Queue
from pmd_service.work.runner import Runner

from ..conftest import WorkOff
from ..site import Api, Site

pytestmark = pytest.mark.beside

BULK = "/api/pmd/bulk-changes"


async def column(pool: Pool, name: str, posts: list[int]) -> list[Any]:
    rows = await pool.fetch(f"SELECT id, {name} AS value FROM posts WHERE id = ANY ($1)", posts)
    values = {row["id"]: row["value"] for row in rows}
    return [values[post] for post in posts]


async def request(api: Api, user: int, action: str, chosen: dict[str, Any] | None = None, **more: Any) -> Any:
    answer = await api.post(BULK, {"action": action, "filter": chosen or {}, **more}, user=user)
    assert answer.status == 202, answer
    return answer.json


async def read(api: Api, user: int, change: Any) -> Any:
    return (await api.get(f"{BULK}/{change['id']}", user=user)).json


async def undo(api: Api, user: int, change: Any) -> Any:
    answer = await api.post(f"{BULK}/{change['id']}/undo", {}, user=user)
    assert answer.status == 202, answer
    return answer.json


def counts(change: Any) -> tuple[str, int, int, int]:
    return change["status"], change["found_count"], change["changed_count"], change["skipped_count"]


async def cancelled_after_one_batch(
    api: Api, user: int, change: Any, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run a change of more than one batch, whose owner stops it meanwhile."""
    change_next = run._change_next

    async def cancel_after_first(*arguments: Any) -> int:
        count = await change_next(*arguments)
        await api.post(f"{BULK}/{change['id']}/cancel", {}, user=user)
        return count

    with monkeypatch.context() as patched:
        patched.setattr(run, "_change_next", cancel_after_first)
        await work_off()


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "BATCH", 2)


async def test_filter_hides_its_posts_and_undo_shows_them(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    sea = [await site.add_post(artist, None, hashtags=["sea"]) for _ in range(5)]
    land = [await site.add_post(artist, None, hashtags=["land"])]
    hidden = await site.add_post(artist, None, hashtags=["sea"], hidden_by_user=True)
    stranger = await site.add_post(await site.add_user("stranger"), None, hashtags=["sea"])
    change = await request(api, artist, "hide", {"q": "#sea"}, expected_count=6)
    assert counts(change) == ("pending", 6, 0, 0)
    await work_off()
    change = await read(api, artist, change)
    assert counts(change) == ("completed", 6, 5, 0)
    assert (change["progress"], change["done_count"]) == (100, 6)
    assert await column(site.pool, "hidden_by_user", [*sea, *land, hidden, stranger]) == [True] * 5 + [
        False,
        True,
        False,
    ]
    undone = await undo(api, artist, change)
    assert (undone["undo_of_id"], undone["found_count"]) == (change["id"], 5)
    assert (await undo(api, artist, change))["id"] == undone["id"]
    await work_off()
    assert counts(await read(api, artist, undone)) == ("completed", 5, 5, 0)
    assert await column(site.pool, "hidden_by_user", [*sea, hidden]) == [False] * 5 + [True]
    page = (await api.get(BULK, user=artist)).json
    assert [each["id"] for each in page["items"]] == [undone["id"], change["id"]]
    assert (await api.post(f"{BULK}/{undone['id']}/undo", {}, user=artist)).status == 409


async def test_licence_is_set_and_brought_back_where_unchanged(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    posts = [await site.add_post(artist, None, license_id=license_id) for license_id in (1, 2, None, 3)]
    change = await request(api, artist, "license", license_id=2)
    await work_off()
    assert counts(await read(api, artist, change)) == ("completed", 4, 3, 0)
    assert await column(site.pool, "license_id", posts) == [2] * 4
    await site.pool.execute("UPDATE posts SET license_id = 5 WHERE id = $1", posts[0])
    undone = await undo(api, artist, change)
    await work_off()
    assert counts(await read(api, artist, undone)) == ("completed", 3, 2, 1)
    assert await column(site.pool, "license_id", posts) == [5, 2, None, 3]
    report = (await api.get(f"{BULK}/{undone['id']}/skipped", user=artist)).json
    assert report == {"items": [{"post_id": posts[0], "reason": "changed_since"}], "next_cursor": None}


async def test_licence_is_removed_by_null(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist, None, license_id=2)
    await request(api, artist, "license", license_id=None)
    await work_off()
    assert await column(site.pool, "license_id", [post]) == [None]


async def test_hashtags_are_added_and_brought_back(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    full = [f"tag{n}" for n in range(64)]
    tags = [["sea", "old"], [], full, ["new"], ["hill"]]
    posts = [await site.add_post(artist, None, hashtags=each) for each in tags]
    change = await request(api, artist, "hashtags", add_hashtags=["#New"], remove_hashtags=["old"])
    await work_off()
    change = await read(api, artist, change)
    assert counts(change) == ("completed", 5, 3, 1)
    assert await column(site.pool, "hashtags", posts) == [["sea", "new"], ["new"], full, ["new"], ["hill", "new"]]
    report = (await api.get(f"{BULK}/{change['id']}/skipped", user=artist)).json
    assert report["items"] == [{"post_id": posts[2], "reason": "too_many_hashtags"}]
    tags[4] = ["hill", "new", "later"]
    await site.pool.execute("UPDATE posts SET hashtags = $2 WHERE id = $1", posts[4], tags[4])
    undone = await undo(api, artist, change)
    await work_off()
    assert await column(site.pool, "hashtags", posts) == tags
    report = (await api.get(f"{BULK}/{undone['id']}/skipped", user=artist)).json
    assert report["items"] == [{"post_id": posts[4], "reason": "changed_since"}]


async def test_details_are_set_and_brought_back(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    posts = [await site.add_post(artist, None) for _ in range(4)]
    own = {"alt_text": "A lamp.", "content_warnings": ["Flashing"], "ai_disclosure": "assisted", "ai_opt_out": False}
    await api.post("/api/pmd/edit", {"post_ids": posts[:1], "set": own}, user=artist)

    async def details(post: int) -> dict[str, Any]:
        found = (await api.get(f"/api/pmd/posts/{post}", user=artist)).json
        return {name: found[name] for name in own}

    bare = await details(posts[1])
    given: dict[str, Any] = {"alt_text": " One of a series. ", "content_warnings": ["Spiders"], "ai_opt_out": True}
    change = await request(api, artist, "details", **given)
    await work_off()
    assert counts(await read(api, artist, change)) == ("completed", 4, 4, 0)
    wanted = bare | given | {"alt_text": "One of a series."}
    assert await details(posts[0]) == own | {"content_warnings": ["Spiders"], "ai_opt_out": True}
    assert [await details(post) for post in posts[1:]] == [wanted] * 3
    again = await request(api, artist, "details", **given)
    await work_off()
    assert counts(await read(api, artist, again)) == ("completed", 4, 0, 0)
    await api.post("/api/pmd/edit", {"post_ids": posts[3:], "set": {"alt_text": "Mine."}}, user=artist)
    undone = await undo(api, artist, change)
    await work_off()
    assert counts(await read(api, artist, undone)) == ("completed", 4, 3, 1)
    assert [await details(post) for post in posts] == [own, bare, bare, wanted | {"alt_text": "Mine."}]
    report = (await api.get(f"{BULK}/{undone['id']}/skipped", user=artist)).json
    assert report["items"] == [{"post_id": posts[3], "reason": "changed_since"}]


async def test_details_are_for_their_action_only(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    for body, path in (
        ({"action": "details"}, "$.action"),
        ({"action": "hide", "ai_opt_out": True}, "$.action"),
        ({"action": "details", "alt_text": " "}, "$.alt_text"),
        ({"action": "details", "content_warnings": ["\u200b"]}, "$.content_warnings[0]"),
        ({"action": "details", "ai_disclosure": "never"}, "$.ai_disclosure"),
        ({"action": "details", "alt_text": None}, "$.alt_text"),
    ):
        with subtests.test(body=body):
            answer = await api.post(BULK, {"filter": {}, **body}, user=artist)
            assert (answer.status, answer.json["errors"][0]["path"]) == (422, path)


async def test_posts_are_deleted_and_restored_with_their_flags(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    posts = [await site.add_post(artist, None, hidden_by_user=number == 1) for number in range(3)]
    change = await request(api, artist, "delete")
    await work_off()
    assert await column(site.pool, "deleted_by_user", posts) == [True] * 3
    await undo(api, artist, change)
    await work_off()
    assert await column(site.pool, "deleted_by_user", posts) == [False] * 3
    assert await column(site.pool, "hidden_by_user", posts) == [False, True, False]


async def test_posts_that_are_deleted_meanwhile_are_reported(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    posts = [await site.add_post(artist, None) for _ in range(7)]
    change = await request(api, artist, "hide")
    later = await site.add_post(artist, None)
    await site.pool.execute("UPDATE posts SET deleted_by_user = true WHERE id = ANY ($1)", [posts[0], posts[6]])
    await work_off()
    assert counts(await read(api, artist, change)) == ("completed", 7, 5, 2)
    report = f"{BULK}/{change['id']}/skipped"
    first = (await api.get(report, user=artist)).json
    assert first["items"] == [{"post_id": posts[0], "reason": "deleted"}]
    last = (await api.get(f"{report}?cursor={first['next_cursor']}", user=artist)).json
    assert last == {"items": [{"post_id": posts[6], "reason": "deleted"}], "next_cursor": None}
    assert await column(site.pool, "hidden_by_user", [later]) == [False]


async def test_cancelled_change_keeps_what_is_done_and_is_undone(
    site: Site, api: Api, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist = await site.add_user()
    posts = [await site.add_post(artist, None) for _ in range(6)]
    change = await request(api, artist, "hide")
    await cancelled_after_one_batch(api, artist, change, work_off, monkeypatch)
    assert counts(await read(api, artist, change)) == ("cancelled", 6, 2, 0)
    assert await column(site.pool, "hidden_by_user", posts) == [True, True] + [False] * 4
    assert (await api.post(f"{BULK}/{change['id']}/cancel", {}, user=artist)).status == 409
    await undo(api, artist, change)
    await work_off()
    assert await column(site.pool, "hidden_by_user", posts) == [False] * 6


async def test_an_undo_that_was_stopped_goes_on(
    site: Site, api: Api, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist = await site.add_user()
    posts = [await site.add_post(artist, None, license_id=1) for _ in range(6)]
    change = await request(api, artist, "license", license_id=2)
    await work_off()
    undone = await undo(api, artist, change)
    await cancelled_after_one_batch(api, artist, undone, work_off, monkeypatch)
    assert counts(await read(api, artist, undone)) == ("cancelled", 6, 2, 0)
    assert await column(site.pool, "license_id", posts) == [1, 1, 2, 2, 2, 2]
    again = await undo(api, artist, change)
    assert (again["id"], again["status"], again["done_count"]) == (undone["id"], "pending", 2)
    assert (await undo(api, artist, change))["id"] == undone["id"]
    await work_off()
    assert counts(await read(api, artist, undone)) == ("completed", 6, 6, 0)
    assert await column(site.pool, "license_id", posts) == [1] * 6
    assert (await undo(api, artist, change))["status"] == "completed"


async def test_an_undo_repeats_what_it_had_to_skip(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    posts = [await site.add_post(artist, None, license_id=license_id) for license_id in (1, 1, 3, 3)]
    change = await request(api, artist, "license", license_id=2)
    await work_off()
    await site.pool.execute("UPDATE posts SET license_id = 5 WHERE id = ANY ($1)", posts[1:])
    undone = await undo(api, artist, change)
    await work_off()
    assert counts(await read(api, artist, undone)) == ("completed", 4, 1, 3)
    await site.pool.execute("UPDATE posts SET license_id = 2 WHERE id = ANY ($1)", posts[2:])
    again = await undo(api, artist, change)
    assert (again["id"], again["done_count"], counts(again)) == (undone["id"], 1, ("pending", 4, 1, 0))
    await work_off()
    assert counts(await read(api, artist, undone)) == ("completed", 4, 3, 1)
    assert await column(site.pool, "license_id", posts) == [1, 5, 3, 3]
    report = (await api.get(f"{BULK}/{undone['id']}/skipped", user=artist)).json
    assert report["items"] == [{"post_id": posts[1], "reason": "changed_since"}]


async def test_change_being_undone_is_neither_forgotten_nor_restarted(
    site: Site, api: Api, work_off: WorkOff, worker: WorkerContext
) -> None:
    artist, pool = await site.add_user(), site.pool
    await site.add_post(artist, None)
    change = await request(api, artist, "hide")
    await work_off()
    await undo(api, artist, change)
    await pool.execute("UPDATE bulk_change SET completed_at = now() - interval '1 year' WHERE undo_of IS NULL")
    await forget_old_changes(worker)
    assert await pool.fetchval("SELECT count(*) FROM bulk_change") == 2
    await pool.execute("UPDATE bulk_change SET status = 'failed', error_message = 'Lost.' WHERE undo_of IS NULL")
    assert await pool.fetchrow(BULK_CHANGES.restart, change["id"]) is None
    await work_off()
    await forget_old_changes(worker)
    assert await pool.fetchval("SELECT count(*) FROM bulk_change") == 0


async def test_next_attempt_goes_on_after_the_last_batch(
    site: Site, api: Api, settings: Settings, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist = await site.add_user()
    posts = [await site.add_post(artist, None, license_id=3) for _ in range(5)]
    change = await request(api, artist, "license", license_id=2)
    change_next, calls = run._change_next, 0

    async def fail_once(*arguments: Any) -> int:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError("lost")
        return await change_next(*arguments)

    monkeypatch.setattr(run, "_change_next", fail_once)
    await work_off()
    await site.pool.execute("UPDATE work SET due_at = now()")
    async with opened_worker(settings) as worker:
        kind = next(kind for kind in KINDS if kind.queue is Queue.POSTS)
        runner = Runner(worker, KINDS, probes=probes_of(worker))
        await runner.run_due(kind)
        await runner.aclose()
    assert counts(await read(api, artist, change)) == ("completed", 5, 5, 0)
    await undo(api, artist, change)
    await work_off()
    assert await column(site.pool, "license_id", posts) == [3] * 5


async def test_moderator_hides_by_filter_and_artist_cannot_undo_it(site: Site, api: Api, work_off: WorkOff) -> None:
    artist, moderator = await site.add_user(), await site.add_user("mod", roles=["moderator"])
    posts = [await site.add_post(artist, None, hidden_by_user=number == 0) for number in range(3)]
    target = {"target_sqid": site.sqid(artist)}
    body = {"action": "hide", "filter": {}, "reason": "Shows a brand."}
    change = (await api.post(BULK, body, user=moderator, params=target)).json
    await work_off()
    assert await column(site.pool, "hidden_by_mod", posts) == [True] * 3
    assert [each["reason"] for each in (await api.get("/api/pmd/hides", user=artist)).json["items"]] == [
        "Shows a brand."
    ] * 3
    assert (await api.post(f"{BULK}/{change['id']}/undo", {}, user=artist)).status == 409
    assert (await api.post(f"{BULK}/{change['id']}/undo", {}, user=moderator, params=target)).status == 202
    await work_off()
    assert await column(site.pool, "hidden_by_mod", posts) == [False] * 3
    assert await column(site.pool, "hidden_by_user", posts) == [True, False, False]
    trail = (await api.get("/api/pmd/audit", user=moderator)).json["items"]
    assert {post_id for entry in trail if entry["action"] == "hide" for post_id in entry["post_ids"]} == {*posts}


async def test_repeated_request_answers_with_the_same_change(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await site.add_post(artist, None)
    body = {"action": "hide", "filter": {"q": "sea"}}
    headers = {"Idempotency-Key": "once"}
    first, again = [(await api.post(BULK, body, user=artist, headers=headers)).json for _ in range(2)]
    assert first == again
    other = await api.post(BULK, body | {"action": "unhide"}, user=artist, headers=headers)
    assert other.status == 422


INVALID: list[tuple[dict[str, Any], int]] = [
    ({"action": "hide", "filter": {}, "expected_count": 2}, 409),
    ({"action": "license", "filter": {}}, 422),
    ({"action": "license", "filter": {}, "license_id": 999}, 422),
    ({"action": "hide", "filter": {}, "license_id": 2}, 422),
    ({"action": "hashtags", "filter": {}}, 422),
    ({"action": "hashtags", "filter": {}, "add_hashtags": ["not a tag"]}, 422),
    ({"action": "hide", "filter": {"q": "views>many"}}, 422),
    ({"action": "hide", "filter": {"colour": "red"}}, 422),
    ({"action": "hide", "filter": {"since": "2026-13-01T00:00:00Z"}}, 422),
    ({"action": "undo", "filter": {}}, 422),
    ({"action": "hide", "filter": {}, "reason": "Why"}, 422),
]


async def test_invalid_bulk_change_is_refused(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    await site.add_post(artist, None)
    for body, status in INVALID:
        with subtests.test(body=body):
            answer = await api.post(BULK, body, user=artist)
            assert answer.status == status, answer
            assert (await api.get(BULK, user=artist)).json["items"] == []


async def test_changes_that_may_wait_are_limited(site: Site, api: Api) -> None:
    artist = await site.add_user()
    for _ in range(requests.MAX_WAITING):
        await request(api, artist, "hide")
    assert (await api.post(BULK, {"action": "hide", "filter": {}}, user=artist)).status == 429


async def test_removed_licence_fails_the_change_in_a_sentence(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    await site.add_post(artist, None)
    await site.pool.execute("INSERT INTO licenses (identifier, title) VALUES ('X', 'X')")
    license_id = await site.pool.fetchval("SELECT id FROM licenses WHERE identifier = 'X'")
    change = await request(api, artist, "license", license_id=license_id)
    await site.pool.execute("DELETE FROM licenses WHERE id = $1", license_id)
    await work_off()
    change = await read(api, artist, change)
    assert (change["status"], change["error_message"]) == ("failed", "The licence has been removed meanwhile.")
