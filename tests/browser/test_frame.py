"""The frame around every page: its bars, its keys, its palette and menu, what it tells, and its colours."""

import asyncio
import re
from typing import Any, Literal

from playwright.async_api import expect

from ..site import Site
from .conftest import AddGallery
from .dashboard import Dashboard
from .pictures import picture
from .shelf import add_pictures

Scheme = Literal["dark", "light"]


async def open_page(tab: Dashboard, site: Site, artist: int, page: str) -> None:
    await tab.sign_in(artist)
    await tab.page.goto(f"/u/{site.sqid(artist)}/{page}")
    await expect(tab.page.locator("main section").first).to_be_visible()


async def test_each_page_has_two_bars_and_a_footer_in_the_chosen_theme(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    for page in ("uploads", "packs", "tasks"):
        await open_page(tab, site, artist, page)
        await expect(tab.page.locator(".page-head, .bar")).to_have_count(2)
        for name, height in ((".page-head", 44), (".bar", 44), (".foot", 26)):
            await expect(tab.page.locator(name)).to_have_css("height", f"{height}px")
    await arrows_lead_through_a_bar(tab)

    # As dark as the system, until somebody chooses.
    grounds: dict[Scheme, str] = {"dark": "rgb(16, 14, 24)", "light": "rgb(245, 243, 250)"}
    ground = expect(tab.page.locator("html"))
    for system, colour in grounds.items():
        await tab.page.emulate_media(color_scheme=system)
        await ground.to_have_css("background-color", colour)
    for chosen, colour in grounds.items():
        await tab.page.get_by_role("button", name=f"Switch to {chosen}").click()
        for system in grounds:
            await tab.page.emulate_media(color_scheme=system)
            await ground.to_have_css("background-color", colour)
    await tab.page.emulate_media(color_scheme="dark")
    await tab.page.reload()
    await ground.to_have_css("background-color", grounds["light"])


async def test_buttons_of_a_bar_are_as_wide_as_their_words(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await site.add_post(artist, picture(1))
    await add_pictures(site, artist, 12)
    for page in ("library", "posts"):
        await open_page(tab, site, artist, page)
        for width in (820, 1110, 1260, 1280, 1440):
            await tab.page.set_viewport_size({"width": width, "height": 800})
            buttons = tab.page.locator(".bar > .button:visible")
            await expect(buttons.first).to_be_visible()
            cut = "all => all.filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.textContent)"
            assert (page, width, await buttons.evaluate_all(cut)) == (page, width, [])


async def arrows_lead_through_a_bar(tab: Dashboard) -> None:
    """And for the tabulator it is one stop."""
    press = tab.page.keyboard.press
    await tab.page.get_by_role("link", name="Tasks").focus()
    await press("ArrowLeft")
    await expect(tab.page.get_by_role("link", name="Packs")).to_be_focused()
    await press("Tab")
    await expect(tab.page.get_by_role("button", name="Search or run")).to_be_focused()
    for _ in range(3):
        await press("ArrowRight")
    await expect(tab.page.get_by_role("button", name="Keyboard shortcuts")).to_be_focused()
    await press("Shift+Tab")
    await expect(tab.page.get_by_role("link", name="Packs")).to_be_focused()


async def test_shortcuts_are_listed_for_this_page_and_lead_to_others(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 3)
    await tab.page.clock.install()
    await tab.open(artist, of=site.sqid(artist), posts=3)
    press = tab.page.keyboard.press
    await press("?")
    await expect(tab.dialog).to_contain_text("Edit the name or title")
    await tab.escapes()
    async with tab.at_once():
        await press("g")
        await press("t")
    await expect(tab.page).to_have_url(re.compile("/tasks"))
    await press("?")
    await expect(tab.dialog).to_contain_text("Go to posts, publish, library")
    await expect(tab.dialog).not_to_contain_text("Edit the name or title")
    await tab.escapes()
    for key, page in {"p": "posts", "l": "library", "d": "publish", "u": "uploads", "k": "packs"}.items():
        async with tab.at_once():
            await press("g")
            await press(key)
        await expect(tab.page).to_have_url(re.compile(f"/{page}"))


async def test_shortcuts_do_nothing_in_a_field_or_behind_a_dialog(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 3)
    await tab.open(artist, of=site.sqid(artist), posts=3)
    press = tab.page.keyboard.press

    is_asked = asyncio.Event()

    async def held(route: Any) -> None:
        await is_asked.wait()  # till then Ctrl is held down
        await press("x")
        await route.continue_()

    await tab.page.route("**/Palette-*.js", held)
    await press("j")
    await press("Control+k")
    is_asked.set()
    await expect(tab.page.get_by_role("combobox", name="Search or run a command")).to_have_value("x")
    await tab.escapes()
    await tab.has_selected(0)
    await press("Alt+x")
    await tab.has_selected(0)
    await press("/")
    await expect(tab.page.get_by_label("Filter by text")).to_be_focused()
    await tab.page.keyboard.type("xj")
    await tab.has_selected(0)
    await expect(tab.page.get_by_label("Filter by text")).to_have_value("xj")
    await tab.page.get_by_label("Filter by text").fill("")
    await press("Escape")  # leaves to the list
    await expect(tab.grid).to_be_focused()
    await press("?")
    await expect(tab.dialog).to_be_visible()
    await press("x")
    await tab.escapes()
    await tab.has_selected(0)
    await press("X")  # the key, not the capital
    await tab.has_selected(1)


async def test_keys_do_nothing_in_the_place_of_a_palette_that_is_loading(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 3)
    may_come = asyncio.Event()

    async def held(route: Any) -> None:
        await may_come.wait()
        await route.continue_()

    await tab.open(artist, of=site.sqid(artist), posts=3)
    await tab.selects_all()
    await tab.page.route("**/Palette-*.js", held)
    await tab.page.keyboard.press("Control+k")
    await expect(tab.dialog).to_contain_text("This is still loading.")
    await tab.page.keyboard.type("go to tasks")  # a space would press Close, and letters are shortcuts
    may_come.set()
    words = tab.page.get_by_role("combobox", name="Search or run a command")
    await expect(words).to_have_value("go to tasks")
    await tab.escapes()
    await tab.has_selected(3)


async def test_the_palette_goes_does_and_finds(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 3)
    await open_page(tab, site, artist, "tasks")
    press = tab.page.keyboard.press
    await press("Control+k")
    await tab.page.get_by_role("combobox", name="Search or run a command").fill("sprite 1")
    await tab.dialog.get_by_role("group", name="Files").get_by_role("option", name="sprite 1.png").click()
    await expect(tab.page).to_have_url(re.compile(r"/library\?asset="))
    await open_page(tab, site, artist, "tasks")
    await press("Control+k")
    await tab.page.get_by_role("combobox", name="Search or run a command").fill("go to pa")
    await press("Enter")
    await expect(tab.page).to_have_url(re.compile("/packs"))
    await tab.has_closed()
    await press("Control+k")
    await tab.page.get_by_role("combobox", name="Search or run a command").fill("no such thing")
    await expect(tab.dialog).to_contain_text("No command, post or file matches “no such thing”.")
    tab.faults.provoke(400)
    problem = {"detail": "No search now."}
    searched = re.compile(r"/api/pmd/assets\?.*search")  # the library behind it reads its list, too
    await tab.page.route(searched, lambda route: route.fulfill(status=400, json=problem), times=1)
    await tab.page.get_by_role("combobox", name="Search or run a command").fill("no such search")
    await expect(tab.dialog).to_contain_text("No search now.")
    await tab.escapes()
    await tab.page.get_by_role("navigation").get_by_role("link", name="Library").click()
    await expect(tab.page.get_by_role("option", name=re.compile("^sprite"))).to_have_count(3)
    await press("Control+k")
    for name in ("Approve", "Download"):
        await expect(tab.dialog.get_by_role("option", name=f"{name} · no file is selected")).to_be_visible()


_PRESSED_AT_ONCE = """
new MutationObserver((_, observer) => {
  if (!document.querySelector(".ask-palette")) return;
  observer.disconnect();
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "k", ctrlKey: true, bubbles: true }));
}).observe(document, { childList: true, subtree: true });
"""


async def test_a_key_counts_from_the_moment_that_the_page_stands(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await tab.page.add_init_script(_PRESSED_AT_ONCE)
    await open_page(tab, site, artist, "tasks")
    await expect(tab.page.get_by_role("combobox", name="Search or run a command")).to_be_focused()


async def test_notifications_can_be_read_again_and_offline_says_since_when(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 3)
    await tab.page.clock.install()
    await tab.open(artist, of=site.sqid(artist), posts=3)
    await tab.click_row(1)
    await tab.act("Hide")
    await tab.hears("1 post hidden")
    await tab.page.get_by_role("button", name="Dismiss").click()
    await expect(tab.toasts).to_have_count(0)
    await expect(tab.page.locator("main [aria-multiselectable]")).to_be_focused()
    async with tab.at_once():
        await tab.page.keyboard.press("g")
        await tab.page.keyboard.press("m")
    await expect(tab.dialog).to_contain_text("1 post hidden")
    await tab.escapes()

    tab.faults.provoke("ERR_INTERNET_DISCONNECTED")
    await tab.context.set_offline(True)
    await expect(tab.page.get_by_text(re.compile(r"You have been offline since \d\d:\d\d"))).to_be_visible()
    await expect(tab.row_at(1)).to_be_visible()
    await tab.context.set_offline(False)
    await expect(tab.page.get_by_text(re.compile("You have been offline since"))).to_have_count(0)


async def test_dialogs_and_pages_that_fail_to_load_say_so_and_retry(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    tab.faults.provoke("ERR_FAILED")
    artist = await site.add_user()
    await add_gallery(artist, 3)
    await tab.page.clock.install()
    await tab.open(artist, of=site.sqid(artist), posts=3)
    await tab.click_row(1)
    await tab.page.route("**/PackPostsDialog-*.js", lambda route: route.abort())
    await tab.act("Pack")
    await tab.page.clock.run_for(1000)
    await expect(tab.dialog).to_contain_text("Loading…")
    await tab.answers("Cancel")
    await tab.has_closed()
    await tab.has_selected(1)
    await tab.act("Pack")
    await tab.page.unroute_all()
    await tab.page.clock.run_for(5000)
    await tab.hears("None of these posts can be packed")

    await tab.page.route("**/PacksPage-*.js", lambda route: route.abort())
    await tab.page.get_by_role("link", name="Packs").click()
    await tab.page.clock.run_for(1000)
    await expect(tab.page.get_by_role("button", name="Reload the page")).to_be_visible()
    await tab.page.unroute_all()
    await tab.page.clock.run_for(5000)
    await expect(tab.page.get_by_text("No packs yet.")).to_be_visible()
