"""When drafts go out: the rule, the calendar, a day of one's own, now; and what stops them."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.async_api import Locator, Route, expect

from pmd_service.desk.due import add_due
from pmd_service.work.context import WorkerContext

from ..conftest import WorkOff
from ..site import Site
from .axe import violations
from .conftest import OpenTab
from .dashboard import Dashboard
from .library import more, open_page, select_all
from .shelf import add_pictures
from .test_desk import _cell, _desk, _goes_to, _is_saved

READY: dict[str, Any] = {"alt_text": "A sprite.", "license_id": 1}
WEEKDAYS = {"is_on": True, "weekdays": [1, 2, 3, 4, 5], "times": ["18:00"], "time_zone": "Europe/Berlin"}


async def _ready(tab: Dashboard, site: Site, artist: int, count: int, **rule: Any) -> list[int]:
    """So many drafts that are ready, and the rule."""
    answer = await tab.api.call("PUT", "/api/pmd/publishing", user=artist, json={**WEEKDAYS, **rule})
    assert answer.status == 200, answer
    ids = await _desk(tab, site, artist, count, **READY)
    await expect(_cell(tab, count, "when")).to_contain_text("→")
    return ids


async def _due(site: Site) -> list[tuple[str, str]]:
    """Titles of scheduled drafts with their times in Berlin."""
    rows = await site.pool.fetch(
        "SELECT title, to_char(due_at AT TIME ZONE 'Europe/Berlin', 'YYYY-MM-DD HH24:MI') AS at FROM draft"
        " WHERE status = 'scheduled' ORDER BY due_at, position"
    )
    return [(row["title"], row["at"]) for row in rows]


def _days(tab: Dashboard) -> Locator:
    return tab.page.get_by_role("list", name="Days").get_by_role("listitem")


async def _shows(tab: Dashboard, name: str) -> None:
    await tab.page.get_by_role("group", name="Which drafts").get_by_role("button", name=name).click()


async def test_all_that_are_ready_go_to_the_rules_free_days(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await tab.page.set_viewport_size({"width": 1440, "height": 900})
    await _ready(tab, site, artist, 3)
    first = await _cell(tab, 1, "when").locator(".desk-planned").text_content()
    assert first is not None
    free = _days(tab).locator(".desk-day-free")
    await expect(free.nth(5)).to_be_visible()
    count = await free.count()
    await tab.page.get_by_role("button", name="Schedule 3 that are ready").click()
    await tab.hears("3 drafts are scheduled")
    await expect(tab.page.locator(".foot-words")).to_have_text("0 drafts")
    due = await _due(site)
    assert [title for title, _ in due] == ["sprite 0", "sprite 1", "sprite 2"]
    assert all(at.endswith("18:00") for _, at in due)
    await expect(free).to_have_count(count - 3)
    await _shows(tab, "Scheduled")
    await expect(_cell(tab, 1, "when").locator("strong")).to_have_text(first.removeprefix("→ "))
    await expect(_cell(tab, 1, "when")).to_contain_text("18:00")
    await tab.sees_pictures(6)
    await tab.undo()
    await tab.hears("Undone.")
    await expect(tab.page.get_by_text("Nothing is scheduled.")).to_be_visible()
    assert await _due(site) == []


async def test_a_button_that_goes_leaves_the_focus_at_the_drafts(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await _ready(tab, site, artist, 2)
    schedule = tab.page.get_by_role("button", name="Schedule 2 that are ready")
    await expect(schedule).to_be_enabled()  # once the rule is there
    await schedule.press("Enter")
    await tab.hears("2 drafts are scheduled")
    await expect(tab.page.get_by_role("heading", name="Publish", exact=True)).to_be_focused()


async def test_a_double_click_on_back_to_drafts_is_sent_once(site: Site, tab: Dashboard) -> None:
    artist, may_come = await site.add_user(), asyncio.Event()

    async def hold(route: Route) -> None:
        await may_come.wait()
        await route.continue_()

    ids = await _ready(tab, site, artist, 3)
    await tab.api.post("/api/pmd/drafts/schedule", {"draft_ids": ids}, user=artist)
    await _shows(tab, "Scheduled")
    await expect(_cell(tab, 3, "when")).to_contain_text("18:00")
    await tab.page.get_by_role("gridcell", name="Not selected").first.click()
    await tab.page.route("**/api/pmd/drafts/unschedule", hold)
    await tab.page.get_by_role("button", name="Back to drafts").dblclick()
    await expect(tab.page.get_by_role("grid")).to_be_focused()
    may_come.set()
    await tab.hears("1 post is a draft again.")
    await expect(tab.toasts).to_have_count(1)
    assert len(tab.bodies("/drafts/unschedule")) == 1


async def test_nothing_is_scheduled_before_the_rule_is_known(site: Site, tab: Dashboard) -> None:
    artist, may_come = await site.add_user(), asyncio.Event()

    async def hold(route: Route) -> None:
        await may_come.wait()
        await route.continue_()

    await tab.page.route("**/api/pmd/publishing", hold)
    await tab.api.call("PUT", "/api/pmd/publishing", user=artist, json=WEEKDAYS)
    await _desk(tab, site, artist, 2, **READY)
    schedule = tab.page.get_by_role("button", name="Schedule 2 that are ready")
    await expect(schedule).to_be_disabled()
    may_come.set()
    await schedule.click()
    await tab.hears("2 drafts are scheduled")


async def test_a_picture_is_dragged_to_a_day_and_stays_there(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await tab.page.set_viewport_size({"width": 1440, "height": 900})
    await _ready(tab, site, artist, 2)
    day = _days(tab).nth(20)  # the third week's Sunday, which the rule leaves out
    name = await day.get_attribute("data-day")
    await _cell(tab, 2, "picture").locator(".desk-art").hover()
    await tab.page.mouse.down()
    await day.hover()
    await expect(day).to_have_attribute("data-on", "true")
    await expect(tab.page.locator(".desk-carried")).to_contain_text(re.compile(r"Sun \d"))
    await tab.page.mouse.up()
    await tab.hears("“sprite 1” goes out on Sun")
    assert await _due(site) == [("sprite 1", f"{name} 18:00")]
    assert await site.pool.fetchval("SELECT is_placed_by_hand FROM draft WHERE status = 'scheduled'")
    await expect(day.get_by_role("button")).to_have_accessible_name(re.compile("1 post scheduled"))

    other = _days(tab).nth(21)
    await day.locator("[data-handle]").hover()
    await tab.page.mouse.down()
    await other.hover()
    await tab.page.keyboard.press("Escape")  # it stays
    await tab.page.mouse.up()
    await day.locator("[data-handle]").hover()
    await tab.page.mouse.down()
    await other.hover()
    await tab.page.mouse.up()
    await expect(other.get_by_role("button")).to_have_accessible_name(re.compile("1 post scheduled"))
    assert [at for _, at in await _due(site)] == [f"{await other.get_attribute('data-day')} 18:00"]


async def test_a_day_of_ones_own_is_set_by_keyboard(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await _ready(tab, site, artist, 2)
    await _goes_to(tab, 1, "title")
    await tab.page.keyboard.press("s")
    day = datetime.now(UTC).date() + timedelta(days=100)
    await tab.dialog.get_by_label("Day", exact=True).fill(str(day))
    await tab.dialog.get_by_label("Time").fill("09:30")
    await tab.page.keyboard.press("Enter")
    await tab.hears(f"“sprite 0” goes out on {day:%a} {day.day} {day:%b} at 09:30.")
    assert await _due(site) == [("sprite 0", f"{day} 09:30")]


async def test_a_paused_queue_says_so_and_goes_on(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await _ready(tab, site, artist, 2)
    await tab.page.get_by_role("button", name="Schedule 2 that are ready").click()
    await tab.hears("2 drafts are scheduled")
    await _shows(tab, "Scheduled")
    await tab.page.get_by_role("button", name="Pause the queue").click()
    await expect(tab.page.get_by_text("The queue is paused")).to_be_visible()
    assert await site.pool.fetchval("SELECT is_paused FROM publishing_rule")
    await tab.page.get_by_role("button", name="Go on").click()
    await expect(tab.page.get_by_role("button", name="Pause the queue")).to_be_visible()
    assert not await site.pool.fetchval("SELECT is_paused FROM publishing_rule")


async def test_the_rule_is_changed_after_saying_what_it_would_do(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await _ready(tab, site, artist, 2)
    await tab.page.get_by_role("button", name="Change").click()
    await tab.page.get_by_role("button", name="Sat", exact=True).click()
    await tab.page.get_by_label("Time 1").fill("07:15")
    await tab.page.get_by_role("button", name="Another time").click()
    await expect(tab.page.get_by_text(re.compile(r"The 2 drafts that are ready go out from \w+ \d"))).to_be_visible()
    await tab.page.locator(".desk-rule-form").get_by_role("combobox").select_option("Asia/Tokyo")
    await tab.page.get_by_role("button", name="Use this").click()
    await expect(tab.page.get_by_text("Every Mon, Tue, Wed, Thu, Fri and Sat at 07:15 and 12:00")).to_be_visible()
    await expect(tab.page.get_by_text("Times are Tokyo time.")).to_be_visible()
    row = await site.pool.fetchrow("SELECT weekdays, times, time_zone FROM publishing_rule")
    assert row is not None
    assert (list(row["weekdays"]), row["time_zone"]) == ([1, 2, 3, 4, 5, 6], "Asia/Tokyo")


async def test_what_is_to_do_has_one_button_for_all(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await _desk(tab, site, artist, 3, license_id=1)
    await expect(_cell(tab, 1, "when")).to_contain_text("1 to do")
    problems = tab.page.get_by_role("region", name="Before publishing")
    await expect(problems).to_contain_text("3 have no alt text")
    await problems.get_by_role("button", name="Write").click()
    for _ in range(3):
        await tab.page.keyboard.type("A sprite.")
        await tab.page.keyboard.press("Enter")
    await _is_saved(tab)
    await expect(problems).to_contain_text("All 3 are ready")
    await expect(_cell(tab, 1, "when")).to_contain_text("Ready")


async def test_published_now_it_is_a_post_of_today(site: Site, open_tab: OpenTab, work_off: WorkOff) -> None:
    artist = await site.add_user()
    # It is never the same day in both: the queue's is the rule's, that of the posts is the reader's.
    async with open_tab(timezone_id="Pacific/Pago_Pago") as tab:
        await _ready(tab, site, artist, 2, time_zone="Pacific/Kiritimati")
        await _cell(tab, 1, "picture").click(button="right")
        await tab.page.get_by_role("menuitem", name="Publish now").click()
        await tab.hears("1 draft will be out within seconds.")
        await work_off()
        await _shows(tab, "Published today")
        await expect(_cell(tab, 1, "when")).to_contain_text("0 views")
        await tab.sees_pictures(2)
        assert await site.pool.fetchval("SELECT title FROM posts") == "sprite 0"
        await expect(tab.page.get_by_role("region", name="Today")).to_contain_text("sprite 0")
        await _cell(tab, 1, "title").dblclick()
        await tab.dialog.get_by_role("button", name="Edit").click()
        await tab.page.get_by_label("Title", exact=True).fill("A better title")
        await tab.page.get_by_role("button", name="Apply to 1 post").click()
        await tab.hears("1 post edited")
        assert await site.pool.fetchval("SELECT title FROM posts") == "A better title"
        await tab.page.go_back()
        await tab.page.get_by_role("link", name="Show them in Posts").click()
        await tab.sees_posts(1)
        await expect(tab.row_at(1)).to_contain_text("A better title")


async def test_a_scheduled_post_that_fails_stays_with_its_reason(
    site: Site, tab: Dashboard, worker: WorkerContext, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    ids = await _ready(tab, site, artist, 1)
    await tab.page.get_by_role("button", name="Schedule the one that is ready").click()
    await tab.hears("goes out on")
    await _shows(tab, "Scheduled")
    await tab.api.post("/api/pmd/assets/action", {"action": "trash", "asset_ids": ids}, user=artist)
    await _goes_to(tab, 1, "title")
    await site.pool.execute("UPDATE draft SET due_at = now() - interval '1 second'")
    await add_due(worker)
    await work_off()
    await expect(_cell(tab, 1, "when")).to_contain_text("trash")
    assert await site.pool.fetchval("SELECT status FROM draft") == "failed"


async def test_a_sheet_is_reported_before_it_changes_anything(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await _desk(tab, site, artist, 2)
    rows = await site.pool.fetch("SELECT id FROM draft ORDER BY position")
    await tab.page.get_by_role("button", name="From a spreadsheet").click()
    async with tab.page.expect_download() as saved:
        await tab.dialog.get_by_role("link", name="Save the drafts as CSV").click()
    assert "sprite 0.png" in (await (await saved.value).path()).read_text("utf-8-sig")
    sheet = f"id,title,licence\r\n{rows[0]['id']},Lighthouse,\r\n{rows[1]['id']},Other,mine\r\n999999,Nobody,\r\n"
    await tab.dialog.get_by_label("Or its text").fill(sheet)
    await tab.answers("Look what it would change")
    report = tab.dialog.get_by_role("status", name="Report")
    await expect(report).to_contain_text("1 of 3 rows would change a draft")
    await expect(report).to_contain_text("Row 3")
    assert await site.pool.fetchval("SELECT count(*) FROM draft WHERE title = 'Lighthouse'") == 0
    await tab.answers("Change 1 draft")
    await expect(_cell(tab, 1, "title")).to_have_text("Lighthouse")


async def test_files_of_the_library_become_drafts_where_they_are_selected(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 3)
    await open_page(tab, site, artist, "library")
    await select_all(tab)
    await more(tab, "Make drafts")
    await tab.hears("3 drafts made.")
    await tab.toasts.get_by_role("button", name="Open").click()
    await expect(tab.page.locator(".foot-words")).to_have_text("3 drafts")
    await tab.sees_pictures(3)


async def test_a_folder_goes_to_a_weeks_schedule_by_keyboard_alone(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 200, license_id=1)
    await site.pool.execute("UPDATE asset SET original_path = 'summer/' || name")
    await add_pictures(site, artist, 1)
    await open_page(tab, site, artist, "posts")
    keys = tab.page.keyboard
    await expect(tab.page.locator(".connection-dot")).to_be_attached()
    await keys.press("g")
    await keys.press("d")
    await expect(tab.page.get_by_text("No drafts.")).to_be_visible()
    await keys.press("Control+k")
    await keys.type("Add files")
    await expect(tab.page.get_by_role("option", name="Add files")).to_be_visible()
    await keys.press("Enter")
    await tab.dialog.get_by_label("Folder").focus()
    await keys.type("summer")
    await expect(tab.dialog.get_by_role("button", name="Make 200 drafts")).to_be_enabled()
    await tab.dialog.get_by_label("Search").press("Enter")
    await expect(tab.page.locator(".foot-words")).to_have_text("200 drafts")

    await tab.page.get_by_role("grid").focus()
    await keys.press("Home")
    for _ in range(4):
        await keys.press("ArrowRight")
    await keys.press("Control+Shift+ArrowDown")
    await keys.press("=")
    await keys.type("{name}, number {n} of {count}")
    await keys.press("Enter")
    await _is_saved(tab)
    await expect(_cell(tab, 200, "when")).to_contain_text("Ready")
    rule = tab.page.get_by_role("button", name="Change")
    await rule.focus()
    await keys.press("Enter")
    await tab.page.get_by_role("button", name="Another time").focus()
    for _ in range(3):
        await keys.press("Enter")
    await keys.press("Control+Enter")
    for number, time in enumerate(("08:00", "12:00", "16:00", "20:00"), 1):
        await tab.page.get_by_label(f"Time {number}").fill(time)
    await keys.press("Enter")
    await expect(tab.page.get_by_text("Every weekday at 08:00, 12:00, 16:00 and 20:00")).to_be_visible()
    await tab.page.get_by_role("button", name="Schedule 200 that are ready").focus()
    await keys.press("Enter")
    await tab.hears("200 drafts are scheduled")
    rows = await site.pool.fetch("SELECT alt_text FROM draft WHERE status = 'scheduled' ORDER BY due_at")
    assert [row["alt_text"] for row in rows][::199] == ["sprite 0, number 001 of 200", "sprite 199, number 200 of 200"]


async def test_drafts_by_the_thousand_are_there_at_once_and_follow_each_key(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    ids = await _desk(tab, site, artist, 10)
    await site.pool.execute(
        """
        WITH copies AS (
            INSERT INTO asset (user_id, name, path, type, hash, mime_type, file_format, size_bytes, provenance)
            SELECT user_id, 'copy ' || n || '.png', path || n, type, md5(hash || n) || md5(hash), mime_type,
                   file_format, size_bytes, provenance
              FROM asset, generate_series(1, 1990) AS n WHERE id = $1 RETURNING id, user_id, name)
        INSERT INTO draft (user_id, asset_id, title, position)
        SELECT user_id, id, name, 100 + id FROM copies""",
        ids[0],
    )
    await tab.page.reload()
    await expect(_cell(tab, 1, "title")).to_have_text("sprite 0")
    await expect(tab.page.locator(".foot-words")).to_have_text("2,000 drafts")
    await _goes_to(tab, 1, "title")
    await tab.page.evaluate(
        """async () => {
            const grid = document.querySelector('[role=grid]');
            for (let n = 0; n < 100; n += 1) {
                grid.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true, cancelable: true }));
                await new Promise(requestAnimationFrame);
            }
        }"""
    )
    await expect(_cell(tab, 101, "title")).to_be_in_viewport()
    rows = await tab.page.get_by_role("grid").get_by_role("row").count()
    assert rows < 40  # only those in sight are there


async def test_axe_finds_nothing_on_the_desk(site: Site, axe_tab: Dashboard) -> None:
    artist = await site.add_user()
    await axe_tab.api.call("PUT", "/api/pmd/publishing", user=artist, json=WEEKDAYS)
    ids = await add_pictures(site, artist, 3, **READY)
    await axe_tab.api.post("/api/pmd/drafts", {"asset_ids": ids}, user=artist)
    await open_page(axe_tab, site, artist, "publish")
    await expect(axe_tab.page.get_by_role("button", name="Schedule 3 that are ready")).to_be_visible()
    await axe_tab.sees_pictures(3)
    assert await violations(axe_tab.page) == []


async def test_a_phone_has_all_fields_of_a_draft_in_a_sheet(site: Site, open_tab: OpenTab) -> None:
    artist = await site.add_user()
    async with open_tab(viewport={"width": 390, "height": 844}, has_touch=True) as tab:
        await tab.api.call("PUT", "/api/pmd/publishing", user=artist, json=WEEKDAYS)
        ids = await add_pictures(site, artist, 4, license_id=1)
        await tab.api.post("/api/pmd/drafts", {"asset_ids": ids}, user=artist)
        await open_page(tab, site, artist, "publish")
        drafts = tab.page.get_by_role("list", name="Drafts").get_by_role("listitem")
        await expect(drafts).to_have_count(4)
        await tab.sees_pictures(4)
        await expect(tab.page.get_by_text("4 drafts have something to do")).to_be_visible()
        await drafts.nth(1).get_by_role("button").tap()
        await tab.dialog.get_by_label("Alt text").fill("A sprite.")
        await tab.dialog.get_by_role("button", name="Blood").tap()
        await tab.dialog.get_by_role("button", name="Next draft").last.tap()
        await tab.dialog.get_by_label("Title").fill("Typed last")
        await tab.page.go_back()
        await tab.has_closed()
        await expect(drafts.nth(2)).to_contain_text("Typed last")
        await expect(drafts.nth(1)).to_contain_text("Ready")
        await expect(drafts.nth(1)).to_contain_text("Blood")
        await tab.page.get_by_role("button", name="Schedule the one that is ready").tap()
        await tab.hears("goes out on")
    row = await site.pool.fetchrow("SELECT alt_text, content_warnings FROM draft WHERE status = 'scheduled'")
    assert row is not None
    assert tuple(row) == ("A sprite.", ["Blood"])
