"""What somebody does on the library's page, and what became of the files."""

import asyncio
import re
from contextlib import suppress

from playwright.async_api import Locator, expect

from ..hang import HANG_SECONDS
from ..site import Site
from .dashboard import Dashboard


async def open_page(tab: Dashboard, site: Site, artist: int, page: str) -> None:
    await tab.sign_in(artist)
    await tab.page.goto(f"/u/{site.sqid(artist)}/{page}")


async def states(site: Site) -> dict[str, str]:
    return {row["name"]: row["state"] for row in await site.pool.fetch("SELECT name, state FROM asset")}


async def select_all(tab: Dashboard) -> None:
    """Everything that was found, in sight or not."""
    await expect(tab.page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
    await tab.page.get_by_role("listbox").focus()
    await tab.page.keyboard.press("Control+a")


async def become(site: Site, expected: dict[str, str]) -> None:
    """The files' states, once what was done by keys has been sent."""
    with suppress(TimeoutError):
        async with asyncio.timeout(HANG_SECONDS):
            while await states(site) != expected:
                await asyncio.sleep(0.05)
    assert await states(site) == expected


def selecting(tab: Dashboard, name: str) -> Locator:
    """A button of the bar that tells what is selected."""
    return tab.page.get_by_role("toolbar", name="Actions on the selected files").get_by_role("button", name=name)


async def more(tab: Dashboard, name: str) -> None:
    """What the bar of the selection has behind “More”."""
    await selecting(tab, "More").click()
    await tab.page.get_by_role("menuitem", name=name, exact=True).click()


async def tick(tab: Dashboard, *names: str) -> None:
    for name in names:
        file = tab.page.get_by_role("option", name=re.compile(f"^{name}"))
        await file.hover()  # waits until it stands still
        before = await file.get_attribute("aria-selected") or ""
        await file.locator(".asset-check").click()
        await expect(file).not_to_have_attribute("aria-selected", before)
