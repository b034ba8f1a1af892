"""The schedule: free days by the rule, days by hand, a queue that pauses, and the calendar."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ..locks import waits_for_a_lock
from ..site import Api, Site
from .conftest import DRAFTS, Desk, moment

pytestmark = pytest.mark.own_tables  # a site's posts are not made from here

EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
BERLIN = {"is_on": True, "weekdays": EVERY_DAY, "times": ["18:00"], "time_zone": "Europe/Berlin"}


async def due(desk: Desk) -> dict[int, datetime]:
    return {draft["id"]: moment(draft["due_at"]) for draft in await desk.drafts(status="scheduled", sort="due")}


async def test_ready_drafts_take_the_free_days_in_order(desk: Desk, api: Api) -> None:
    await desk.rule(**BERLIN)
    first, second, third = await desk.add(3)
    await desk.patch([{"id": second, "fields": {"alt_text": None}}])
    plan = (await api.get("/api/pmd/publishing/plan", user=desk.user)).json
    answer = (await desk.post("/schedule")).json
    assert (answer["scheduled_count"], answer["message"]) == (2, "2 drafts are scheduled. 1 is not ready.")
    outcomes = {each["id"]: each["outcome"] for each in answer["items"]}
    assert outcomes == {first: "scheduled", second: "not_ready", third: "scheduled"}
    assert [problem["code"] for problem in answer["items"][1]["problems"]] == ["no_alt_text"]
    none = (await desk.post("/schedule", draft_ids=[second])).json
    assert (none["scheduled_count"], none["message"]) == (0, "No draft is scheduled. 1 is not ready.")
    days = await due(desk)
    assert list(days) == [first, third]
    assert days[third] - days[first] in (timedelta(hours=23), timedelta(days=1), timedelta(hours=25))
    assert [(each["draft_id"], moment(each["at"])) for each in plan["drafts"]] == [*days.items()]
    assert (moment(plan["first_at"]), moment(plan["last_at"])) == (days[first], days[third])


async def test_day_by_hand_stays_and_the_rule_goes_round_it(desk: Desk) -> None:
    await desk.rule(**BERLIN)
    by_hand, *others = await desk.add(3)
    at = datetime.now(UTC) + timedelta(days=2)
    answer = await desk.post("/schedule", draft_ids=[by_hand], at=at.isoformat())
    assert answer.json["items"][0]["outcome"] == "scheduled"
    await desk.post("/schedule")
    days = await due(desk)
    assert days[by_hand] == at
    assert len({each.astimezone(ZoneInfo("Europe/Berlin")).date() for each in days.values()}) == 3
    await desk.rule(times=["07:30"])
    moved = await due(desk)
    assert moved[by_hand] == at
    assert all(moved[each] != days[each] for each in others)
    assert [each for each in moved if each != by_hand] == others


async def test_day_of_what_was_published_by_hand_is_left_free(desk: Desk, site: Site, api: Api) -> None:
    await desk.rule(**BERLIN)
    published, waiting = await desk.add(2)
    plan = (await api.get("/api/pmd/publishing/plan", user=desk.user)).json
    day = moment(plan["first_at"])
    await site.pool.execute(
        """UPDATE draft SET status = 'published', due_at = $2, published_at = $2, is_placed_by_hand = true, post_id = $3
            WHERE id = $1""",
        published,
        day,
        await site.add_post(desk.user),
    )
    await desk.post("/schedule")
    assert (await due(desk))[waiting] - day >= timedelta(hours=23)


async def test_drafts_move_to_a_day_and_keep_their_time(desk: Desk) -> None:
    await desk.rule(**BERLIN | {"times": ["09:15", "18:00"]})
    (draft_id,) = await desk.add()
    day = (datetime.now(UTC) + timedelta(days=9)).date()
    await desk.post("/schedule", draft_ids=[draft_id], day=day.isoformat())
    draft = await desk.draft(draft_id)
    assert draft["is_placed_by_hand"]
    (at,) = (await due(desk)).values()
    berlin = at.astimezone(ZoneInfo("Europe/Berlin"))
    assert (berlin.date(), f"{berlin:%H:%M}") == (day, "09:15")
    await desk.post("/schedule", draft_ids=[draft_id], at=(at + timedelta(minutes=7)).isoformat())
    await desk.post("/schedule", draft_ids=[draft_id], day=(day + timedelta(days=1)).isoformat())
    (at,) = (await due(desk)).values()
    berlin = at.astimezone(ZoneInfo("Europe/Berlin"))
    assert (berlin.date(), f"{berlin:%H:%M}") == (day + timedelta(days=1), "09:22")


async def test_series_go_in_turn_where_the_rule_says_so(desk: Desk, api: Api) -> None:
    await desk.rule(**BERLIN | {"in_turn": "series"})
    drafts = await desk.add(5)
    for name, members in (("Forest", drafts[:3]), ("Shop", drafts[3:])):
        made = await api.post("/api/pmd/series", {"name": name}, user=desk.user)
        await desk.patch([{"id": each, "fields": {"series_id": made.json["id"]}} for each in members])
    await desk.post("/schedule")
    assert list(await due(desk)) == [drafts[each] for each in (0, 3, 1, 4, 2)]


IMPOSSIBLE: list[dict[str, Any]] = [
    {"at": "2020-01-01T00:00:00Z"},
    {"day": "2020-01-01"},
    {"at": "2999-01-01T00:00:00Z"},
    {"at": "2030-01-01T00:00:00Z", "day": "2030-01-01"},
    {"at": "2030-01-01T00:00:00"},
    {"draft_ids": []},
]


async def test_impossible_times_are_refused(desk: Desk, subtests: pytest.Subtests) -> None:
    drafts = await desk.add()
    for body in IMPOSSIBLE:
        with subtests.test(body=body):
            assert (await desk.post("/schedule", **{"draft_ids": drafts} | body)).status == 422
            assert (await desk.draft(drafts[0]))["version"] == 1


@pytest.mark.parametrize(
    ("zone", "at", "day"), [("Asia/Tokyo", "00:30", "0001-01-01"), ("America/New_York", "23:30", "9999-12-31")]
)
async def test_first_and_last_of_all_days_are_refused(zone: str, at: str, day: str, desk: Desk) -> None:
    await desk.rule(**BERLIN | {"time_zone": zone, "times": [at]})
    assert (await desk.post("/schedule", draft_ids=await desk.add(), day=day)).status == 422


async def test_time_that_was_given_in_any_zone_is_answered_in_utc(desk: Desk) -> None:
    at = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
    given = at.astimezone(timezone(timedelta(hours=5, minutes=45))).isoformat()
    answer = await desk.post("/schedule", draft_ids=await desk.add(), at=given)
    assert answer.json["items"][0]["due_at"] == at.isoformat().replace("+00:00", "Z")


async def test_without_a_rule_a_time_must_be_given(desk: Desk) -> None:
    await desk.add()
    assert (await desk.post("/schedule")).status == 409


async def test_drafts_come_back_from_the_queue(desk: Desk) -> None:
    await desk.rule(**BERLIN)
    first, second = await desk.add(2)
    await desk.post("/schedule")
    assert (await desk.post("/unschedule", draft_ids=[second, second, 2**40])).json["affected_count"] == 1
    assert list(await due(desk)) == [first]
    assert (await desk.draft(second))["due_at"] is None


async def test_rule_is_changed_by_who_has_seen_it(desk: Desk, api: Api) -> None:
    seen = await api.get("/api/pmd/publishing", user=desk.user)
    assert seen.json["is_on"] is False
    headers = {"If-Match": seen.headers["ETag"]}
    answers = [
        await api.call("PUT", "/api/pmd/publishing", user=desk.user, headers=headers, json=BERLIN) for _ in range(2)
    ]
    assert [answer.status for answer in answers] == [200, 412]
    wrong: dict[str, Any]
    for wrong in ({"time_zone": "Mars/Olympus"}, {"times": ["24:00"]}, {"weekdays": [8]}, {"weekdays": []}):
        refused = await api.call("PUT", "/api/pmd/publishing", user=desk.user, json=BERLIN | wrong)
        assert refused.status == 422, wrong


async def test_calendar_has_every_day_with_what_is_on_it(desk: Desk, api: Api) -> None:
    await desk.rule(**BERLIN)
    first, second = await desk.add(2)
    today = datetime.now(UTC)
    await desk.post("/schedule", draft_ids=[first], day=(today + timedelta(days=3)).date().isoformat())
    params = {"since": today.date().isoformat(), "until": (today + timedelta(days=6)).date().isoformat()}
    calendar = (await api.get("/api/pmd/publishing/calendar", user=desk.user, params=params)).json
    days = {day["day"]: day for day in calendar["days"]}
    assert (len(days), calendar["time_zone"]) == (7, "Europe/Berlin")
    by_hand = days[(today + timedelta(days=3)).date().isoformat()]
    assert (by_hand["scheduled_count"], by_hand["free_at"], by_hand["entries"][0]["draft_id"]) == (1, [], first)
    planned = [day for day in days.values() if day["planned_count"]]
    assert [entry["draft_id"] for entry in planned[0]["entries"]] == [second]
    assert (len(planned), len(planned[0]["free_at"])) == (1, 1)
    last = {"since": "9999-12-01", "until": "9999-12-31"}
    for wrong in ({"until": "2020-01-01"}, {"until": "2036-01-01"}, {"since": "yesterday"}, last):
        answer = await api.get("/api/pmd/publishing/calendar", user=desk.user, params=params | wrong)
        assert answer.status == 422
    past = {"since": str((today - timedelta(days=3)).date()), "until": str((today - timedelta(days=2)).date())}
    days = (await api.get("/api/pmd/publishing/calendar", user=desk.user, params=past)).json["days"]
    assert [day["free_at"] for day in days] == [[], []]
    later = {"since": "2999-01-07", "until": "2999-01-08"}  # a Monday and a Tuesday
    days = (await api.get("/api/pmd/publishing/calendar", user=desk.user, params=later)).json["days"]
    assert [len(day["free_at"]) for day in days] == [1, 1]


async def test_trying_a_rule_changes_nothing(desk: Desk, api: Api) -> None:
    await desk.add(2)
    plan = (await api.post("/api/pmd/publishing/plan", BERLIN, user=desk.user)).json
    assert (plan["ready_count"], len(plan["drafts"])) == (2, 2)
    assert (await api.get("/api/pmd/publishing", user=desk.user)).json["is_on"] is False


async def test_published_drafts_are_neither_moved_nor_changed(desk: Desk, site: Site) -> None:
    (draft_id,) = await desk.add()
    post = await site.add_post(desk.user)
    await site.pool.execute(
        "UPDATE draft SET status = 'published', due_at = now(), published_at = now(), post_id = $2 WHERE id = $1",
        draft_id,
        post,
    )
    at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    scheduled = await desk.post("/schedule", draft_ids=[draft_id], at=at)
    assert scheduled.json["items"][0]["outcome"] == "published"
    assert (await desk.post("/unschedule", draft_ids=[draft_id])).json["affected_count"] == 0
    (result,) = (await desk.patch([{"id": draft_id, "fields": {"title": "Other"}}])).json["items"]
    assert (result["outcome"], result["draft"]["post"]["id"]) == ("published", post)
    refused = await desk.api.call("PATCH", f"{DRAFTS}/{draft_id}", user=desk.user, json={"title": "Other"})
    assert refused.status == 409
    # A file that no post shows any more gets another draft.
    (again,) = await desk.make(await site.pool.fetchval("SELECT asset_id FROM draft WHERE id = $1", draft_id))
    assert again["outcome"] == "made"


async def test_scheduling_touches_the_work_of_what_it_moves_alone(desk: Desk, site: Site) -> None:
    ready, unready, going = await desk.add(3)
    post = await site.add_post(desk.user)
    await site.pool.execute("UPDATE draft SET status = 'scheduled', due_at = now()")
    await site.pool.execute(
        "INSERT INTO work (kind, subject, user_id, title) SELECT 'publish', id::text, user_id, '' FROM draft"
    )
    await desk.patch([{"id": unready, "fields": {"title": None}}])
    at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    async with site.pool.acquire() as worker, worker.transaction():  # it ends just then
        await worker.execute("DELETE FROM work WHERE subject = $1", str(going))
        scheduling = asyncio.create_task(desk.post("/schedule", draft_ids=[ready, unready, going], at=at))
        assert await waits_for_a_lock(site.pool, scheduling)
        published = "UPDATE draft SET status = 'published', published_at = now(), post_id = $2 WHERE id = $1"
        await worker.execute(published, going, post)
    scheduled = (await scheduling).json
    outcomes = {each["id"]: each["outcome"] for each in scheduled["items"]}
    assert outcomes == {ready: "scheduled", unready: "not_ready", going: "published"}
    assert scheduled["scheduled_count"] == 1
    assert [row["subject"] for row in await site.pool.fetch("SELECT subject FROM work")] == [str(unready)]
