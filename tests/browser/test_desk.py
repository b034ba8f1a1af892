"""The publishing desk: files become drafts, drafts get words as in a spreadsheet, and days on which they go out."""

import re
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from ..site import Site
from .axe import violations
from .conftest import OpenTab
from .dashboard import Dashboard
from .library import more, open_page, select_all
from .shelf import add_pictures


async def _desk(tab: Dashboard, site: Site, artist: int, files: int, **columns: object) -> list[int]:
    """The desk with a draft of each of so many files; returns the files' ids."""
    ids = await add_pictures(site, artist, files, **columns)
    answer = await tab.api.post("/api/pmd/drafts", {"asset_ids": ids}, user=artist)
    assert answer.status == 200, answer
    await open_page(tab, site, artist, "publish")
    await expect(tab.page.locator(".foot-words")).to_have_text(f"{files} drafts")
    return ids


def _cell(tab: Dashboard, row: int, column: str) -> Locator:
    """Of the ``row``-th draft, from 1."""
    return tab.page.get_by_role("grid").locator(f'[aria-rowindex="{row + 1}"] [data-column="{column}"]')


async def _goes_to(tab: Dashboard, row: int, column: str) -> None:
    await _cell(tab, row, column).click(position={"x": 100, "y": 60} if column == "title" else {"x": 60, "y": 60})


async def _is_saved(tab: Dashboard) -> None:
    await expect(tab.page.locator(".desk-saved")).to_have_text(re.compile(r"^Saved \d\d:\d\d:\d\d$"))


async def _titles(site: Site) -> list[str | None]:
    return [row["title"] for row in await site.pool.fetch("SELECT title FROM draft ORDER BY position, id")]


async def test_scratch(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await tab.page.set_viewport_size({"width": 1440, "height": 900})
    await _desk(tab, site, artist, 12, folder="props/shop") if False else await _desk(tab, site, artist, 12)
    await tab.sees_pictures(9)
    await tab.page.screenshot(path="/tmp/shot1.png")
    await _goes_to(tab, 1, "title")
    await tab.page.keyboard.type("Northern Imp")
    await tab.page.keyboard.press("Enter")
    await _is_saved(tab)
    await tab.page.keyboard.press("Shift+ArrowDown")
    await tab.page.keyboard.press("=")
    await tab.page.keyboard.type("Shop item {n} of {count}: {name}")
    await tab.page.screenshot(path="/tmp/shot2.png")
    await tab.page.keyboard.press("Enter")
    await _is_saved(tab)
    print(await _titles(site))
    await tab.page.screenshot(path="/tmp/shot3.png")
