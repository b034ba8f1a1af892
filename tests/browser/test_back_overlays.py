"""Back closes what covers the page: drawers, dialogs, the palette, and on a phone the menu and a file's details."""

import re

from playwright.async_api import expect

from ..site import Site
from .conftest import AddGallery, OpenTab
from .dashboard import Dashboard
from .shelf import add_pictures
from .test_back import PHONE, back, from_uploads


async def test_back_closes_the_downloads_tray_and_its_url_does_not_open_it(
    site: Site, tab: Dashboard, open_tab: OpenTab, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 10)
    await from_uploads(tab, site, artist, "Posts")
    await tab.sees_posts(10)
    await tab.page.get_by_role("button", name="Hidden").click()
    tray = tab.page.get_by_role("region", name="Downloads")
    await tab.opens_downloads()
    await expect(tray).to_be_visible()
    await expect(tab.page).to_have_url(re.compile(r"\?status=hidden$"))
    address = tab.page.url
    await tab.page.reload()
    await expect(tray).to_be_visible()
    await back(tab, r"\?status=hidden")
    await expect(tray).to_be_hidden()
    await tab.page.go_forward()
    await expect(tray).to_be_visible()
    await tab.page.keyboard.press("w")
    await expect(tray).to_be_hidden()
    await back(tab, "/posts")
    await back(tab, "/uploads")

    async with open_tab() as other:
        await other.sign_in(artist)
        await other.page.goto(address)
        await other.sees_posts(0)
        await expect(other.page.get_by_role("region", name="Downloads")).to_be_hidden()


async def test_back_closes_a_dialog_or_the_palette(site: Site, tab: Dashboard, add_gallery: AddGallery) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 10)
    await from_uploads(tab, site, artist, "Posts")
    await tab.sees_posts(10)
    await tab.selects_first(3)
    await tab.act("Delete")
    await expect(tab.dialog).to_contain_text("Delete 3 posts?")
    await back(tab, "/posts")
    await tab.has_selected(3)
    asked = tab.page.get_by_role("combobox", name="Search or run a command")
    await tab.page.keyboard.press("Control+k")
    await expect(asked).to_be_visible()
    await back(tab, "/posts")
    await tab.has_selected(3)

    await tab.page.keyboard.press("Control+k")
    await asked.fill("Keyboard shortcuts")
    await tab.page.keyboard.press("Enter")
    await expect(tab.dialog).to_contain_text("Keyboard shortcuts")
    await tab.escapes()
    await tab.act("Download")
    await tab.answers("Request download")
    tray = tab.page.get_by_role("region", name="Downloads")
    await expect(tray).to_be_visible()
    await back(tab, "/posts")
    await expect(tray).to_be_hidden()
    await tab.page.keyboard.press("Control+k")
    await asked.fill("Go to tasks")
    await tab.page.keyboard.press("Enter")
    await expect(tab.page).to_have_url(re.compile("/tasks$"))
    await back(tab, "/posts")
    await back(tab, "/uploads")


async def test_back_closes_the_menu_where_it_is_a_sheet(site: Site, open_tab: OpenTab, add_gallery: AddGallery) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 10)
    async with open_tab(**PHONE) as tab:
        await from_uploads(tab, site, artist, "Posts")
        await tab.sees_posts(10)
        await tab.grid.focus()
        await tab.page.keyboard.press("j")
        await tab.page.keyboard.press("m")
        menu = tab.page.get_by_role("menu")
        await expect(menu).to_be_visible()
        await back(tab, "/posts")
        await expect(menu).to_have_count(0)
        await tab.page.keyboard.press("m")
        await tab.page.get_by_role("menuitem", name="Delete").tap()
        await expect(tab.dialog).to_contain_text("Delete 1 post?")
        await back(tab, "/posts")
        await back(tab, "/uploads")


async def test_back_closes_the_details_where_they_cover_the_page(site: Site, open_tab: OpenTab) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 3)
    async with open_tab(**PHONE) as tab:
        await from_uploads(tab, site, artist, "Library")
        details = tab.page.get_by_role("complementary", name="Details")
        await tab.page.get_by_role("option", name=re.compile("^sprite 1")).tap()
        await tab.page.get_by_role("button", name="Details").tap()
        await details.get_by_label("Private note").fill("Typed last")
        await tab.page.go_back()
        await expect(details).to_have_count(0)
        await tab.hears("note saved")
        await expect(tab.page.locator(".viewer-at")).to_have_text("2 of 3")
        await tab.page.get_by_role("button", name="Details").tap()
        await expect(details).to_be_visible()
        await tab.page.get_by_role("button", name="Back to the library").tap()
        await back(tab, "/uploads")


async def test_a_reload_with_the_state_of_another_entry_stays_on_the_site(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    """As Chromium does where a dialog, of an ended session for instance, opens while the page is being reloaded."""
    artist = await site.add_user()
    await add_gallery(artist, 10)
    await tab.open(artist, of=site.sqid(artist), posts=10)
    await tab.page.keyboard.press("Control+k")
    await expect(tab.dialog).to_be_visible()
    state = await tab.page.evaluate("history.state")
    await back(tab, "/posts")
    await tab.page.evaluate("state => history.replaceState(state, '')", state)
    await tab.page.reload()
    await tab.sees_posts(10)
    await tab.has_closed()
