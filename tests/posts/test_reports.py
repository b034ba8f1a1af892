"""Reports of posts: by people who see them, once each, to moderators who settle them."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from pmd_service.posts import reports

from ..plans import watched
from ..site import Answer, Api, Site

LIST = "/api/pmd/post-reports"


class People:
    def __init__(self, site: Site, api: Api, artist: int, reader: int, moderator: int, post: int) -> None:
        self.site, self.api = site, api
        self.artist, self.reader, self.moderator, self.post = artist, reader, moderator, post

    async def report(self, post: int, reason: str = "It flashes.", *, user: int | None = None) -> Answer:
        return await self.api.post(f"/api/pmd/posts/{post}/reports", {"reason": reason}, user=user or self.reader)

    async def waiting(self, **params: Any) -> list[dict[str, Any]]:
        answer = await self.api.get(LIST, user=self.moderator, params=params)
        assert answer.status == 200, answer
        items: list[dict[str, Any]] = answer.json["items"]
        return items

    async def settle(self, *ids: int, outcome: str = "acted", **params: str) -> Answer:
        body = {"report_ids": ids, "outcome": outcome}
        return await self.api.post(f"{LIST}/settle", body, user=self.moderator, params=params)


@pytest.fixture
async def people(site: Site, api: Api) -> People:
    artist, reader = await site.add_user("artist"), await site.add_user("reader")
    moderator = await site.add_user("mira", roles=["moderator"])
    return People(site, api, artist, reader, moderator, await site.add_post(artist, title="Strobe"))


@pytest.mark.own_tables
async def test_report_reaches_moderators_who_settle_it(people: People) -> None:
    made = await people.report(people.post)
    assert (made.status, made.json["reason"]) == (201, "It flashes.")
    (report,) = await people.waiting()
    assert (report["post_id"], report["post_title"], report["reason"]) == (people.post, "Strobe", "It flashes.")
    assert (report["artist_handle"], report["reporter_handle"]) == ("artist", "reader")
    assert (await people.settle(report["id"])).json == {"settled_count": 1}
    assert (await people.settle(report["id"], outcome="dismissed")).json == {"settled_count": 0}
    assert await people.waiting() == []
    (settled,) = await people.waiting(settled=1)
    assert (settled["outcome"], settled["settled_at"] is None) == ("acted", False)


@pytest.mark.own_tables
async def test_one_report_of_each_user_about_a_post(people: People) -> None:
    answers = await asyncio.gather(*(people.report(people.post, f"Reason {n}.") for n in range(4)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert len(await people.waiting()) == 1
    other = await people.site.add_user("other")
    await people.report(people.post, user=other)
    assert len(await people.waiting()) == 2


@pytest.mark.own_tables
async def test_only_what_visitors_see_can_be_reported(people: People) -> None:
    hidden = await people.site.add_post(people.artist, hidden_by_user=True)
    deleted = await people.site.add_post(people.artist, deleted_by_user=True)
    playlist = await people.site.add_post(people.artist, kind="playlist")
    for post in (hidden, deleted, playlist, 2**31 - 1):
        assert (await people.report(post)).status == 404
    for reason in ("", " ", "x" * 501):
        assert (await people.report(people.post, reason)).status == 422
    assert await people.waiting() == []


@pytest.mark.own_tables
async def test_reports_of_a_day_are_limited(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "DAILY_LIMIT", 2)
    posts = [await people.site.add_post(people.artist) for _ in range(3)]
    assert [(await people.report(post)).status for post in posts] == [201, 201, 429]
    assert (await people.report(posts[0])).status == 201, "it is there already"
    await people.site.pool.execute("UPDATE post_report SET created_at = now() - interval '25 hours'")
    assert (await people.report(posts[2])).status == 201


@pytest.mark.own_tables
async def test_moderators_list_and_settle_reports_of_one_artist(people: People) -> None:
    other = await people.site.add_user("other")
    theirs = await people.site.add_post(other)
    for post in (people.post, theirs):
        await people.report(post)
    target = {"target_sqid": people.site.sqid(other)}
    (about,) = await people.waiting(**target)
    assert about["post_id"] == theirs
    (mine,) = [each for each in await people.waiting() if each["post_id"] == people.post]
    assert (await people.settle(mine["id"], **target)).json == {"settled_count": 0}
    for user in (people.artist, people.reader):
        assert (await people.api.get(LIST, user=user)).status == 403


@pytest.mark.own_tables
async def test_reports_are_read_in_pages(people: People) -> None:
    posts = [await people.site.add_post(people.artist) for _ in range(3)]
    for post in posts:
        await people.report(post)
    first = (await people.api.get(LIST, user=people.moderator, params={"limit": 2})).json
    rest = (await people.api.get(LIST, user=people.moderator, params={"limit": 2, "cursor": first["next_cursor"]})).json
    assert [each["post_id"] for each in (*first["items"], *rest["items"])] == posts[::-1]
    assert rest["next_cursor"] is None


@pytest.mark.own_tables
async def test_search_finds_reported_posts_for_moderators_only(people: People) -> None:
    warned = await people.site.add_post(people.artist, title="Calm")
    details = {"post_ids": [warned], "set": {"content_warnings": ["Flashing"]}}
    assert (await people.api.post("/api/pmd/edit", details, user=people.artist)).status == 200
    await people.report(people.post)
    target = {"target_sqid": people.site.sqid(people.artist)}

    async def found(q: str, path: str = "") -> Any:
        answer = await people.api.get(f"/api/pmd/posts{path}", user=people.moderator, params=target | {"q": q})
        assert answer.status == 200, answer
        return answer.json["total_count"] if path else [each["id"] for each in answer.json["items"]]

    assert await found("reported:yes") == [people.post]
    assert await found("reported:no") == [warned]
    assert await found("warning:none") == [people.post]
    assert await found("reported:yes", "/count") == 1
    (report,) = await people.waiting()
    await people.settle(report["id"], outcome="dismissed")
    assert await found("reported:yes") == []
    # For their artist it is no name of a condition: nobody learns from it that somebody has reported something.
    own = await people.api.get("/api/pmd/posts", user=people.artist, params={"q": "reported:yes"})
    assert (own.status, own.json["items"]) == (200, [])


@pytest.mark.beside
async def test_a_site_takes_reports_itself(people: People, original: bool) -> None:
    answer = await people.report(people.post)
    assert answer.status == (409 if original else 201)
    assert len(await people.waiting()) == (0 if original else 1)


@pytest.mark.own_tables
async def test_lists_of_reports_and_the_days_limit_use_indexes(people: People) -> None:
    pool = people.site.pool
    await pool.execute(
        """INSERT INTO posts (owner_id, title) SELECT $1, 'Lamp ' || n FROM generate_series(1, 3000) AS n""",
        people.artist,
    )
    await pool.execute(
        """INSERT INTO post_report (post_id, owner_id, user_id, reason, created_at, settled_at, outcome)
           SELECT id, owner_id, $1, 'No.', now() - interval '2 days', CASE WHEN id % 2 = 0 THEN now() END,
                  CASE WHEN id % 2 = 0 THEN 'acted' END FROM posts""",
        people.reader,
    )
    await pool.execute("ANALYZE")
    for is_settled in (0, 1):
        async with watched(pool) as watching:
            values = (None, datetime(2100, 1, 1, tzinfo=UTC), 0, 10, is_settled)
            assert len(await watching.connection.fetch(reports._LIST, *values)) == 10
            assert (await watching.plan()).rows_read("post_report") <= 20
    async with watched(pool) as watching:
        assert await watching.connection.fetchval(reports._TAKEN, people.reader) == 0
        assert (await watching.plan()).rows_read("post_report") <= 10
