"""Every picture in sight is painted: on each list, and after each way of opening and closing what covers it."""

import re

from playwright.async_api import expect

from ..conftest import WorkOff
from ..site import Site
from .conftest import AddGallery, OpenTab
from .dashboard import Dashboard
from .library import more, open_page, select_all, selecting
from .pictures import animation
from .shelf import add_pictures, make_alike
from .test_sharing import link_of

FILES = 12


async def test_the_library_is_painted_however_a_file_is_opened_and_closed(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, FILES)
    page, press = tab.page, tab.page.keyboard.press
    viewer = page.locator(".viewer")
    await open_page(tab, site, artist, "library")
    await tab.sees_pictures(FILES)

    async def click_file() -> None:
        await page.get_by_role("option", name=re.compile("^sprite 3")).click()

    async def press_enter() -> None:
        await press("j")
        await press("Enter")

    async def click_back_button() -> None:
        await page.get_by_role("button", name="Back to the library").click()

    review = page.get_by_role("button", name="Review")
    for opens in (click_file, press_enter, review.click, page.go_forward):
        for closes in (lambda: press("Escape"), click_back_button, page.go_back):
            await opens()
            await expect(viewer).to_have_count(1)
            await tab.sees_pictures(1 + FILES)  # large, and all of them in the strip
            await press("j")
            await tab.sees_pictures(1 + FILES)
            await closes()
            await expect(viewer).to_have_count(0)
            await tab.sees_pictures(FILES)


async def test_the_library_is_painted_beside_similar_files_and_details(site: Site, open_tab: OpenTab) -> None:
    artist = await site.add_user()
    await make_alike(site, await add_pictures(site, artist, FILES), sizes=(3, 3))
    async with open_tab(viewport={"width": 1920, "height": 1080}) as tab:
        page, press = tab.page, tab.page.keyboard.press
        await open_page(tab, site, artist, "library")
        await tab.sees_pictures(FILES)
        groups = page.get_by_role("navigation", name="Groups").get_by_role("listitem")
        back = page.get_by_role("button", name="Back to the library")
        for closes in (lambda: press("Escape"), back.click, page.go_back):
            await page.get_by_role("button", name="Similar files").click()
            await expect(groups).to_have_count(2)
            await tab.sees_pictures(6)
            await press("c")
            await expect(page.locator(".pane")).to_have_count(3)
            await tab.sees_pictures(3)
            await closes()
            await expect(groups).to_have_count(2)
            await tab.sees_pictures(6)
            await closes()
            await expect(groups).to_have_count(0)
            await tab.sees_pictures(FILES)

        details = page.get_by_role("complementary", name="Details")
        for key in ("j", "j", "k", "End", "Home"):
            await press(key)
            await expect(details.locator(".inspector-art")).to_have_count(1)
            await expect(details.get_by_label("Private note")).to_have_count(1)
            await tab.sees_pictures(FILES + 1)


async def test_posts_are_painted_in_table_grid_dialogs_and_lightbox(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 200)
    await site.add_post(artist, animation(), title="Flicker", file_format="gif", frame_count=2)
    await tab.open(artist, of=site.sqid(artist), posts=201)
    await tab.sees_pictures(15)  # an animation's first frame is drawn to a canvas
    await tab.scroll_to(150)
    await tab.sees_pictures(15)
    await tab.row_at(150).locator(".cell-thumbnail").click()
    await expect(tab.dialog).to_be_visible()
    await tab.sees_pictures(16)
    await tab.escapes()
    await tab.sees_pictures(15)
    await tab.page.get_by_role("button", name="Grid").click()
    await tab.sees_pictures(15)
    await tab.page.get_by_role("link", name="Library").click()
    await tab.page.get_by_role("link", name="Posts").click()
    await tab.sees_pictures(15)
    await tab.selects_all()
    await tab.act("Edit")
    await expect(tab.dialog).to_be_visible()
    await tab.sees_pictures(15)
    await tab.escapes()
    await tab.page.keyboard.press("Control+k")
    await tab.page.get_by_role("combobox", name="Search or run a command").fill("Artwork")
    await expect(tab.dialog.get_by_role("option").first).to_be_visible()
    await tab.sees_pictures(16)


async def test_packs_tasks_the_file_list_and_shared_pages_are_painted(
    site: Site, tab: Dashboard, open_tab: OpenTab, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    files = await add_pictures(site, artist, 4)
    await site.pool.execute("UPDATE asset SET approved = true")
    body = {"name": "Dragons", "license_type": "royalty_free", "assets": [{"asset_id": file} for file in files]}
    pack = (await tab.api.post("/api/pmd/packs", body, user=artist)).json["id"]
    await tab.api.post(f"/api/pmd/packs/{pack}/export", {}, user=artist)
    await work_off()
    for file in files:
        task = {"kind": "upscale", "asset_ids": [file], "params": {"factor": 2}}
        await tab.api.post("/api/pmd/jobs", task, user=artist)

    await open_page(tab, site, artist, "packs")
    for closes in (tab.page.locator(".back").click, tab.page.go_back):
        await tab.page.get_by_role("link", name="Dragons", exact=True).click()
        await tab.sees_pictures(4)
        await closes()
        await expect(tab.page.locator(".builder")).to_have_count(0)
        await tab.sees_pictures(0)
    await tab.page.go_forward()
    await tab.page.get_by_role("button", name="Share", exact=True).click()
    await tab.answers("Create link")
    async with open_tab() as stranger:
        await stranger.page.goto(await link_of(tab))
        await stranger.sees_pictures(4)
    await tab.escapes()
    await tab.sees_pictures(4)

    await open_page(tab, site, artist, "tasks")
    await tab.sees_pictures(4)
    await open_page(tab, site, artist, "library?look=list")
    await tab.sees_pictures(4)
    await select_all(tab)
    await selecting(tab, "Task").click()
    await tab.dialog.get_by_role("radio", name=re.compile("^Cut a sheet")).check()
    await tab.sees_pictures(4)
    await tab.escapes()
    await more(tab, "Publish")
    await expect(tab.dialog).to_be_visible()
    await tab.sees_pictures(4)
    await tab.escapes()
    await tab.sees_pictures(4)
