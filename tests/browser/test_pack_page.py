"""The focus of a pack's page: where it is put together, built and deleted."""

import re

from playwright.async_api import expect

from ..conftest import WorkOff
from ..site import Site
from .dashboard import Dashboard
from .library import open_page, select_all, selecting
from .shelf import add_pictures


async def test_the_focus_stays_on_the_page_of_a_pack(site: Site, tab: Dashboard, work_off: WorkOff) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 2)
    await site.pool.execute("UPDATE asset SET approved = true")
    await open_page(tab, site, artist, "library")
    await select_all(tab)
    await selecting(tab, "Pack").click()
    await tab.dialog.get_by_role("textbox", name="Name").fill("Dragons")
    await tab.answers("Create pack")
    await expect(tab.page.get_by_role("listbox", name="Files of the pack").get_by_role("option")).to_have_count(2)
    await tab.page.locator(".bar .back").click()
    await tab.page.get_by_role("link", name=re.compile("Dragons")).first.click()
    await expect(tab.page.get_by_role("heading", name="Dragons")).to_be_focused()
    await tab.page.get_by_role("button", name="Build edition 1").click()
    await expect(tab.page.get_by_role("button", name="Building…")).to_be_visible()
    await work_off()
    await expect(tab.page.get_by_role("button", name="Build edition 2")).to_be_focused()
    await tab.page.get_by_role("button", name="Delete this pack").click()
    await tab.answers("Delete pack")
    await expect(tab.page.get_by_role("heading", name=re.compile("^Packs"), level=2)).to_be_focused()
    await tab.page.get_by_role("button", name="New pack").first.click()
    await tab.dialog.get_by_role("textbox", name="Name").fill("Wyverns")
    await tab.answers("Create pack")
    await expect(tab.page.get_by_role("heading", name="Wyverns")).to_be_focused()
