"""The publishing desk: files become drafts, drafts get words as in a spreadsheet, and days on which they go out."""

import re
from typing import Any

from playwright.async_api import Locator, Route, expect

from ..site import Site
from .dashboard import Dashboard, fail
from .library import open_page
from .shelf import add_pictures


async def _desk(tab: Dashboard, site: Site, artist: int, files: int, **columns: Any) -> list[int]:
    """The desk with a draft of each of so many files; returns the files' ids."""
    ids = await add_pictures(site, artist, files, **columns)
    answer = await tab.api.post("/api/pmd/drafts", {"asset_ids": ids}, user=artist)
    assert answer.status == 200, answer
    await open_page(tab, site, artist, "publish")
    await expect(tab.page.locator(".foot-words")).to_have_text(f"{files} draft" + "s" * (files > 1))
    return ids


def _cell(tab: Dashboard, row: int, column: str) -> Locator:
    """Of the ``row``-th draft, from 1."""
    return tab.page.get_by_role("grid").locator(f'[aria-rowindex="{row + 1}"] [data-column="{column}"]')


async def _goes_to(tab: Dashboard, row: int, column: str) -> None:
    await _cell(tab, row, column).click(position={"x": 100, "y": 60} if column == "title" else {"x": 60, "y": 60})


async def _is_saved(tab: Dashboard) -> None:
    await expect(tab.page.locator(".desk-saved")).to_have_text(re.compile(r"^Saved \d\d:\d\d:\d\d$"))


async def _titles(site: Site) -> list[str | None]:
    return [row["title"] for row in await site.pool.fetch("SELECT title FROM draft ORDER BY position, id")]


async def _saves_nothing(tab: Dashboard) -> None:
    """The network gives way, but only for what is written."""
    tab.faults.provoke("ERR_CONNECTION_RESET")

    async def answer(route: Route) -> None:
        await (fail(route) if route.request.method == "PATCH" else route.continue_())

    await tab.page.route("**/api/pmd/drafts", answer)


async def test_cells_are_moved_through_typed_into_and_cleared(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await _desk(tab, site, artist, 12)
    await tab.sees_pictures(6)
    keys = tab.page.keyboard
    await _goes_to(tab, 1, "title")
    await keys.type("Northern Imp")
    await keys.press("Enter")
    await keys.press("F2")
    await keys.press("End")
    await keys.type("!")
    await keys.press("Tab")
    await keys.type("Heals two hearts.")
    await keys.press("Escape")
    await keys.press("ArrowLeft")
    await keys.press("ArrowDown")
    await keys.press("Delete")
    await _is_saved(tab)
    assert (await _titles(site))[:4] == ["Northern Imp", "sprite 1!", None, "sprite 3"]
    assert await site.pool.fetchval("SELECT count(description) FROM draft") == 0
    await expect(_cell(tab, 3, "title")).to_contain_text("No title.")
    active = await tab.page.get_by_role("grid").get_attribute("aria-activedescendant")
    assert active == await _cell(tab, 3, "title").get_attribute("id")
    await keys.press("Control+End")
    await expect(_cell(tab, 12, "when")).to_have_attribute("aria-selected", "true")
    await expect(_cell(tab, 12, "when")).to_be_in_viewport()


async def test_what_is_pressed_while_a_cell_is_edited_keeps_the_focus(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await _desk(tab, site, artist, 3)
    columns = tab.page.get_by_role("button", name="Columns")
    for typed in ("", "One"):
        await _goes_to(tab, 1, "title")
        await tab.page.keyboard.press("Enter")
        await tab.page.keyboard.type(typed)
        await columns.click()
        await expect(columns).to_be_focused()
        await columns.click()
    await _is_saved(tab)
    await _goes_to(tab, 1, "title")
    await tab.page.keyboard.press("Enter")
    await tab.page.keyboard.press("Escape")
    await expect(tab.page.get_by_role("grid")).to_be_focused()


async def test_a_range_is_filled_down_and_by_its_handle_and_undone(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await _desk(tab, site, artist, 6)
    keys = tab.page.keyboard
    await _goes_to(tab, 1, "hashtags")
    await keys.type("#shop props")
    await keys.press("Enter")
    await keys.press("ArrowUp")
    await keys.press("Shift+ArrowDown")
    await keys.press("Shift+ArrowDown")
    await keys.press("Control+d")
    await _is_saved(tab)
    tags = "SELECT hashtags FROM draft ORDER BY position"
    assert [row["hashtags"] for row in await site.pool.fetch(tags)] == [["shop", "props"]] * 3 + [[]] * 3

    handle = tab.page.locator(".desk-range [data-fill]")
    await handle.hover()
    await tab.page.mouse.down()
    await _cell(tab, 5, "hashtags").hover()
    await tab.page.mouse.up()
    await expect(_cell(tab, 5, "hashtags")).to_have_text("#shop #props")
    await expect(_cell(tab, 6, "hashtags")).to_have_text("")
    await keys.press("Control+z")
    await expect(_cell(tab, 5, "hashtags")).to_have_text("")
    await expect(_cell(tab, 3, "hashtags")).to_have_text("#shop #props")
    await keys.press("Control+z")
    await expect(_cell(tab, 3, "hashtags")).to_have_text("")
    await keys.press("Control+Shift+z")
    await expect(_cell(tab, 3, "hashtags")).to_have_text("#shop #props")
    await _is_saved(tab)
    assert [row["hashtags"] for row in await site.pool.fetch(tags)] == [["shop", "props"]] * 3 + [[]] * 3


async def test_a_pattern_shows_what_it_would_write_before_it_does(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await _desk(tab, site, artist, 12)
    keys = tab.page.keyboard
    await _goes_to(tab, 2, "title")
    await keys.press("Shift+ArrowDown")
    await keys.press("=")
    await keys.type("Shop item {n} of {count}: {name}")
    await expect(_cell(tab, 3, "title")).to_have_text("Shop item 2 of 2: sprite 2")
    await keys.press("Escape")
    await expect(_cell(tab, 3, "title")).to_have_text("sprite 2")
    await keys.press("=")
    await keys.type("Shop item {n} of {count}: {name}")
    await tab.page.get_by_role("button", name="Fill 2 cells").click()
    await _is_saved(tab)
    assert (await _titles(site))[:4] == [
        "sprite 0",
        "Shop item 1 of 2: sprite 1",
        "Shop item 2 of 2: sprite 2",
        "sprite 3",
    ]
    await expect(tab.page.get_by_role("grid")).to_be_focused()


async def test_blocks_are_copied_and_pasted_as_spreadsheets_have_them(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await _desk(tab, site, artist, 4)
    keys = tab.page.keyboard
    block = (
        'Imp\t"Walks.\nTwo lines"\t#forest\tA red imp\tBlood\tCC-BY-4.0\tForest\r\nKey\t\t\tA key\t\tmine\tforest\r\n'
    )
    await tab.page.evaluate("(text) => navigator.clipboard.writeText(text)", block)
    await _goes_to(tab, 1, "title")
    await keys.press("Control+v")
    await tab.hears("1 cell stays as before: There is no licence “mine”.")
    await expect(_cell(tab, 2, "series_id")).to_have_text("Forest")
    await _is_saved(tab)
    rows = await site.pool.fetch(
        "SELECT title, draft.description, alt_text, content_warnings, series.name FROM draft LEFT JOIN series"
        " ON series.id = series_id WHERE title IN ('Imp', 'Key') ORDER BY position"
    )
    assert [tuple(row) for row in rows] == [
        ("Imp", "Walks.\nTwo lines", "A red imp", ["Blood"], "Forest"),
        ("Key", None, "A key", [], "Forest"),
    ]
    await keys.press("Shift+ArrowDown")
    await keys.press("Shift+ArrowRight")
    await keys.press("Control+c")
    copied = await tab.page.evaluate("navigator.clipboard.readText()")
    assert copied.replace("\r\n", "\n") == 'Imp\t"Walks.\nTwo lines"\nKey\t'
    await keys.press("Control+z")
    await expect(_cell(tab, 1, "title")).to_have_text("sprite 0")


async def test_a_draft_in_a_state_that_the_page_does_not_know_is_shown(site: Site, tab: Dashboard) -> None:
    """As a newer service has them: none of the states that an older page asks for by name."""
    artist = await site.add_user()
    await add_pictures(site, artist, 2)

    async def answer(route: Route) -> None:
        response = await route.fetch()
        page = await response.json()
        is_all = "status=" not in route.request.url
        page["items"] = [
            each | {"status": "waits_for_rain"} if each["title"] == "sprite 1" else each
            for each in page["items"]
            if is_all or each["title"] != "sprite 1"
        ]
        await route.fulfill(response=response, json=page)

    await tab.page.route("**/api/pmd/drafts?*", answer)
    ids = [row["id"] for row in await site.pool.fetch("SELECT id FROM asset ORDER BY id")]
    assert (await tab.api.post("/api/pmd/drafts", {"asset_ids": ids}, user=artist)).status == 200
    await open_page(tab, site, artist, "publish")
    await expect(_cell(tab, 2, "title")).to_have_text("sprite 1")


async def test_two_tabs_merge_other_cells_and_show_a_conflict_of_one(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await _desk(tab, site, artist, 2)
    other = await tab.beside()
    await open_page(other, site, artist, "publish")
    await expect(_cell(other, 1, "title")).to_have_text("sprite 0")
    await _saves_nothing(tab)
    await _goes_to(tab, 1, "title")
    await tab.page.keyboard.type("Mine")
    await tab.page.keyboard.press("Tab")
    await tab.page.keyboard.type("My text")
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator(".desk-saved")).to_contain_text("2 cells not saved.")

    await _goes_to(other, 1, "title")
    await other.page.keyboard.type("Theirs")
    await other.page.keyboard.press("Enter")
    await _goes_to(other, 1, "hashtags")
    await other.page.keyboard.type("#theirs")
    await other.page.keyboard.press("Enter")
    await _is_saved(other)
    await expect(_cell(tab, 1, "title")).to_contain_text("Changed elsewhere")
    await expect(_cell(tab, 1, "title")).to_contain_text("Mine")
    await expect(_cell(tab, 1, "hashtags")).to_have_text("#theirs")
    await tab.page.unroute_all(behavior="wait")
    await tab.page.get_by_role("button", name="Try now").click()
    await expect(_cell(other, 1, "description")).to_have_text("My text")
    assert (await _titles(site))[0] == "Theirs"  # nothing is overwritten before one is chosen
    await _cell(tab, 1, "title").get_by_text("See it").click()
    await expect(tab.dialog).to_contain_text("Theirs")
    await tab.answers("Keep mine")
    await expect(_cell(other, 1, "title")).to_have_text("Mine")
    assert (await _titles(site))[0] == "Mine"


async def test_what_is_typed_overwrites_nothing_written_meanwhile(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await _desk(tab, site, artist, 2)
    other = await tab.beside()
    await open_page(other, site, artist, "publish")
    await _goes_to(tab, 1, "title")
    await tab.page.keyboard.type("Mine")
    await _goes_to(other, 1, "title")
    await other.page.keyboard.type("Theirs")
    await other.page.keyboard.press("Enter")
    await _is_saved(other)
    await _goes_to(other, 1, "hashtags")
    await other.page.keyboard.type("#theirs")
    await other.page.keyboard.press("Enter")
    await expect(_cell(tab, 1, "hashtags")).to_have_text("#theirs")  # this tab has heard of it
    await tab.page.keyboard.press("Enter")
    await expect(_cell(tab, 1, "title")).to_contain_text("Changed elsewhere")
    assert (await _titles(site))[0] == "Theirs"
    await _cell(tab, 1, "title").get_by_text("See it").click()
    await tab.page.get_by_role("button", name="Take theirs").click()
    await expect(_cell(tab, 1, "title")).to_have_text("Theirs")


async def test_what_was_not_saved_is_there_after_a_reload(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await _desk(tab, site, artist, 2)
    await _saves_nothing(tab)
    await _goes_to(tab, 2, "title")
    await tab.page.keyboard.type("Kept")
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator(".desk-saved")).to_contain_text("1 cell not saved.")
    tab.page.on("dialog", lambda dialog: dialog.accept())  # the browser asks before the page is left
    await tab.page.reload()
    await expect(_cell(tab, 2, "title")).to_have_text("Kept")
    await tab.page.unroute_all(behavior="wait")
    await _is_saved(tab)
    assert (await _titles(site))[1] == "Kept"
