"""An artist's numbers by day: each visit once, added up after its day, and nobody else's."""

import asyncio
import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from pmd_service.sharing.visits import SLOTS, add_up_visits

from ..packs.conftest import artist
from ..plans import watched
from ..sharing.conftest import Shelf, shelf
from ..site import Api, Site

__all__ = ["artist", "shelf"]

INSIGHTS = "/api/pmd/insights"
NUMBERS = ("view_count", "download_count", "reaction_count", "comment_count")


async def days(api: Api, user: int, **params: Any) -> list[dict[str, Any]]:
    answer = await api.get(INSIGHTS, user=user, params=params)
    assert answer.status == 200, answer
    items: list[dict[str, Any]] = answer.json["items"]
    return items


async def most(api: Api, user: int, by: str, **params: Any) -> list[tuple[Any, ...]]:
    answer = await api.get(f"{INSIGHTS}/most", user=user, params={"by": by, **params})
    assert answer.status == 200, answer
    return [(each["subject_id"], each["title"], *(each[name] for name in NUMBERS)) for each in answer.json["items"]]


def numbers(day: dict[str, Any]) -> tuple[int, ...]:
    return tuple(day[name] for name in NUMBERS)


async def test_visits_are_counted_by_day_link_and_pack(shelf: Shelf, site: Site, api: Api) -> None:
    user = shelf.artist.user
    first, second = await shelf.link(), await shelf.link()
    await shelf.download(first)
    await asyncio.gather(*(shelf.visit(first) for _ in range(6)), *(shelf.visit(second) for _ in range(2)))
    await shelf.visit(first, method="HEAD")
    *before, today = await days(api, user)
    assert (len(before), {numbers(day) for day in before}) == (29, {(0, 0, 0, 0)})
    assert (today["day"], numbers(today)) == (datetime.now(UTC).date().isoformat(), (8, 1, 0, 0))
    assert [each[0] for each in await most(api, user, "link")] == [first["id"], second["id"]]
    assert await most(api, user, "pack") == [(shelf.pack, "Dragons", 8, 1, 0, 0)]
    assert {link["id"]: (link["view_count"], link["download_count"]) for link in await shelf.links()} == {
        first["id"]: (6, 1),
        second["id"]: (2, 0),
    }
    stranger = await site.add_user("stranger")
    assert {numbers(day) for day in await days(api, stranger)} == {(0, 0, 0, 0)}
    assert [await most(api, stranger, by) for by in ("post", "pack", "link", "series")] == [[], [], [], []]


async def test_days_that_have_passed_are_added_up_once(shelf: Shelf, site: Site, api: Api) -> None:
    async def seen() -> list[tuple[int, int]]:
        return [(each["view_count"], each["download_count"]) for each in await shelf.links()]

    user, link = shelf.artist.user, await shelf.link()
    await asyncio.gather(*(shelf.visit(link) for _ in range(20)), shelf.download(link))
    assert 1 < await site.pool.fetchval("SELECT count(*) FROM visits") <= SLOTS
    assert await add_up_visits(site.pool) == 0, "today goes on"
    await site.pool.execute("UPDATE visits SET day = day - 1")
    await asyncio.gather(add_up_visits(site.pool), add_up_visits(site.pool), *(shelf.visit(link) for _ in range(5)))
    await add_up_visits(site.pool)
    assert await site.pool.fetchval("SELECT (view_count, download_count) FROM share_link") == (20, 1)
    assert [numbers(day)[:2] for day in (await days(api, user))[-2:]] == [(20, 1), (5, 0)]
    assert await seen() == [(25, 1)]
    # A visit that is committed late comes to the day's sum, too.
    await site.pool.execute("UPDATE visits SET day = day - 1 WHERE slot > 0")
    await add_up_visits(site.pool)
    rows = await site.pool.fetch("SELECT slot, view_count, download_count FROM visits")
    assert [tuple(row) for row in rows] == [(0, 25, 1)]
    assert await seen() == [(25, 1)]
    await site.pool.execute("UPDATE visits SET day = day - 400")
    await add_up_visits(site.pool)
    assert await site.pool.fetchval("SELECT count(*) FROM visits") == 0
    # A series that has the link's id is something else.
    await site.pool.execute(
        """INSERT INTO visits (user_id, day, subject, subject_id, slot, view_count, download_count)
           VALUES ($1, (now() AT TIME ZONE 'UTC')::date - 1, 'series', $2, 1, 7, 0)""",
        user,
        link["id"],
    )
    assert await add_up_visits(site.pool) == 1
    assert await seen() == [(25, 1)]


async def test_numbers_of_a_removed_link_stay_its_packs(shelf: Shelf, site: Site, api: Api) -> None:
    link = await shelf.link()
    await shelf.visit(link)
    await site.pool.execute("DELETE FROM share_link")
    assert await most(api, shelf.artist.user, "link") == [(link["id"], None, 1, 0, 0, 0)]
    assert await most(api, shelf.artist.user, "pack") == [(shelf.pack, "Dragons", 1, 0, 0, 0)]


async def test_series_pages_are_counted(site: Site, api: Api) -> None:
    user = await site.add_user()
    series = (await api.post("/api/pmd/series", {"name": "Forest"}, user=user)).json["id"]
    assert (await api.post("/api/pmd/series", {"name": "Nobody's visited"}, user=user)).status == 201
    for method in ("GET", "GET", "HEAD"):
        assert (await api.call(method, f"/u/{site.sqid(user)}/series/{series}")).status == 200
    assert await most(api, user, "series") == [(series, "Forest", 2, 0, 0, 0)]
    assert [await most(api, user, by) for by in ("post", "pack", "link")] == [[], [], []]


@pytest.mark.beside
async def test_reactions_and_comments_are_counted_by_their_times(site: Site, api: Api) -> None:
    user = await site.add_user()
    loud, quiet, gone = [await site.add_post(user, None, title=title) for title in ("Loud", "Quiet", "Gone")]
    for post, count in ((loud, 3), (quiet, 1), (gone, 2)):
        await site.add_reactions(post, "🔥", count)
    last_second = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)
    await site.pool.execute("UPDATE reactions SET created_at = $1", last_second)
    await site.add_comment(loud, created_at=last_second + timedelta(seconds=1))
    await site.add_comment(loud, created_at=last_second, hidden_by_mod=True)
    await site.pool.execute("UPDATE posts SET deleted_by_user = true WHERE id = $1", gone)
    period = {"since": "2026-03-01", "until": "2026-03-02"}
    assert [numbers(day) for day in await days(api, user, **period)] == [(0, 0, 4, 0), (0, 0, 0, 1)]
    assert await most(api, user, "post", **period) == [(loud, "Loud", 0, 0, 3, 1), (quiet, "Quiet", 0, 0, 1, 0)]
    assert await most(api, user, "post", since="2026-03-02", until="2026-03-02") == [(loud, "Loud", 0, 0, 0, 1)]


async def test_most_is_read_in_pages(site: Site, api: Api) -> None:
    user = await site.add_user()
    posts = [await site.add_post(user, None) for _ in range(5)]
    for number, post in enumerate(posts):
        await site.add_reactions(post, "🔥", 1 + number // 2)
    found, cursor = [], None
    while True:
        params = {"by": "post", "limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await api.get(f"{INSIGHTS}/most", user=user, params=params)).json
        found += [each["subject_id"] for each in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert found == [posts[4], posts[3], posts[2], posts[1], posts[0]]


async def test_periods_are_of_1_to_400_days(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    user = await site.add_user()
    for since, until, count in (
        ("2026-01-01", "2026-01-01", 1),
        ("2025-01-01", "2026-02-04", 400),
        ("2025-01-01", "2026-02-05", None),
        ("2026-01-02", "2026-01-01", None),
        ("1970-01-01", "1970-01-02", 2),
        ("9999-12-29", "9999-12-30", 2),
        ("0001-01-01", "0001-01-02", None),
        ("9999-12-30", "9999-12-31", None),
    ):
        with subtests.test(since=since, until=until):
            answer = await api.get(INSIGHTS, user=user, params={"since": since, "until": until})
            assert (answer.status == 200, len(answer.json.get("items", ()))) == (count is not None, count or 0)
            by = await api.get(f"{INSIGHTS}/most", user=user, params={"since": since, "until": until})
            assert by.status == answer.status
    for text in ("2026-02-30", "20260101", "x", ""):
        assert (await api.get(INSIGHTS, user=user, params={"since": text})).status == 422
    for day, status in (("0001-01-01", 422), ("1970-01-01", 200), ("9999-12-31", 422)):
        assert (await api.get(INSIGHTS, user=user, params={"until": day})).status == status


async def test_period_is_written_as_csv(site: Site, api: Api) -> None:
    user = await site.add_user()
    post = await site.add_post(user, None, title='=HYPERLINK("x")')
    await site.add_reactions(post, "🔥", 2)
    answer = await api.get(f"{INSIGHTS}.csv", user=user, params={"by": "post"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="insights-by-post.csv"'
    heading, row = csv.reader(io.StringIO(answer.body.decode("utf-8-sig")))
    assert heading == ["id", "title", *NUMBERS, "total_view_count"]
    assert row == [str(post), '\'=HYPERLINK("x")', "0", "0", "2", "0", "0"]
    rows = [*csv.DictReader(io.StringIO((await api.get(f"{INSIGHTS}.csv", user=user)).body.decode("utf-8-sig")))]
    assert (len(rows), date.fromisoformat(rows[-1]["day"]), rows[-1]["reaction_count"]) == (
        30,
        datetime.now(UTC).date(),
        "2",
    )


async def test_visits_of_a_period_are_found_by_an_index(site: Site, api: Api) -> None:
    user, *_ = [await site.add_user(f"artist{number}") for number in range(10)]
    await site.pool.execute(
        """INSERT INTO visits (user_id, day, subject, subject_id, slot, view_count, download_count)
           SELECT (SELECT min(id) FROM users) + each % 10, current_date - each / 100, 'link', each, 0, 1, 0
             FROM generate_series(1, 20000) AS each"""
    )
    await site.pool.execute("ANALYZE")
    async with watched(site.pool) as watching:
        await watching.connection.fetch(
            "SELECT sum(view_count) FROM visits WHERE user_id = $1 AND day >= current_date - 6", user
        )
        assert (await watching.plan()).rows_read("visits") <= 1000
    assert sum(day["view_count"] for day in await days(api, user)) > 0
