"""20,000 and 50,000 posts in Chromium: how soon they are shown, and how fast actions on all of them are.

Times are the page's own clock: from the navigation's start to the first row and to the last page of the list; from a
click (or a typed word) until the frame that shows its result is drawn, on a processor that Chromium slows 4 ×. A
dragged scrollbar is watched from outside, frame by frame as the browser shows them: it scrolls ahead of the page.
"""

import asyncio
import base64
import io
import statistics
from typing import Any

from PIL import Image
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from pmd_service.identity.session import COOKIE
from tests.browser.chromium import find_chromium
from tests.browser.pictures import picture

from .runner import Row, median_row, p95_row
from .world import World

LOADS = 8
RUNS = 20
SLOWED = 4
DRAG_STEPS = 90
PICTURES = 16
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-first-run")

# Records when the first row is drawn and when the list is complete, and then stops observing.
_NOTE = """
const marks = (window.marks = {});
const check = () => {
    marks.first ??= document.querySelector('[data-id]') && performance.now();
    if (document.querySelector('.foot-words')?.textContent !== '%s posts') return;
    marks.all = performance.now();
    observer.disconnect();
};
const observer = new MutationObserver(check);
observer.observe(document, { childList: true, subtree: true, characterData: true });
"""

# The page's content security policy blocks Playwright's own waiting function.
_WHOLE = "new Promise((resolve) => { const check = () => (marks.all ? resolve() : setTimeout(check, 20)); check(); })"

# Does it, and gives the milliseconds until the frame is drawn in which its result stands: what is set up while a frame
# begins runs behind it.
_TIMED = """
new Promise((resolve) => {
    const begun = performance.now();
    %s;
    const check = () => {
        if (%s) setTimeout(() => resolve(performance.now() - begun));
        else requestAnimationFrame(check);
    };
    requestAnimationFrame(check);
})
"""

_ALL = "document.querySelector('[aria-label=\"Select all posts that are shown\"]').click()"
_NONE = "document.querySelector('[aria-label=\"Clear selection\"]').click()"
_SELECTED = "document.querySelector('.selection-count')?.textContent.startsWith('%s selected')"
_NONE_SELECTED = "document.querySelector('.selection-count') === null"
# One row or tile less or more, among all that are selected.
_TICK = "document.querySelector('[data-id] :is(.cell-date, .tile-tick)').click()"
_FIRST_IS = "document.querySelector('[data-id]').getAttribute('aria-selected') === '%s'"
_CLICK_TITLE = "document.querySelector('.head-cell.cell-title button').click()"
_SORTED = "document.querySelector('.head-cell.cell-title').getAttribute('aria-sort') === '%s'"
_TYPE = """const input = document.querySelector('[aria-label="Filter by text"]');
Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, '%s');
input.dispatchEvent(new Event('input', { bubbles: true }));"""
_ROWS = "document.querySelector('[role=grid]').getAttribute('aria-rowcount') === '%s'"


async def measure(world: World) -> list[Row]:
    posts = world.sized(20_000, 2_000)
    artist, headers = await world.add_artist("bench-page")
    await _add_posts(world, artist, posts)
    path = find_chromium()
    if path is None:
        print("There is no Chromium here: the page's rows are left out.", flush=True)
        return []
    many = world.sized(50_000, 5_000)
    prolific, their_headers = await world.add_artist("bench-many")
    await _add_posts(world, prolific, many)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=FLAGS, ignore_default_args=["--hide-scrollbars"]
        )
        try:
            rows = await _measured(world, browser, headers, posts)
            return rows + await _ticked(world, browser, their_headers, many)
        finally:
            await browser.close()


async def _measured(world: World, browser: Browser, headers: dict[str, str], posts: int) -> list[Row]:
    loads = [await _load(world, browser, headers, posts) for _ in range(LOADS)][1:]
    first, every = [[load[name] / 1000 for load in loads] for name in ("first", "all")]
    context = await signed_in(world, browser, headers)
    page = await _opened(context, posts)
    session = await context.new_cdp_session(page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    acts = await _acts(page, posts)
    await context.close()
    among = f"{posts:,} posts in Chromium"
    return [
        median_row(f"{among}: first row", first, unit="s", goal=0.5),
        median_row(f"{among}: all of them", every, unit="s", goal=3),
        *[p95_row(f"{among}, {SLOWED} × slowed: {name}, p95", values, goal=100) for name, values in acts.items()],
    ]


async def _ticked(world: World, browser: Browser, headers: dict[str, str], posts: int) -> list[Row]:
    """How soon the first of very many is there, and one more or less of them, all being selected, in table and grid."""
    context = await signed_in(world, browser, headers)
    among = f"{posts:,} posts in Chromium"
    rows: list[Row] = []
    for layout in ("table", "grid"):
        page = await _opened(context, posts, artist="bench-many", query=f"?view={layout}")
        if layout == "table":
            first = await page.evaluate("marks.first") / 1000
            rows.append(Row(what=f"{among}: first row", value=first, unit="s", goal=1))
        await page.locator("[role=grid]").focus()
        await page.keyboard.press("Control+a")
        ticks = [await _timed(page, _TICK, _FIRST_IS % ("true" if number % 2 else "false")) for number in range(RUNS)]
        rows.append(p95_row(f"{among}, all selected: a tick in the {layout}, p95", ticks, goal=50))
        empty = await _dragged(context, page)
        what = f"{among}, the scrollbar of the {layout} dragged: frames without rows or their lines"
        share = 100 * statistics.mean(empty)
        rows.append(Row(what=what, value=share, unit="%", goal=0, detail={"frames": len(empty)}))
        await page.close()
    await context.close()
    return rows


async def _dragged(context: BrowserContext, page: Page) -> list[bool]:
    """Whether the list is of one colour, in each frame that is shown while its scrollbar is dragged to the bottom."""
    box = await page.locator("[role=grid]").bounding_box()
    assert box is not None
    left, top, right, bottom = box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]
    session = await context.new_cdp_session(page)
    shown: list[str] = []
    acknowledging: list[asyncio.Task[Any]] = []

    def keep(frame: dict[str, Any]) -> None:
        shown.append(frame["data"])
        answer = session.send("Page.screencastFrameAck", {"sessionId": frame["sessionId"]})
        acknowledging.append(asyncio.ensure_future(answer))

    session.on("Page.screencastFrame", keep)
    await page.mouse.move(right - 5, top + 22)
    await page.mouse.down()
    await session.send("Page.startScreencast", {"format": "png", "everyNthFrame": 1})
    for step in range(1, DRAG_STEPS + 1):
        await page.mouse.move(right - 5, top + 22 + step * (bottom - top - 60) / DRAG_STEPS)
    await session.send("Page.stopScreencast")
    await page.mouse.up()
    await asyncio.gather(*acknowledging)
    # Without the head, the bar that floats over the foot, and the scrollbar.
    part = (int(left) + 8, int(top) + 40, int(right) - 30, int(bottom) - 90)
    pictures = (Image.open(io.BytesIO(base64.b64decode(data))).convert("L").crop(part) for data in shown)
    return [darkest == lightest for darkest, lightest in (picture.getextrema() for picture in pictures)]


async def _load(world: World, browser: Browser, headers: dict[str, str], posts: int) -> dict[str, float]:
    """Milliseconds to the first row and to all, with nothing in the browser's cache."""
    context = await signed_in(world, browser, headers)
    page = await _opened(context, posts)
    marks: dict[str, float] = await page.evaluate("marks")
    await context.close()
    return marks


async def signed_in(world: World, browser: Browser, headers: dict[str, str]) -> BrowserContext:
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, base_url=world.settings.base_url)
    token = headers["Authorization"].removeprefix("Bearer ")
    await context.add_cookies([{"name": COOKIE, "value": token, "url": world.settings.base_url}])
    return context


async def _opened(context: BrowserContext, posts: int, *, artist: str = "bench-page", query: str = "") -> Page:
    page = await context.new_page()
    await page.add_init_script(_NOTE % f"{posts:,}")
    await page.goto(f"/u/{artist}/posts{query}")
    await page.evaluate(_WHOLE)
    return page


async def _acts(page: Page, posts: int) -> dict[str, list[float]]:
    found = posts // 10
    await page.get_by_role("columnheader", name="Title").get_by_role("button").click()
    result: dict[str, list[float]] = {"select all": [], "sort": [], "filter": []}
    for number in range(RUNS):
        result["select all"].append(await _timed(page, _ALL, _SELECTED % f"{posts:,}"))
        await _timed(page, _NONE, _NONE_SELECTED)
        way = "descending" if number % 2 == 0 else "ascending"
        result["sort"].append(await _timed(page, _CLICK_TITLE, _SORTED % way))
        result["filter"].append(await _timed(page, _TYPE % "lighthouse", _ROWS % (found + 1)))
        await _timed(page, _TYPE % "", _ROWS % (posts + 1))
    return result


async def _timed(page: Page, act: str, is_done: str) -> float:
    took: float = await page.evaluate(_TIMED % (act, is_done))
    return took


async def _add_posts(world: World, artist: int, posts: int) -> None:
    """Posts with small pictures: missing ones would cost the browser extra work."""
    folder = world.settings.vault_path / "bench"
    folder.mkdir(exist_ok=True)
    await asyncio.to_thread(lambda: [(folder / f"{n}.png").write_bytes(picture(n)) for n in range(PICTURES)])
    await world.database.execute(
        """INSERT INTO posts (owner_id, title, description, hashtags, art_url, width, height, frame_count, file_format,
                              file_bytes, license_id, view_count, created_at)
           SELECT $1, 'Artwork number ' || n, CASE WHEN n % 10 = 0 THEN 'a lighthouse' ELSE 'a line about it' END,
                  ARRAY['pixelart', 'tag' || n % 50], '/vault/bench/' || n % $3 || '.png', 8, 8, 1 + n % 12, 'png',
                  2000 + n, 1 + n % 7, n % 5000, now() - make_interval(secs => n * 60)
             FROM generate_series(1, $2) AS n""",
        artist,
        posts,
        PICTURES,
    )
    await world.database.execute("VACUUM ANALYZE posts")
