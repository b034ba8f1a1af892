"""What readers set for all pages: their text size, and their own colours."""

import asyncio
import re

import pytest
from playwright.async_api import Page, Route, async_playwright, expect

from ..hang import HANG_SECONDS
from ..site import Site
from .conftest import FLAGS, AddGallery, OpenTab
from .dashboard import Dashboard
from .shelf import add_pictures

# Texts that are higher than what cuts them off. (A narrow bar’s title hides a count without room on purpose.)
CUT = """() => [...document.querySelectorAll("button, a, label, h2, h3, p, kbd, .count, .cut, time")].flatMap((one) => {
  const box = one.getBoundingClientRect();
  if (!box.width || !box.height || !one.checkVisibility()) return [];
  if (one.closest(".visually-hidden, [aria-hidden=true], .bar-title")) return [];
  const style = getComputedStyle(one);
  if (style.position === "absolute" && box.width <= 1) return [];
  return one.scrollHeight > one.clientHeight + 2 && style.overflowY === "hidden" && one.clientHeight > 0
    ? [`${one.tagName} ${one.className} ${one.textContent.slice(0, 40)}`] : [];
})"""

_LANGUAGE = "SELECT language FROM account_language WHERE user_id = $1"


async def height(page: Page, selector: str) -> float:
    return float(await page.locator(selector).first.evaluate("(one) => one.getBoundingClientRect().height"))


async def test_the_page_grows_with_the_readers_text_size_and_nothing_is_cut(
    site: Site, chromium: str, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 30)
    await add_pictures(site, artist, 12)
    await tab.sign_in(artist)
    cookies, root = await tab.context.cookies(), str(tab.api.root)
    async with async_playwright() as playwright:
        for size in (16, 20, 32):
            settings = f"--blink-settings=defaultFontSize={size}"
            launched = await playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, settings])
            async with (
                launched as browser,
                await browser.new_context(base_url=root, viewport={"width": 1440, "height": 900}) as context,
            ):
                await context.add_cookies(cookies)  # type: ignore[arg-type]
                page = await context.new_page()
                for name, row in (("posts", ".row .cell-date"), ("library", ".asset-name")):
                    await page.goto(f"/u/{site.sqid(artist)}/{name}")
                    await expect(page.locator(row).first).to_be_visible()
                    assert await page.evaluate("getComputedStyle(document.body).fontSize") == f"{13 * size / 16:g}px"
                    assert await height(page, ".bar") >= 44 * size / 16 - 1
                    assert await page.evaluate(CUT) == [], (size, name)
                    assert await page.evaluate("document.documentElement.scrollWidth") <= 1440, (size, name)
                await page.goto(f"/u/{site.sqid(artist)}/posts")
                await expect(page.locator(".row").nth(2)).to_be_visible()
                tops = [
                    await page.locator(".row")
                    .nth(n)
                    .evaluate("(row) => row.offsetTop || row.getBoundingClientRect().top")
                    for n in (1, 2)
                ]
                assert tops[1] - tops[0] == pytest.approx(await height(page, ".row >> nth=1"), abs=1)


async def test_with_the_readers_own_colours_flags_marks_and_mats_are_seen(site: Site, open_tab: OpenTab) -> None:
    artist = await site.add_user()
    ids = await add_pictures(site, artist, 4)
    await site.pool.execute("UPDATE asset SET label = 6, rating = 3 WHERE id = $1", ids[0])
    await site.pool.execute("UPDATE asset SET approved = true WHERE id = $1", ids[1])
    await site.pool.execute("UPDATE asset SET rejected_at = now() WHERE id = $1", ids[2])
    async with open_tab(forced_colors="active") as tab:
        await tab.sign_in(artist)
        await tab.page.goto(f"/u/{site.sqid(artist)}/library")
        await expect(tab.page.get_by_role("option", name=re.compile("^sprite"))).to_have_count(4)
        seen = await tab.page.evaluate(
            """() => {
              const back = (selector) => {
                const all = [...document.querySelectorAll(selector)].map((one) => {
                  const style = getComputedStyle(one);
                  const sign = getComputedStyle(one, "::after").height; // ticked or barred
                  return [style.backgroundColor, style.backgroundImage, style.color, style.fill, sign].join(" ");
                });
                return new Set(all).size;
              };
              return {
                flags: back(".side-flags button svg, .side-flags button span"),
                mats: back(".mats [role=radio], .mats button, .mats span"),
                states: back(".asset-name .state-mark"),
              };
            }"""
        )
        assert seen["flags"] >= 4, "each label has its colour"
        assert seen["mats"] >= 4, "each mat has its ground"
        assert seen["states"] >= 3, "each state has its mark"


async def choose_language(site: Site, tab: Dashboard, artist: int, language: str) -> None:
    await tab.page.goto(f"/u/{site.sqid(artist)}/posts")
    await tab.page.evaluate("chosen => localStorage.setItem('pmd.language', JSON.stringify(chosen))", language)
    await tab.page.reload()
    # The page may have sent it before it was loaded again: it asks when it has nothing else to do.
    async with asyncio.timeout(HANG_SECONDS):
        while await site.pool.fetchval(_LANGUAGE, artist) != language:
            await asyncio.sleep(0.05)


async def test_mails_are_in_the_language_chosen_for_the_page(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await tab.sign_in(artist)
    # The second choice comes at once: the page may not have noted yet that the first was sent.
    for language in ("de", "en"):
        await choose_language(site, tab, artist, language)


async def test_language_chosen_while_another_is_sent_is_the_account_s(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await tab.sign_in(artist)
    is_sent = asyncio.Event()

    async def hold(route: Route) -> None:
        """The service has it, and the page never hears of that."""
        if route.request.method != "PUT":
            await route.continue_()
            return
        await route.fetch()
        is_sent.set()

    await tab.page.goto(f"/u/{site.sqid(artist)}/posts")
    await tab.page.evaluate("localStorage.setItem('pmd.language', JSON.stringify('de'))")
    await tab.page.route("**/api/pmd/language", hold)
    await tab.page.reload()
    async with asyncio.timeout(HANG_SECONDS):
        await is_sent.wait()
    await tab.page.unroute("**/api/pmd/language")
    assert await site.pool.fetchval(_LANGUAGE, artist) == "de"
    await choose_language(site, tab, artist, "en")
