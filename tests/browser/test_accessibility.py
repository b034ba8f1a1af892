"""axe finds nothing to complain about, in any state, colour or width."""

import asyncio
from datetime import UTC, datetime

from playwright.async_api import Route, expect

from ..conftest import WorkOff
from ..site import Site
from .axe import violations
from .conftest import AddGallery
from .dashboard import Dashboard, fail
from .test_downloads import add_bdr


async def test_axe_finds_no_fault_in_posts_and_their_dialogs(
    site: Site, axe_tab: Dashboard, add_gallery: AddGallery
) -> None:
    tab, artist = axe_tab, await site.add_user()
    posts = await add_gallery(artist, 6)
    await site.pool.execute("UPDATE posts SET hidden_by_user = true WHERE id = $1", posts[-1])
    await site.pool.execute("UPDATE posts SET hidden_by_mod = true WHERE id = $1", posts[-2])
    await tab.open(artist, of=site.sqid(artist), posts=6)
    await tab.row_at(1).locator(".cell-title").click()
    await tab.has_selected(1)
    assert await violations(tab.page) == [], "selected"
    await tab.selects_all()
    await tab.has_selected(6)
    for name in ("Delete", "Licence", "Download", "Edit"):
        await tab.act(name)
        await expect(tab.dialog).to_be_visible()
        assert await violations(tab.page) == [], name
        await tab.escapes()
    await tab.page.get_by_role("button", name="Filters").click()
    await expect(tab.page.locator(":popover-open")).to_be_visible()
    assert await violations(tab.page) == [], "filters"
    await tab.page.keyboard.press("Escape")
    await tab.page.keyboard.press("Control+k")
    await expect(tab.dialog).to_be_visible()
    assert await violations(tab.page) == [], "palette"
    await tab.escapes()
    columns = tab.page.get_by_role("button", name="Columns")
    if await columns.is_visible():  # a phone has none
        await columns.click()
        await expect(tab.page.locator(":popover-open")).to_be_visible()
        assert await violations(tab.page) == [], "columns"
        await tab.page.keyboard.press("Escape")
    await tab.page.keyboard.press("?")
    await expect(tab.dialog).to_be_visible()
    assert await violations(tab.page) == [], "help"
    await tab.escapes()
    await tab.page.get_by_label("Filter by text").fill("nothing like this")
    await expect(tab.page.get_by_text("No posts match “nothing like this”")).to_be_visible()
    assert await violations(tab.page) == [], "nothing fits"
    await tab.page.get_by_label("Filter by text").fill("tag:sea ")
    await expect(tab.page.locator(".token")).to_be_visible()
    assert await violations(tab.page) == [], "filtered"
    await tab.row_at(1).locator(".cell-thumbnail").click()
    await expect(tab.dialog.get_by_role("button", name="Edit")).to_be_visible()
    assert await violations(tab.page) == [], "lightbox"


async def test_axe_finds_no_fault_with_a_job_that_stops_and_goes_on(
    site: Site, axe_tab: Dashboard, add_gallery: AddGallery
) -> None:
    tab, artist = axe_tab, await site.add_user()
    tab.faults.provoke("ERR_CONNECTION_RESET")
    await add_gallery(artist, 6)
    await tab.open(artist, of=site.sqid(artist), posts=6)
    await tab.page.route("**/api/pmd/action*", fail)
    await tab.selects_all()
    await tab.act("Hide")
    await expect(tab.page.get_by_role("button", name="Resume now")).to_be_visible()
    assert await violations(tab.page) == [], "stopped"
    go_on = asyncio.Event()

    async def hold(route: Route) -> None:
        await go_on.wait()
        await route.continue_()

    await tab.page.route("**/api/pmd/action*", hold)
    await tab.page.evaluate("dispatchEvent(new Event('online'))")  # or by itself, where it is just being tried again
    await expect(tab.row_at(1)).to_have_attribute("aria-busy", "true")
    assert await violations(tab.page) == [], "under way"
    go_on.set()
    await tab.hears("6 posts hidden")
    assert await violations(tab.page) == [], "toast"


async def test_axe_finds_no_fault_with_downloads_in_each_state(
    site: Site, axe_tab: Dashboard, add_gallery: AddGallery, work_off: WorkOff
) -> None:
    tab, artist, now = axe_tab, await site.add_user(), datetime.now(UTC)
    tab.faults.provoke(404)  # the lost artwork
    posts = await add_gallery(artist, 4)
    lost = await site.add_post(artist, data=None, title="Lost", art_url="/vault/art/nowhere.png")
    await tab.api.post("/api/pmd/bdr", {"post_ids": [*posts[:3], lost]}, user=artist)
    await work_off()
    await add_bdr(site, artist, posts, status="failed", error_message="All failed.", completed_at=now)
    await add_bdr(site, artist, posts, status="expired", completed_at=now, expires_at=now)
    await add_bdr(site, artist, posts)
    await tab.open(artist, of=site.sqid(artist), posts=5)
    await tab.opens_downloads()
    await expect(tab.downloads).to_have_count(4)
    await tab.downloads.get_by_text("1 artwork is missing").click()
    await expect(tab.downloads.get_by_text("The artwork's file is missing.")).to_be_visible()
    assert await violations(tab.page) == []


async def test_axe_finds_no_fault_in_empty_pages(site: Site, axe_tab: Dashboard) -> None:
    tab, artist = axe_tab, await site.add_user()
    tab.faults.provoke("ERR_CONNECTION_RESET", 401)
    await tab.open(artist, of=site.sqid(artist), posts=0)
    await expect(tab.page.locator(".first-day")).to_be_visible()  # in place of the list, which is asked for first
    assert await violations(tab.page) == [], "no posts"
    await tab.opens_downloads()
    await expect(tab.page.get_by_text("No downloads yet")).to_be_visible()
    assert await violations(tab.page) == [], "no downloads"
    await tab.page.route("**/api/pmd/posts?*", fail)
    await tab.page.reload()
    await expect(tab.page.get_by_role("button", name="Try again")).to_be_visible()
    assert await violations(tab.page) == [], "error"
    await tab.page.goto("about:blank")  # what the failing page still requests would abort the next visit
    await tab.context.clear_cookies()
    await tab.visit(site.sqid(artist))
    assert await violations(tab.page) == [], "sign-in page"


async def test_axe_finds_no_fault_with_what_a_moderator_sees(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist, moderator = await site.add_user("pixelsmith"), await site.add_user("nightwatch", roles=["moderator"])
    posts = await add_gallery(artist, 6)
    await add_bdr(site, artist, posts)
    await tab.open(moderator, of=site.sqid(artist), posts=6)
    await tab.click_row(2)
    await tab.click_row(5, modifiers=["Shift"])
    await tab.has_selected(4)
    assert await violations(tab.page) == []
    await tab.act("Delete")
    await expect(tab.dialog).to_be_visible()
    assert await violations(tab.page) == []
    await tab.escapes()
    await tab.page.get_by_role("button", name="Moderation").click()
    await expect(tab.dialog.get_by_role("region", name="Audit trail")).to_be_visible()
    assert await violations(tab.page) == [], "moderation"
