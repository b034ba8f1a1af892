"""Stacks in the library: files that are shown as one."""

import asyncio
import re

from playwright.async_api import Locator, Route, expect

from ..site import Site
from .dashboard import Dashboard
from .library import more, open_page, tick
from .shelf import add_pictures, make_alike


def tiles_of(tab: Dashboard) -> Locator:
    return tab.page.get_by_role("option", name=re.compile("^sprite"))


async def stack(site: Site, top: int, *below: int) -> None:
    await site.pool.execute(
        """UPDATE asset SET stack_id = top.id, made_in = top.folder, made_from = top.name
             FROM asset AS top WHERE asset.id = ANY ($2) AND top.id = $1""",
        top,
        list(below),
    )


async def stacks_of(site: Site) -> list[tuple[str, str]]:
    """Each file that is below another one, with that one."""
    rows = await site.pool.fetch(
        "SELECT a.name, t.name AS top FROM asset a JOIN asset t ON t.id = a.stack_id ORDER BY 1"
    )
    return [(row["name"][7:-4], row["top"][7:-4]) for row in rows]


async def test_selected_files_are_stacked_put_on_top_and_apart(site: Site, tab: Dashboard) -> None:
    """By menu, palette and key; in a tab beside it all of it is seen as it happens."""
    artist = await site.add_user()
    await add_pictures(site, artist, 4)
    await open_page(tab, site, artist, "library")
    other = await tab.beside()
    await open_page(other, site, artist, "library")
    await expect(tiles_of(other)).to_have_count(4)
    press = tab.page.keyboard.press

    await tick(tab, "sprite 2", "sprite 1")
    await more(tab, "Stack")
    await tab.hears("2 files in one stack, sprite 1.png on top.")
    await expect(tiles_of(tab)).to_have_count(3)
    await expect(tiles_of(other)).to_have_count(3)
    await expect(tab.page.get_by_role("toolbar", name="Actions on the selected files")).to_have_count(0)

    await tick(tab, "sprite 0", "sprite 1")  # what is on top of a stack stays there
    await press("Control+g")
    await tab.hears("3 files in one stack, sprite 1.png on top.")
    await expect(tiles_of(other)).to_have_count(2)
    assert await stacks_of(site) == [("0", "1"), ("2", "1")]
    await press("z")
    await tab.hears("Undone.")
    await expect(tiles_of(other)).to_have_count(3)
    assert await stacks_of(site) == [("2", "1")]

    await tab.page.locator(".asset-stack").click()
    await expect(tiles_of(tab)).to_have_count(4)
    await tick(tab, "sprite 2")
    await expect(tab.page.get_by_role("option", name=re.compile("^sprite 2"))).to_have_attribute(
        "aria-selected", "true"
    )
    await press("Control+k")
    await tab.page.get_by_role("combobox", name="Search or run a command").fill("on top of")
    await tab.page.get_by_role("option", name=re.compile("^Put on top of its stack")).click()
    await tab.hears("sprite 2.png is on top of its stack.")
    await expect(other.page.get_by_role("option", name=re.compile("^sprite 1"))).to_have_count(0)
    assert await stacks_of(site) == [("1", "2")]
    await press("Control+Shift+g")
    await tab.hears("2 files in no stack.")
    await expect(tiles_of(other)).to_have_count(4)
    await press("z")
    await expect(tiles_of(other)).to_have_count(3)
    assert await stacks_of(site) == [("1", "2")]


async def test_similar_files_follow_stacks_made_in_another_tab(site: Site, tab: Dashboard) -> None:
    """Also before this tab hears of changes."""
    goes_on = asyncio.Event()

    async def hold(route: Route) -> None:
        await goes_on.wait()
        await route.continue_()

    await tab.page.route("**/api/pmd/sse*", hold)
    artist = await site.add_user()
    top, below, *_ = files = await add_pictures(site, artist, 4)
    await make_alike(site, files, sizes=(2, 2))
    await open_page(tab, site, artist, "library?look=alike")
    groups = tab.page.get_by_role("navigation", name="Groups").get_by_role("listitem")
    await expect(groups).to_have_count(2)
    await stack(site, top, below)
    goes_on.set()
    await expect(groups).to_have_count(1)
    await site.pool.execute("UPDATE asset SET stack_id = NULL, made_in = NULL, made_from = NULL")
    await expect(groups).to_have_count(2)


async def test_a_trashed_top_leaves_its_files_and_comes_back(site: Site, tab: Dashboard) -> None:
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
    assert await stacks_of(site) == [("1", "0"), ("2", "0")]
