"""20,000 files in Chromium: how soon the first tile is there, how evenly the light table scrolls (DEPTH section 6)."""

from playwright.async_api import Browser, async_playwright

from tests.browser.chromium import find_chromium

from .libraries import add_files
from .page_speed import FLAGS, signed_in
from .runner import Row, median_row, p95_row
from .world import World

ARTIST = "bench-light-table"
LOADS = 5

_NOTE = """
const observer = new MutationObserver(() => {
    if (!document.querySelector('.asset')) return;
    window.first = performance.now();
    observer.disconnect();
});
observer.observe(document, { childList: true, subtree: true });
"""

# For three seconds, a tenth of the page a frame: between its frames, in milliseconds.
_SCROLLED = """
new Promise((resolve) => {
    const grid = document.querySelector('.asset-grid');
    const times = [];
    const began = performance.now();
    const step = (now) => {
        times.push(now);
        grid.scrollBy(0, grid.clientHeight / 10);
        if (now - began < 3000) requestAnimationFrame(step);
        else resolve(times.slice(1).map((time, index) => time - times[index]));
    };
    requestAnimationFrame(step);
})
"""


async def measure(world: World) -> list[Row]:
    files = world.sized(20_000, 2_000)
    artist, headers = await world.add_artist(ARTIST)
    await add_files(world.database, artist, files)
    path = find_chromium()
    if path is None:
        print("There is no Chromium here: the light table's rows are left out.", flush=True)
        return []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            loads = [await _measure(world, browser, headers) for _ in range(LOADS)][1:]
        finally:
            await browser.close()
    first = [seconds for seconds, _ in loads]
    frames = [each for _, times in loads for each in times]
    among = f"{files:,} files in Chromium"
    return [
        median_row(f"{among}: first tile", first, unit="s", goal=0.8),
        p95_row(f"{among}: a frame while it is scrolled, p95", frames, goal=33),
    ]


async def _measure(world: World, browser: Browser, headers: dict[str, str]) -> tuple[float, list[float]]:
    """Seconds until the first tile, and the milliseconds between the frames of a scroll."""
    context = await signed_in(world, browser, headers)
    await context.add_init_script(_NOTE)
    page = await context.new_page()
    await page.goto(f"/u/{ARTIST}/library")
    await page.locator(".asset").first.wait_for()
    first = await page.evaluate("window.first / 1000")
    times = await page.evaluate(_SCROLLED)
    await context.close()
    return first, times
