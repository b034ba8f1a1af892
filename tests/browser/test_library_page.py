"""The library, tasks and packs, as somebody in front of them sees and uses them."""

import asyncio
import re
from datetime import UTC, datetime

import pytest
from playwright.async_api import Route, expect

from ..conftest import WorkOff
from ..hang import HANG_SECONDS
from ..site import Site
from .axe import violations
from .dashboard import Dashboard, fail, hears_of_nothing
from .library import become, more, open_page, select_all, selecting, states, tick
from .shelf import add_pictures


async def test_files_are_reviewed_by_keys_and_a_key_takes_it_back(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 5)
    await open_page(tab, site, artist, "library")
    await tab.page.get_by_role("button", name="Review").click()
    await expect(tab.page.locator(".stage-picture")).to_be_visible()
    for key in "aAsaz":
        await tab.page.keyboard.press(key)
    await expect(tab.page.locator(".viewer-at")).to_have_text("4 of 5")
    judged = ["approved", "approved", "set_aside", "new", "new"]
    await become(site, {f"sprite {number}.png": state for number, state in enumerate(judged)})
    await tab.page.keyboard.press("Escape")
    await expect(tab.page.get_by_role("button", name=re.compile("^Approved ?2$"))).to_be_visible()


async def test_undo_is_of_the_last_change_though_an_earlier_one_is_slow(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 2)
    await open_page(tab, site, artist, "library")
    answered = asyncio.Event()

    async def approve_later(route: Route) -> None:
        if (route.request.post_data_json or {})["action"] == "approve":
            await answered.wait()
        await route.continue_()

    await tab.page.route("**/api/pmd/assets/action*", approve_later)
    await tick(tab, "sprite 0")
    await tab.page.keyboard.press("a")
    await tab.page.keyboard.press("Escape")
    await tick(tab, "sprite 1")
    async with tab.page.expect_response("**/assets/action*"):
        await tab.page.keyboard.press("s")
    async with tab.page.expect_response("**/assets/action*"):
        answered.set()
    await tab.page.keyboard.press("z")
    await tab.hears("Undone.")
    assert await states(site) == {"sprite 0.png": "approved", "sprite 1.png": "new"}


@pytest.mark.stores
async def test_a_file_is_saved_under_the_name_that_it_has_now_in_any_script(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 1)
    await open_page(tab, site, artist, "library")
    await select_all(tab)
    for name in ("Müller 森 🗂️.png", "100%25; a=b.png"):
        await site.pool.execute("UPDATE asset SET name = $1", name)
        async with tab.page.expect_download() as taken:
            await more(tab, "Download")
        assert (await taken.value).suggested_filename == name


async def test_requests_back_off_while_the_service_fails_and_then_resume(site: Site, tab: Dashboard) -> None:
    tab.faults.provoke("ERR_CONNECTION_RESET")
    artist = await site.add_user()
    await add_pictures(site, artist, 2)
    await tab.page.route("**/api/pmd/assets?*", fail)
    await open_page(tab, site, artist, "library")
    await expect(tab.page.get_by_role("button", name="Try again")).to_be_visible()
    await asyncio.sleep(1)
    assert len([request for request in tab.requests if "/api/pmd/assets?" in request.url]) <= 4
    await tab.page.unroute_all()
    await expect(tab.page.get_by_role("option", name=re.compile("^sprite"))).to_have_count(2)


async def test_a_double_click_opens_a_file_and_lays_no_selection_over_it(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 2)
    await open_page(tab, site, artist, "library")
    await tab.page.get_by_role("option", name="sprite 1.png").dblclick(position={"x": 60, "y": 60})
    await expect(tab.page.locator(".stage-picture")).to_be_visible()
    assert await tab.page.evaluate("String(getSelection())") == ""


async def test_a_rating_that_is_not_saved_is_shown_as_unsaved_and_retried(site: Site, tab: Dashboard) -> None:
    tab.faults.provoke("ERR_CONNECTION_RESET")
    artist = await site.add_user()
    await add_pictures(site, artist, 2)
    await open_page(tab, site, artist, "library")
    await tab.page.route("**/assets/action*", fail)
    await tab.page.get_by_role("button", name="Review").click()
    await expect(tab.page.locator(".viewer-at")).to_contain_text("1 of 2")
    await tab.page.keyboard.press("a")
    await expect(tab.page.locator(".viewer-at")).to_contain_text("saving 1")
    await expect(tab.page.get_by_role("alert")).to_contain_text("Retrying…")
    await tab.page.unroute("**/assets/action*")
    await expect(tab.page.locator(".viewer-at")).not_to_contain_text("saving")
    assert (await states(site))["sprite 0.png"] == "approved"


async def test_stars_that_fail_are_reverted_in_the_viewer_and_notes_kept(site: Site, tab: Dashboard) -> None:
    tab.faults.provoke("ERR_CONNECTION_RESET")
    artist = await site.add_user()
    await add_pictures(site, artist, 2)
    await open_page(tab, site, artist, "library")
    await tab.page.get_by_role("option", name=re.compile("^sprite 0")).click()
    stars = tab.page.locator(".verdict").get_by_role("button", pressed=True)
    await expect(tab.page.locator(".verdict")).to_be_visible()
    await tab.page.route("**/api/pmd/**", fail)
    async with tab.page.expect_event("requestfailed", lambda request: bool(re.search(r"/assets/\d+$", request.url))):
        await tab.page.keyboard.press("3")
    await expect(stars).to_have_count(0)
    note = tab.page.get_by_role("textbox", name="Private note")
    await note.fill("the hero of level two")
    async with tab.page.expect_event("requestfailed", lambda request: bool(re.search(r"/assets/\d+$", request.url))):
        await note.blur()
    await expect(tab.toasts.last).to_be_visible()
    await expect(note).to_have_value("the hero of level two")
    await tab.page.unroute("**/api/pmd/**")
    await note.focus()
    await note.blur()
    await tab.hears("1 file: note saved.")
    assert await site.pool.fetchval("SELECT note FROM asset WHERE name = 'sprite 0.png'") == "the hero of level two"


async def test_a_note_or_stars_of_another_tab_are_not_overwritten(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    (file,) = await add_pictures(site, artist, 1)
    await site.pool.execute("UPDATE asset SET note = 'as it was'")
    await hears_of_nothing(tab)
    await open_page(tab, site, artist, "library")
    await tab.page.get_by_role("option", name=re.compile("^sprite 0")).click()
    note = tab.page.get_by_role("textbox", name="Private note")
    await expect(note).to_have_value("as it was")

    async def elsewhere(**changes: object) -> None:
        edit = {"asset_ids": [file], "set": changes}
        assert (await tab.api.post("/api/pmd/assets/edit", edit, user=artist)).status == 200

    await elsewhere(note="theirs")
    await note.fill("mine")
    await note.blur()
    await tab.hears("This was changed elsewhere meanwhile, to “theirs”. Yours: “mine”.")
    await expect(note).to_have_value("theirs")
    stored = "SELECT note, rating FROM asset"
    assert tuple(await site.pool.fetchrow(stored) or ()) == ("theirs", 0)
    await tab.toasts.get_by_role("button", name="Keep mine").click()
    await tab.hears("1 file: note saved.")
    assert tuple(await site.pool.fetchrow(stored) or ()) == ("mine", 0)
    await elsewhere(rating=5)
    await tab.page.get_by_role("button", name="2 of 5 stars").first.click()
    await tab.hears("This was changed elsewhere meanwhile, to “5 stars”. Yours: “2 stars”.")
    assert tuple(await site.pool.fetchrow(stored) or ()) == ("mine", 5)


async def test_a_note_that_goes_on_while_it_is_saved_is_nobody_elses(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 1)
    await open_page(tab, site, artist, "library")
    await tab.page.get_by_role("option", name=re.compile("^sprite 0")).click()
    note = tab.page.get_by_role("textbox", name="Private note")
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await go_on.wait()
        await route.continue_()

    await tab.page.route("**/api/pmd/assets/edit", hold)
    await note.fill("the hero")
    await note.blur()
    await asked.wait()
    await note.fill("the hero of level two")
    go_on.set()
    await tab.hears("1 file: note saved.")
    await note.blur()
    await expect(note).to_have_value("the hero of level two")
    saved = "SELECT EXISTS (SELECT FROM asset WHERE note = 'the hero of level two')"
    async with asyncio.timeout(HANG_SECONDS):
        while not await site.pool.fetchval(saved):
            await asyncio.sleep(0.02)
    await expect(tab.page.get_by_text("changed elsewhere")).to_have_count(0)


async def test_what_is_shown_stands_in_the_address(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 6)
    await open_page(tab, site, artist, "library")
    await tab.page.get_by_role("button", name="Filter").click()
    await tab.page.get_by_label("Theme").select_option("dragons")
    await expect(tab.page.get_by_role("option", name=re.compile("^sprite"))).to_have_count(3)
    await expect(tab.page).to_have_url(re.compile(r"theme=dragons"))
    await tab.page.reload()
    await expect(tab.page.locator(".library-total")).to_have_text("3 files")


async def test_a_search_suggests_compares_and_explains(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 6)
    await open_page(tab, site, artist, "library")
    search = tab.page.get_by_role("searchbox").first
    await search.fill("spirte")
    suggestion = tab.page.get_by_role("button", name="Did you mean “sprite”?")
    await expect(suggestion).to_be_visible()
    await suggestion.click()
    await expect(tab.page.locator(".library-total")).to_have_text("6 files")
    await expect(search).to_have_value("sprite")
    await search.fill('sprite -"sprite 3" width>=1')
    await expect(tab.page.locator(".library-total")).to_have_text("5 files")
    tab.faults.provoke(422)
    await search.fill("width>=abc")
    await expect(tab.page.get_by_text("width needs a number, such as 64.")).to_be_visible()
    await search.fill("sprite 3 OR sprite 4")
    await expect(tab.page.locator(".asset").first).to_be_visible()


async def test_trash_is_undone_by_a_click(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 3)
    await open_page(tab, site, artist, "library")
    await tick(tab, "sprite 0", "sprite 2")
    await more(tab, "Move to trash")
    await expect(tab.page.locator(".library-total")).to_have_text("1 file")
    await tab.page.get_by_role("button", name="Undo").click()
    await tab.hears("Undone.")
    await expect(tab.page.locator(".library-total")).to_have_text("3 files")
    assert set((await states(site)).values()) == {"new"}


async def test_a_sprite_is_enlarged_and_compared(site: Site, tab: Dashboard, work_off: WorkOff) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 1)
    await open_page(tab, site, artist, "library")
    await tick(tab, "sprite 0")
    await selecting(tab, "Task").click()
    await tab.dialog.get_by_label("Factor").select_option("8")
    await tab.answers("Start 1 task")
    await tab.hears("1 task started.")
    await expect(tab.page.get_by_role("link", name=re.compile("^Tasks"))).to_contain_text("1")
    await work_off()
    await tab.page.get_by_role("button", name="Tasks", exact=True).last.click()
    await tab.page.get_by_role("link", name="Compare").click()
    await expect(tab.page.locator(".pane")).to_have_count(2)
    await expect(tab.page.locator(".pane[data-active=true]")).to_contain_text("128 × 128")
    assert await violations(tab.page) == []
    await tab.page.get_by_role("button", name="Overlay").click()
    await tab.page.get_by_label("Divider between before and after").fill("80")
    await expect(tab.page.locator(".compare-line")).to_have_attribute("style", re.compile("80%"))
    async with tab.page.expect_response("**/assets/action*"):
        await tab.page.get_by_role("button", name="Keep").click()
    await expect(tab.page.locator(".viewer-at")).to_have_text("1 of 1")
    assert set((await states(site)).values()) == {"new", "approved"}


async def test_a_pack_is_ordered_by_keys_and_lists_its_problems(site: Site, tab: Dashboard, work_off: WorkOff) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 3)
    await site.pool.execute("UPDATE asset SET approved = true WHERE name <> 'sprite 1.png'")
    await open_page(tab, site, artist, "library")
    await select_all(tab)
    await selecting(tab, "Pack").click()
    await tab.dialog.get_by_role("textbox", name="Name").fill("Dragons")
    await tab.answers("Create pack")
    tiles = tab.page.get_by_role("listbox", name="Files of the pack")
    files = tiles.get_by_role("option")
    await expect(files).to_have_count(3)
    await tiles.focus()
    await tab.page.keyboard.press("End")
    # What is left out next is left out of the order that is saved.
    async with tab.page.expect_response("**/packs/*/assets*"):
        await tab.page.keyboard.press("Alt+ArrowUp")
    await expect(files.nth(1)).to_contain_text("sprite 2.png")
    await expect(files.nth(1)).to_have_attribute("data-active", "true")
    await expect(tab.page.get_by_label("Problems", exact=True)).to_contain_text("not approved")
    await expect(tab.page.get_by_role("button", name="Build edition 1")).to_be_disabled()
    out = files.filter(has_text="sprite 1.png")
    await out.click()
    await tab.page.keyboard.press("o")
    await expect(tab.page.get_by_text("Ready to build.")).to_be_visible()
    await expect(out).to_have_attribute("data-out", "true")
    # Places and authors are removed unless the owner says otherwise.
    await tab.page.get_by_text("Embedded metadata is removed").click()
    await expect(tab.page.get_by_role("radio", name="Remove it")).to_be_checked()
    for name in ("Keep it", "Remove it"):
        async with tab.page.expect_response(lambda answer: answer.request.method == "PATCH"):
            await tab.page.get_by_role("radio", name=name).click()
        await expect(tab.page.get_by_role("radio", name=name)).to_be_checked()
    async with tab.page.expect_response("**/packs/*/export*"):
        await tab.page.get_by_role("button", name="Build edition 1").click()
    await work_off()
    await expect(tab.page.get_by_role("link", name=re.compile("download edition 1"))).to_be_visible()
    assert await site.pool.fetchval("SELECT marks FROM pack") == "strip"
    rows = await site.pool.fetch("SELECT name FROM pack_asset JOIN asset ON asset.id = asset_id ORDER BY order_index")
    assert [row["name"] for row in rows] == ["sprite 0.png", "sprite 2.png"]


async def test_10000_files_scroll_and_only_visible_ones_are_fetched(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await site.pool.execute(
        """INSERT INTO asset (user_id, path, type, hash, name, mime_type, file_format, size_bytes, width, height,
                              is_single)
           SELECT $1, '/vault/none/' || n, 'image', encode(sha256(n::text::bytea), 'hex'), 'file ' || n || '.png',
                  'image/png', 'png', 100, 16, 16, true
             FROM generate_series(1, 10000) AS n""",
        artist,
    )
    await open_page(tab, site, artist, "library")
    await expect(tab.page.locator(".library-total")).to_have_text("10,000 files")
    grid = tab.page.get_by_role("listbox")
    await grid.focus()
    await tab.page.keyboard.press("End")
    await expect(grid.locator('[aria-posinset="10000"]')).to_be_visible()
    assert await grid.get_by_role("option").count() < 200
    offsets = {int(part) for request in tab.requests for part in re.findall(r"/assets\?.*offset=(\d+)", request.url)}
    assert offsets <= {0, 96, 9888, 9984}, offsets


async def test_the_cursor_reaches_the_end_after_a_failed_request(site: Site, tab: Dashboard) -> None:
    tab.faults.provoke("ERR_CONNECTION_RESET")
    artist = await site.add_user()
    await add_pictures(site, artist, 200)
    await open_page(tab, site, artist, "library")
    grid = tab.page.get_by_role("listbox")
    await expect(grid.locator('[aria-posinset="1"]')).to_be_visible()
    await tab.page.route("**/api/pmd/assets?*", fail)
    await grid.focus()
    async with tab.page.expect_event("requestfailed"):
        await tab.page.keyboard.press("End")
    await tab.page.unroute_all()
    await expect(grid.locator('[aria-posinset="200"]')).to_be_visible()


async def test_axe_finds_no_fault_with_the_library_tasks_and_packs(site: Site, axe_tab: Dashboard) -> None:
    tab, artist = axe_tab, await site.add_user()
    first, *_ = await add_pictures(site, artist, 4)
    now = datetime.now(UTC)
    await open_page(tab, site, artist, "library")
    side = tab.page.get_by_role("button", name="Folders and filters")
    if await side.is_visible():  # on a phone it lies over the files
        await side.click()
        assert await violations(tab.page) == [], "folders and filters"
        await tab.page.keyboard.press("Escape")
    await tick(tab, "sprite 0", "sprite 1")
    assert await violations(tab.page) == [], "library"
    await selecting(tab, "More").click()
    await expect(tab.page.get_by_role("menu")).to_be_visible()
    assert await violations(tab.page) == [], "menu"
    await tab.page.keyboard.press("Escape")
    for name in ("Edit", "Publish", "Task", "Pack"):
        await more(tab, name)
        await expect(tab.dialog.get_by_role("button", name="Cancel")).to_be_visible()
        assert await violations(tab.page) == [], name
        await tab.escapes()
    await tab.page.get_by_role("button", name="Review").click()
    await expect(tab.page.locator(".stage-picture")).to_be_visible()
    assert await violations(tab.page) == [], "review"
    await tab.page.keyboard.press("i")
    assert await violations(tab.page) == [], "details"
    for columns in (
        ("failed", "This file is damaged.", now, 20.0),
        ("cancelled", None, now, 20.0),
        ("pending", None, None, 0.0),
    ):
        await site.pool.execute(
            """INSERT INTO job (kind, asset_id, user_id, requested_by, status, error_message, completed_at, progress)
               VALUES ('upscale', $1, $2, $2, $3, $4, $5, $6)""",
            first,
            artist,
            *columns,
        )
    await tab.page.goto(f"/u/{site.sqid(artist)}/tasks")
    await expect(tab.page.get_by_role("list", name="Tasks").locator("> li")).to_have_count(3)
    assert await violations(tab.page) == [], "tasks"
    pack = await tab.api.post(
        "/api/pmd/packs",
        {"name": "Dragons", "license_type": "royalty_free", "assets": [{"asset_id": first}]},
        user=artist,
    )
    await tab.page.goto(f"/u/{site.sqid(artist)}/packs")
    await expect(tab.page.get_by_role("link", name="Dragons", exact=True)).to_be_visible()
    assert await violations(tab.page) == [], "packs"
    await tab.page.get_by_role("link", name="Dragons", exact=True).click()
    await expect(tab.page.get_by_role("button", name="Build edition 1")).to_be_visible()
    assert await violations(tab.page) == [], "builder"
    assert pack is not None
