"""Stacks in the library: files that are shown as one."""

import re

from playwright.async_api import Locator, expect

from ..site import Site
from .dashboard import Dashboard
from .library import open_page, select_all, selecting, tick
from .shelf import add_pictures


def tiles_of(tab: Dashboard) -> Locator:
    return tab.page.get_by_role("option", name=re.compile("^sprite"))


async def stack(site: Site, top: int, *below: int) -> None:
    await site.pool.execute(
        """UPDATE asset SET stack_id = top.id, made_in = top.folder, made_from = top.name
             FROM asset AS top WHERE asset.id = ANY ($2) AND top.id = $1""",
        top,
        list(below),
    )


async def test_a_stack_is_made_and_undone_in_all_tabs(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    top, below, *_ = await add_pictures(site, artist, 4)
    await open_page(tab, site, artist, "library")
    other = await tab.beside()
    await open_page(other, site, artist, "library")
    await expect(tiles_of(other)).to_have_count(4)
    await expect(tiles_of(tab)).to_have_count(4)
    await stack(site, top, below)
    await expect(tiles_of(other)).to_have_count(3)
    await expect(tiles_of(tab)).to_have_count(3)


async def test_what_is_below_a_trashed_top_is_listed(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    top, below, third, _ = await add_pictures(site, artist, 4)
    await stack(site, top, below, third)
    await open_page(tab, site, artist, "library")
    await expect(tiles_of(tab)).to_have_count(2)
    await tick(tab, "sprite 0")
    await tab.page.keyboard.press("#")
    await expect(tiles_of(tab)).to_have_count(3)
    await tab.page.keyboard.press("z")
    await tab.hears("Undone.")
    await expect(tiles_of(tab)).to_have_count(2)
