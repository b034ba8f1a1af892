"""Drafts: made of files, changed in any tab, never lost, and what is to do before each can be published."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pmd_service.desk.drafts import MAX_DRAFTS

from ..events.sse import opened
from ..library.conftest import add_report
from ..site import Api, Site
from .conftest import ALT, DRAFTS, Desk


async def test_draft_has_the_values_of_its_file(desk: Desk) -> None:
    asset = await desk.add_file(
        "night.watch.png", hashtags=["imp"], content_warnings=["Flashing"], provenance="ai_generated", ai_opt_out=True
    )
    (made,) = await desk.make(asset)
    draft = await desk.draft(made["draft_id"])
    own = {name: draft[name] for name in ("title", "hashtags", "alt_text", "content_warnings", "license_identifier")}
    assert own == {
        "title": "night.watch",
        "hashtags": ["imp"],
        "alt_text": ALT,
        "content_warnings": ["Flashing"],
        "license_identifier": "CC-BY-4.0",
    }
    assert (draft["ai_disclosure"], draft["ai_opt_out"]) == ("generated", True)
    assert (draft["file"]["id"], draft["file"]["width"], draft["status"]) == (asset, 16, "draft")
    assert (draft["is_ready"], draft["problems"]) == (True, [])


async def test_file_has_one_draft_however_often_it_is_made(desk: Desk) -> None:
    files = [await desk.add_file() for _ in range(3)]
    first, again = await asyncio.gather(desk.make(*files[:2]), desk.make(*files[1:]))
    both = await desk.make(*files)
    assert {each["outcome"] for each in both} == {"already"}
    assert len({each["draft_id"] for each in both}) == len(await desk.drafts()) == 3
    assert sum(each["outcome"] == "made" for each in [*first, *again]) == 3


async def test_repeated_request_makes_the_same_drafts(desk: Desk) -> None:
    files, headers = [await desk.add_file()], {"Idempotency-Key": "6f1c2a44"}
    answers = [await desk.api.post(DRAFTS, {"asset_ids": files}, user=desk.user, headers=headers) for _ in range(2)]
    assert answers[0].body == answers[1].body
    assert answers[0].json["made_count"] == 1


async def test_drafts_are_made_of_own_files_outside_the_trash(desk: Desk, site: Site) -> None:
    stranger = await site.add_asset(await site.add_user("stranger"))
    trashed = await desk.add_file()
    await site.pool.execute("UPDATE asset SET deleted_at = now() WHERE id = $1", trashed)
    own = await desk.add_file()
    answer = await desk.post("", asset_ids=[own, stranger, trashed, 2**40])
    assert (answer.status, len(answer.json["errors"])) == (400, 3)
    assert await desk.drafts() == []


async def test_drafts_of_others_are_neither_seen_nor_touched(desk: Desk, site: Site, api: Api) -> None:
    (draft_id,) = await desk.add()
    stranger = await site.add_user("stranger")
    for method, path, body in (
        ("GET", f"/{draft_id}", None),
        ("PATCH", f"/{draft_id}", {"title": "Mine"}),
        ("DELETE", f"/{draft_id}", None),
        ("POST", "/order", {"draft_ids": [draft_id], "before_id": draft_id + 1}),
    ):
        options: dict[str, Any] = {} if body is None else {"json": body}
        assert (await api.call(method, f"{DRAFTS}{path}", user=stranger, **options)).status == 404, path
    (result,) = (await desk.patch([{"id": draft_id, "fields": {"title": "Mine"}}], user=stranger)).json["items"]
    assert (result["outcome"], result["draft"]) == ("lost", None)
    theirs = (await api.post("/api/pmd/series", {"name": "Theirs"}, user=stranger)).json["id"]
    (result,) = (await desk.patch([{"id": draft_id, "fields": {"series_id": theirs}}])).json["items"]
    assert result["outcome"] == "invalid"
    for path in ("/delete", "/unschedule"):
        assert (await api.post(f"{DRAFTS}{path}", {"draft_ids": [draft_id]}, user=stranger)).json["affected_count"] == 0
    assert (await desk.draft(draft_id))["version"] == 1


async def test_problems_say_what_is_to_do(desk: Desk, site: Site, api: Api) -> None:
    files = {
        "no_alt_text": await desk.add_file(alt_text=None),
        "no_license": await desk.add_file(license_id=None),
        "not_publishable": await desk.add_file("rain.wav", type="audio", file_format="wav"),
        "discloses_place": await desk.add_file(),
        "file_in_trash": await desk.add_file(),
        "file_set_aside": await desk.add_file(),
        "file_gone": await desk.add_file(),
        "already_published": await desk.add_file(),
    }
    drafts = {each["asset_id"]: each["draft_id"] for each in await desk.make(*files.values())}
    await add_report(site, files["discloses_place"], gps=True)
    await site.pool.execute("UPDATE asset SET deleted_at = now() WHERE id = $1", files["file_in_trash"])
    await site.pool.execute("DELETE FROM asset WHERE id = $1", files["file_gone"])
    body = {"action": "set_aside", "asset_ids": [files["file_set_aside"]]}
    assert (await api.post("/api/pmd/assets/action", body, user=desk.user)).status == 200
    post = await site.add_post(desk.user)
    await site.pool.execute("UPDATE asset SET post_id = $2 WHERE id = $1", files["already_published"], post)
    for code, asset in files.items():
        draft = await desk.draft(drafts[asset])
        assert [problem["code"] for problem in draft["problems"]] == [code]
        assert draft["is_ready"] == (code == "no_license")
    counts = (await desk.get("/counts")).json
    assert (counts["draft_count"], counts["ready_count"]) == (8, 1)
    assert {each["code"]: each["count"] for each in counts["problems"]} == dict.fromkeys(files, 1)
    place = next(each for each in counts["problems"] if each["code"] == "discloses_place")
    assert (place["message"], place["draft_ids"]) == ("1 tells where it was made.", [drafts[files["discloses_place"]]])
    change = {"id": drafts[files["discloses_place"]], "fields": {"marks": "strip"}}
    (result,) = (await desk.patch([change])).json["items"]
    assert result["draft"]["is_ready"] is True


async def test_action_on_a_file_says_which_drafts_need_it(desk: Desk, site: Site, api: Api) -> None:
    files = [await desk.add_file() for _ in range(4)]
    _, scheduled, published = [each["draft_id"] for each in await desk.make(*files[:3])]
    due = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert (await desk.post("/schedule", draft_ids=[scheduled], at=due)).status == 200
    post = await site.add_post(desk.user)
    await site.pool.execute(
        "UPDATE draft SET status = 'published', due_at = now(), published_at = now(), post_id = $2 WHERE id = $1",
        published,
        post,
    )

    async def after(action: str, *ids: int) -> tuple[int, int, str]:
        answer = await api.post("/api/pmd/assets/action", {"action": action, "asset_ids": ids}, user=desk.user)
        assert answer.status == 200, answer
        return answer.json["draft_count"], answer.json["scheduled_draft_count"], answer.json["message"]

    both = "2 drafts cannot be published now (1 scheduled)."
    assert await after("set_aside", *files) == (2, 1, f"4 files are set aside. {both}")
    assert await after("unapprove", *files) == (0, 0, "4 files are new again.")
    assert await after("trash", *files, *files) == (2, 1, f"4 files are in the trash. {both}")
    assert await after("restore", *files) == (0, 0, "4 files are restored.")
    one = "1 file is in the trash. 1 draft cannot be published now (0 scheduled)."
    assert await after("trash", files[0]) == (1, 0, one)
    assert await after("trash", *files[2:]) == (0, 0, "2 files are in the trash.")


async def test_second_tab_overlooks_no_change_of_the_first(desk: Desk, api: Api) -> None:
    (draft_id,) = await desk.add()
    seen = await desk.get(f"/{draft_id}")
    headers = {"If-Match": seen.headers["ETag"]}
    path = f"{DRAFTS}/{draft_id}"
    tabs = [
        api.call("PATCH", path, user=desk.user, headers=headers, json={"title": title}) for title in ("One", "Other")
    ]
    assert sorted(answer.status for answer in await asyncio.gather(*tabs)) == [200, 412]
    version = (await desk.draft(draft_id))["version"]
    (stale,) = (await desk.patch([{"id": draft_id, "version": version - 1, "fields": {"title": "Third"}}])).json[
        "items"
    ]
    assert (stale["outcome"], stale["draft"]["version"]) == ("stale", version)
    (same,) = (await desk.patch([{"id": draft_id, "fields": {"title": stale["draft"]["title"]}}])).json["items"]
    assert (same["outcome"], same["draft"]["version"]) == ("same", version)


async def test_many_cells_change_at_once_with_a_result_each(desk: Desk) -> None:
    first, second, third = await desk.add(3)
    answer = await desk.patch(
        [
            {"id": first, "fields": {"hashtags": ["#Sea", "sea"], "description": "  Two\r\nlines "}},
            {"id": second, "fields": {"hashtags": ["no spaces here"], "license_id": 2**30, "series_id": 5}},
            {"id": third, "version": 1, "fields": {"title": "", "content_warnings": ["Spiders", " spiders"]}},
            {"id": 2**40, "fields": {}},
        ]
    )
    assert (answer.status, answer.json["changed_count"]) == (200, 2)
    one, two, three, four = answer.json["items"]
    assert [each["outcome"] for each in answer.json["items"]] == ["changed", "invalid", "changed", "lost"]
    assert (one["draft"]["hashtags"], one["draft"]["description"]) == (["sea"], "Two\nlines")
    assert [fault["field"] for fault in two["errors"]] == ["hashtags", "license_id", "series_id"]
    assert two["draft"]["hashtags"] == []
    assert (three["draft"]["title"], three["draft"]["content_warnings"], three["draft"]["is_ready"]) == (
        None, ["Spiders"], False,
    )  # fmt: skip
    assert four["draft"] is None


async def test_a_draft_that_is_named_twice_or_too_long_is_a_422(desk: Desk) -> None:
    (draft_id,) = await desk.add()
    twice = await desk.patch([{"id": draft_id, "fields": {}}, {"id": draft_id, "fields": {}}])
    assert twice.status == 422
    for fields in (
        {"alt_text": "x" * 1501}, {"title": "x" * 129}, {"content_warnings": ["x"] * 11}, {"marks": "sell"},
        {"ai_disclosure": "maybe"}, {"content_warnings": ["x" * 41]}, {"status": "published"}, {"version": 3},
    ):  # fmt: skip
        assert (await desk.patch([{"id": draft_id, "fields": fields}])).status == 422, fields


async def test_two_thousand_rows_change_in_one_transaction(desk: Desk) -> None:
    drafts = await desk.add_rows(2000)
    answer = await desk.patch([{"id": each, "fields": {"hashtags": ["tiles"]}} for each in drafts])
    assert (answer.status, answer.json["changed_count"]) == (200, 2000)
    events = await desk.site.pool.fetch("SELECT cardinality(subjects) FROM changes WHERE kind = 'draft'")
    assert [event[0] for event in events] == [1000, 1000]


async def test_pages_of_drafts_are_in_the_order_of_the_table(desk: Desk) -> None:
    drafts = await desk.add_rows(7)
    moved = await desk.post("/order", draft_ids=[drafts[5], drafts[1]], before_id=drafts[3])
    assert moved.json["affected_count"] == 2
    await desk.post("/order", draft_ids=[drafts[0]])
    found: list[int] = []
    cursor = None
    while True:
        page = (await desk.get(limit=2, **({"cursor": cursor} if cursor else {}))).json
        found += [draft["id"] for draft in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert found == [drafts[each] for each in (2, 5, 1, 3, 4, 6, 0)]


async def test_pages_of_scheduled_drafts_are_in_the_order_of_their_days(desk: Desk) -> None:
    drafts = await desk.add(4)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    for draft, days in zip(drafts, (3, 1, 2, 2), strict=True):  # two of them at one time
        await desk.post("/schedule", draft_ids=[draft], at=(tomorrow + timedelta(days=days)).isoformat())
    found: list[int] = []
    cursor: dict[str, Any] = {}
    while True:
        page = (await desk.get(status="scheduled", sort="due", limit=1, **cursor)).json
        found += [draft["id"] for draft in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert found == [drafts[each] for each in (1, 2, 3, 0)]


async def test_order_survives_a_thousand_moves_to_one_place(desk: Desk, site: Site, api: Api) -> None:
    other = Desk(site, api, await site.add_user("other"))
    await other.add_rows(2)
    await site.pool.execute("UPDATE draft SET position = 100 + position")
    others = await other.drafts()
    first, second, third = await desk.add_rows(3)
    for number in range(60):
        await desk.post("/order", draft_ids=[(second, third)[number % 2]], before_id=(third, second)[number % 2])
    assert [draft["id"] for draft in await desk.drafts()] == [first, third, second]
    assert await other.drafts() == others


async def test_deleted_drafts_leave_their_files(desk: Desk, api: Api) -> None:
    first, second = await desk.add(2)
    stale = await api.call("DELETE", f"{DRAFTS}/{first}", user=desk.user, headers={"If-Match": '"x"'})
    assert stale.status == 412
    assert (await desk.post("/delete", draft_ids=[first, second, 2**40])).json["affected_count"] == 2
    assert await desk.drafts() == []
    assert await desk.site.pool.fetchval("SELECT count(*) FROM asset") == 2


async def test_there_is_a_limit_to_drafts(desk: Desk) -> None:
    await desk.add_rows(MAX_DRAFTS - 2)
    files = [await desk.add_file(f"lamp {number}.png") for number in range(3)]
    assert (await desk.post("", asset_ids=files)).status == 409
    assert (await desk.post("", asset_ids=files[:2])).status == 200
    assert (await desk.post("", asset_ids=files[2:])).status == 409


async def test_every_tab_learns_of_a_change(desk: Desk, api: Api) -> None:
    (draft_id,) = await desk.add()
    cursor = (await api.get("/api/pmd/changes", user=desk.user)).json["next_cursor"]
    async with opened(api, desk.user, path="/api/pmd/sse") as stream:
        await stream.until("connected")
        await desk.patch([{"id": draft_id, "fields": {"title": "Lamp"}}])
        event = (await stream.until("draft_update"))[-1]
        while event.data["version"] == 1:  # of the draft's making, which the server may be notified of late
            event = (await stream.until("draft_update"))[-1]
    assert (event.data["id"], event.data["title"], event.data["version"]) == (draft_id, "Lamp", 2)
    await desk.post("/delete", draft_ids=[draft_id])
    changes = (await api.get("/api/pmd/changes", user=desk.user, params={"cursor": cursor})).json["items"]
    assert [(each["event"], each["id"]) for each in changes] == [
        ("draft.changed", draft_id),
        ("draft.removed", draft_id),
    ]


async def test_published_drafts_are_listed_since_a_time(desk: Desk, site: Site) -> None:
    first, second = await desk.add(2)
    for draft_id, days in ((first, 0), (second, 3)):
        await site.pool.execute(
            """UPDATE draft SET status = 'published', due_at = now(), post_id = $2,
                      published_at = now() - make_interval(days => $3) WHERE id = $1""",
            draft_id,
            await site.add_post(desk.user),
            days,
        )
    since = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    assert [draft["id"] for draft in await desk.drafts(since=since)] == [first]
    assert (await desk.get("/counts", since=since)).json["published_count"] == 1
    for wrong in ("2026-11-24", "yesterday", "2026-11-24T00:00:00"):
        assert (await desk.get(since=wrong)).status == 422


@pytest.mark.parametrize("path", ["", "/counts"])
async def test_moderators_read_drafts_and_leave_a_trace(desk: Desk, site: Site, api: Api, path: str) -> None:
    (draft_id,) = await desk.add()
    moderator = await site.add_user("mod", roles=["moderator"])
    params = {"target_sqid": site.sqid(desk.user)}
    assert (await api.get(f"{DRAFTS}{path}", user=moderator, params=params)).status == 200
    assert await site.pool.fetchval("SELECT action FROM audit_log") == "read_drafts"
    refused = await api.post(f"{DRAFTS}/delete", {"draft_ids": [draft_id]}, user=moderator, params=params)
    assert refused.status == 403
