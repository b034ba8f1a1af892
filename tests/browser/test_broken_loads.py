"""Scripts and styles of the page that fail to load: nothing stays blank, and what failed is requested again."""

import re

from playwright.async_api import Route, expect

from ..site import Site
from .conftest import OpenTab
from .dashboard import Dashboard
from .pictures import picture
from .test_frame import open_page


async def changed(route: Route) -> None:
    """What Chromium does with requests in flight when the network changes."""
    await route.abort("connectionaborted")


async def gone(route: Route) -> None:
    await route.fulfill(status=404)


async def test_a_first_script_that_fails_leaves_a_link_to_reload_the_page(site: Site, open_tab: OpenTab) -> None:
    artist = await site.add_user()
    await site.add_post(artist, picture(1))
    for style_is_lost, motion in ((False, "no-preference"), (False, "reduce"), (True, "no-preference")):
        async with open_tab(reduced_motion=motion) as tab:
            tab.faults.provoke("ERR_CONNECTION_ABORTED")
            await tab.page.route("**/assets/index-*.js", changed)
            if style_is_lost:
                await tab.page.route("**/assets/*.css", changed)
            await tab.sign_in(artist)
            await tab.visit(site.sqid(artist), "?q=cat")
            late = tab.page.locator(".late")
            if not style_is_lost:
                await expect(late).to_be_hidden()
                await late.evaluate("line => line.getAnimations()[0].finish()")
            await expect(late).to_be_visible()
            await tab.page.unroute_all()
            await late.get_by_role("link", name="load it again").click()
            await expect(tab.page.get_by_label("Filter by text")).to_have_value("cat")
            await expect(late).to_have_count(0)


async def test_styles_that_fail_are_requested_again_before_the_page_shows(site: Site, tab: Dashboard) -> None:
    tab.faults.provoke("ERR_CONNECTION_ABORTED")
    artist = await site.add_user()
    await tab.page.route("**/assets/styles-*.css", changed, times=1)
    await tab.page.route("**/assets/LibraryPage-*.css", changed, times=1)
    await open_page(tab, site, artist, "packs")
    assert await tab.page.locator(".page-head").evaluate("head => getComputedStyle(head).display") == "flex"
    await tab.page.clock.install()
    await tab.page.get_by_role("link", name="Library", exact=True).click()
    await tab.page.clock.run_for(1000)
    await expect(tab.page.get_by_text("This is still loading.")).to_be_visible()
    await tab.page.clock.run_for(5000)
    work = tab.page.locator(".work")
    await expect(work).to_be_visible()
    assert await work.evaluate("work => getComputedStyle(work).display") == "grid"


async def test_a_chunk_replaced_by_a_release_is_reported_and_retried(site: Site, tab: Dashboard) -> None:
    tab.faults.provoke(404)
    artist = await site.add_user()
    await open_page(tab, site, artist, "packs")
    await tab.page.clock.install()
    await tab.page.route(re.compile(r"/assets/(index|TasksPage)-.*\.js"), gone)
    await tab.page.get_by_role("link", name="Tasks").click()
    await tab.page.clock.run_for(1000)
    await expect(tab.page.get_by_text("The service was updated after you opened this page.")).to_be_visible()
    await expect(tab.page.get_by_role("button", name="Reload the page")).to_be_visible()
    await tab.page.unroute_all()  # the next server still has it
    await tab.page.clock.run_for(5000)
    await expect(tab.page.get_by_text("No tasks yet")).to_be_visible()
