"""Many posts on a slowed processor and a slow line: everything works, and nothing is asked for in vain."""

import asyncio
import re

import pytest
from playwright.async_api import Request, Route, expect

from pmd_service.jobs import KINDS
from pmd_service.work.context import WorkerContext
from pmd_service.work.registry import register_kinds

from ..conftest import WorkOff
from ..ops.failures import FAILURES
from ..site import Api, Site
from .conftest import AddGallery, OpenTab
from .dashboard import Dashboard
from .shelf import add_pictures, add_report
from .test_downloads import add_bdr

POSTS = 700
# The first has 64, so that it is there soon; the others at most 512.
PAGES = 3
# Chromium's own “Fast 3G”: milliseconds, bytes a second.
FAST_3G = {"offline": False, "latency": 562.5, "downloadThroughput": 180_000, "uploadThroughput": 84_375}
# How often a script scrolls.
COUNT_SCROLLS = """
const own = Object.getOwnPropertyDescriptor(Element.prototype, 'scrollTop');
window.scrolls = 0;
Object.defineProperty(Element.prototype, 'scrollTop', {
    ...own,
    set(to) {
        window.scrolls += 1;
        own.set.call(this, to);
    },
});
"""


async def test_many_posts_are_usable_on_a_slow_device(site: Site, tab: Dashboard, add_gallery: AddGallery) -> None:
    session = await tab.context.new_cdp_session(tab.page)
    await session.send("Network.enable")
    await session.send("Network.emulateNetworkConditions", FAST_3G)
    artist = await site.add_user()
    await add_gallery(artist, POSTS)
    await tab.sign_in(artist)
    await tab.visit(site.sqid(artist))
    await expect(tab.row_at(1)).to_contain_text(f"Artwork {POSTS}")
    await tab.sees_posts(POSTS)
    assert len([request for request in tab.requests if "/api/pmd/posts?" in request.url]) == PAGES
    # Not while the line is waited for: three quarters of a processor's time are burnt by it.
    await session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    await tab.selects_all()
    await tab.has_selected(POSTS)
    await tab.page.evaluate(COUNT_SCROLLS)
    await tab.grid.get_by_role("columnheader", name="Title").get_by_role("button").click()
    await expect(tab.row_at(1)).to_contain_text("Artwork 1")
    await tab.page.get_by_label("Filter by text").fill("lighthouse")
    await tab.sees_posts(POSTS // 10)
    await tab.has_selected(POSTS)
    await tab.page.get_by_label("Filter by text").fill("")
    await tab.sees_posts(POSTS)
    # A list that stands at its top is not scrolled there: all would be laid out for it in the midst of the act.
    assert await tab.page.evaluate("scrolls") == 0
    # Sorting and filtering ask for nothing.
    assert len([request for request in tab.requests if "/api/pmd/posts?" in request.url]) == PAGES


# How many rows there are when the list itself comes into the page.
NOTE_ROWS = """
new MutationObserver((_, observer) => {
    if (!document.querySelector('[role=grid]')) return;
    observer.disconnect();
    window.rowsAtFirst = document.querySelectorAll('[data-id]').length;
}).observe(document, { childList: true, subtree: true });
"""


async def test_posts_preloaded_are_in_the_list_from_its_first_frame(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, POSTS)
    await tab.sign_in(artist)
    are_here = asyncio.Event()

    def note(request: Request) -> None:
        if "cursor=" in request.url:  # asked once the first ones are here
            are_here.set()

    async def hold(route: Route) -> None:
        await are_here.wait()
        await route.continue_()

    tab.page.on("request", note)
    await tab.page.route("**/assets/PostsPage-*.js", hold)
    await tab.page.add_init_script(NOTE_ROWS)
    await tab.visit(site.sqid(artist))
    await tab.sees_posts(POSTS)
    assert await tab.page.evaluate("rowsAtFirst") > 0


async def test_thumbnails_scrolled_past_are_not_requested_or_are_cancelled(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, POSTS)
    held: set[str] = set()
    let_go: set[str] = set()

    async def hold(route: Route) -> None:
        held.add(route.request.url)  # and no answer, as on a line that is full

    await tab.page.route("**/api/pmd/posts/*/art*", hold)
    tab.page.on("requestfailed", lambda request: let_go.add(request.url))
    await tab.page.clock.install()
    await tab.open(artist, of=site.sqid(artist), posts=POSTS)
    first = tab.row_at(1).locator(".cell-thumbnail img")
    await expect(first).to_have_attribute("src", re.compile(f"/{posts[-1]}/art"))
    async with tab.at_once():  # nothing stays on the screen
        shown = set(await tab.grid.locator("img[src]").evaluate_all("all => all.map(({ src }) => src)"))
        while not shown <= held:
            await asyncio.sleep(0.05)
        before = set(held)
        for number in range(100, POSTS, 100):
            await tab.scroll_to(number)
            await expect(tab.row_at(number)).to_be_attached()
        assert held == before
        await tab.scroll_to(POSTS)
    last = tab.row_at(POSTS).locator(".cell-thumbnail img")
    await expect(last).to_have_attribute("src", re.compile(f"/{posts[0]}/art"))
    while not before <= let_go:
        await tab.page.wait_for_event("requestfailed")
    assert len(held - before) <= await tab.grid.get_by_role("row").count()
    await tab.page.unroute_all(behavior="ignoreErrors")


async def test_rows_are_recycled_and_missing_pictures_not_requested_again(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    tab.faults.provoke(404)
    artist = await site.add_user()
    posts = await add_gallery(artist, 200)
    await site.pool.execute("UPDATE posts SET art_url = '/vault/gallery/none.png'")
    await tab.open(artist, of=site.sqid(artist), posts=200)
    await expect(tab.row_at(1).locator(".picture.none")).to_be_attached()
    before = await tab.grid.evaluate("grid => (window.before = [...grid.querySelectorAll('[data-id]')]).length")
    await tab.scroll_to(150)
    await expect(tab.row_at(150)).to_contain_text("Artwork 51")
    # All but those at the edges: in the middle of the list the screen may cut one row more or less.
    assert await tab.page.evaluate("before.filter((row) => row.isConnected).length") >= before - 2
    for number in (1, 200, 1):
        await tab.scroll_to(number)
        await expect(tab.row_at(number).locator(".picture.none")).to_be_attached()
    assert len([request for request in tab.requests if request.url.endswith(f"/{posts[-1]}/art")]) == 1


# Not of what somebody does; both the first and all later ones.
SUM_SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) window.shifted += value;
}).observe({ type: 'layout-shift', buffered: true });
"""
# What Chromium's own page on it calls good.
GOOD_SHIFT = 0.1


# Pages, and what is there once the answers are.
ANSWERED = {
    "settings?section=keys": ".keys-table li",
    "settings?section=browsers": ".browsers-table li",
    "settings?section=data": ".data-totals .numbers:not(:empty)",
    "settings?section=data&import=": ".report-items li",
    "posts?bdr=": "[id^=bdr-]",
    "ops": ".ops-row",
}


@pytest.mark.parametrize("place", ANSWERED)
async def test_late_answers_do_not_shift_the_page_of_a_phone(
    *,
    site: Site,
    api: Api,
    open_tab: OpenTab,
    add_gallery: AddGallery,
    worker: WorkerContext,
    work_off: WorkOff,
    place: str,
) -> None:
    artist = await site.add_user(roles=["owner"])
    await add_pictures(site, artist, 2)
    if place == "ops":
        await register_kinds(worker.pool, KINDS, running_per_user=2)
        await FAILURES["task"][0](site, api, work_off, artist)
    which: object = ""
    if place.endswith("import="):
        which = await add_report(site, artist)
    elif place.endswith("bdr="):
        which = await add_bdr(site, artist, await add_gallery(artist, 3))
    for number in range(5):
        made = {"name": f"Bot {number}", "scopes": ["posts:read"], "expires_in_days": 90}
        await api.post("/api/pmd/keys", made, user=artist)
        # A token is a browser of its own.
        await api.get("/api/pmd/sessions", user=artist)
    async with open_tab(viewport={"width": 390, "height": 844}) as tab:
        await tab.page.add_init_script(SUM_SHIFTS)
        is_drawn = asyncio.Event()

        async def hold(route: Route) -> None:
            await is_drawn.wait()
            await route.continue_()

        await tab.page.route(re.compile("/api/pmd/(keys|sessions|takeout|imports|license|account|ops|bdr)"), hold)
        await tab.sign_in(artist)
        await tab.page.goto("/ops" if place == "ops" else f"/u/{site.sqid(artist)}/{place}{which}")
        await expect(tab.page.locator(".settings-main h2, .ops .bar, .posts .bar")).to_be_visible()
        await tab.page.evaluate("() => new Promise((resolve) => setTimeout(resolve, 200))")
        is_drawn.set()
        await expect(tab.page.locator(ANSWERED[place]).last).to_be_attached()
        await tab.page.evaluate("() => new Promise((resolve) => setTimeout(resolve, 200))")
        assert await tab.page.evaluate("shifted") < GOOD_SHIFT
