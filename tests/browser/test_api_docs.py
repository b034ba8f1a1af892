"""GET /api/docs in a browser: everything is there, can be tried out, and the page's policy refuses none of it."""

import asyncio
from typing import Literal

from aiohttp.test_utils import TestServer
from playwright.async_api import expect

from pmd_service.http.openapi.page import DOCUMENTATION

from ..hang import HANG_SECONDS
from ..site import Api, Site
from .conftest import OpenTab
from .dashboard import Dashboard

_EMPTY = {"openapi": "3.1.0", "info": {"title": "Nothing", "version": "1"}, "paths": {}}
# What is stored, what the system has, and what is shown.
_DARKNESS: tuple[tuple[str, Literal["dark", "light"], str], ...] = (
    ("dark", "light", "dark"),
    ("light", "dark", "light"),
    ("system", "dark", "dark"),
    ("system", "light", "light"),
)


async def test_every_call_is_shown_and_can_be_tried_out(
    site: Site, api: Api, server: TestServer, open_tab: OpenTab
) -> None:
    user = await site.add_user("pixelsmith")
    document = server.app[DOCUMENTATION].document
    paths = document["paths"]
    async with open_tab() as tab:
        await tab.page.goto("/api/docs")
        # Of so many calls Swagger UI renders those in sight alone.
        await expect(tab.page.locator(".opblock").first).to_be_visible()
        count, seen = sum(map(len, paths.values())) + len(document["webhooks"]), set[str]()
        async with asyncio.timeout(HANG_SECONDS):
            while len(seen) < count:
                seen |= {*await tab.page.locator(".opblock").evaluate_all("all => all.map(({ id }) => id)")}
                # At the end from the start again: of what is passed before it is rendered, nothing is seen.
                await tab.page.evaluate(
                    "const { scrollTop, scrollHeight } = document.scrollingElement;"
                    "const isEnd = scrollTop + innerHeight >= scrollHeight - 1;"
                    "scrollTo(0, isEnd ? 0 : scrollTop + innerHeight / 2)"
                )
                await tab.page.wait_for_timeout(20)
        assert len(seen) == count
        await tab.page.evaluate("scrollTo(0, 0)")
        await expect(tab.page.locator(".info")).to_contain_text("Manage all of your posts at once")
        await expect(tab.page.locator(".info code").first).to_have_text("detail")

        await tab.page.locator(".auth-wrapper .authorize").first.click()
        await tab.page.locator("#auth-bearer-value").first.fill(api.token(user))
        await tab.page.get_by_role("button", name="Apply credentials").first.click()
        await tab.page.locator(".btn-done").first.click()
        call = tab.page.locator("#operations-Posts-getPosts")
        await call.locator(".opblock-summary-control").click()
        await call.get_by_role("button", name="Try it out").click()
        await call.get_by_role("button", name="Execute").click()
        await expect(call.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
        await expect(call.locator(".live-responses-table")).to_contain_text("total_count")


async def test_it_is_as_dark_as_the_pages_are(tab: Dashboard) -> None:
    ground = "parseInt(getComputedStyle(document.documentElement).backgroundColor.slice(4))"
    await tab.page.route("**/api/openapi.json", lambda route: route.fulfill(json=_EMPTY))
    await tab.page.goto("/api/docs")
    for theme, system, shown in _DARKNESS:
        await tab.page.evaluate("theme => localStorage.setItem('pmd.theme', JSON.stringify(theme))", theme)
        await tab.page.emulate_media(color_scheme=system)
        await tab.page.reload()
        await expect(tab.page.locator(".info")).to_be_visible()
        assert (await tab.page.evaluate(ground) == 0x14) is (shown == "dark"), (theme, system)
