"""The page is accurate: its counts agree, its icons differ, and nothing covers what is needed."""

import re

import pytest
from playwright.async_api import Locator, expect

from pmd_service.events.stream import COMMENT
from pmd_service.jobs import KINDS
from pmd_service.work.context import WorkerContext
from pmd_service.work.registry import register_kinds

from ..site import Site
from .conftest import AddGallery, OpenTab
from .dashboard import Dashboard
from .library import more, open_page, select_all
from .shelf import add_pictures

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


async def test_the_library_counts_alike_everywhere_and_its_folders_stay(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    ids = await add_pictures(site, artist, 12)
    for folder, some in (("arcade", ids[:2]), ("arcade/sprites", ids[2:6]), ("street", ids[6:])):
        await site.pool.execute("UPDATE asset SET original_path = $1 || '/' || name WHERE id = ANY ($2)", folder, some)
    await site.pool.execute("UPDATE asset SET approved = true WHERE id = ANY ($1)", ids[4:])
    await open_page(tab, site, artist, "library")
    tree, page = tab.page.get_by_role("tree", name="Folders"), tab.page

    async def folders() -> list[str]:
        return [" ".join(text.split()) for text in await tree.get_by_role("treeitem").all_inner_texts()]

    await expect(tree.get_by_role("treeitem")).to_have_count(3)
    assert await folders() == ["arcade 6", "sprites 4", "street 6"]
    await tree.get_by_role("treeitem", name="street").click()
    await expect(page.locator(".library-total")).to_have_text("6 files")
    assert await folders() == ["arcade 6", "sprites 4", "street 6"], "the others stay, with their numbers"
    state = page.get_by_role("group", name="State")
    await state.get_by_role("button", name="New").click()
    await expect(page.locator(".library-total")).to_have_text("0 files")
    await expect(tree.get_by_role("treeitem").last).to_contain_text("0")
    assert await folders() == ["arcade 4", "sprites 2", "street 0"], "without files of this state, too"
    await tree.get_by_role("treeitem", name="street").click()

    # A review is of the new files, and says so.
    await state.get_by_role("button", name="All").click()
    await expect(page.locator(".library-total")).to_have_text("12 files")
    await expect(state.get_by_role("button", name="New")).to_have_text(re.compile("4$"))
    review = page.get_by_role("button", name="Review")
    await expect(review).to_have_text(re.compile("4$"))
    await review.click()
    await expect(page.locator(".viewer-at")).to_have_text("1 of 4")
    await page.keyboard.press("Escape")
    await state.get_by_role("button", name="Approved").click()
    await expect(review).to_have_text(re.compile("8$"))
    await state.get_by_role("button", name="New").click()

    # What a task still needs is shown before the request.
    await select_all(tab)
    await more(tab, "Task")
    start = tab.dialog.get_by_role("button", name=re.compile("^Start"))
    for name, needs in (("Improve", "Choose what to do"), ("Palette", "colours to reduce to")):
        await tab.dialog.get_by_role("radio", name=re.compile(f"^{name}")).check()
        await expect(tab.dialog.get_by_role("status").filter(has_text=needs)).to_be_visible()
        await expect(start).to_be_disabled()
    await tab.dialog.get_by_role("combobox", name=re.compile("^Method")).select_option("extract")
    await expect(start).to_be_enabled()


async def covered(one: Locator) -> bool:
    """Whether something else lies over the middle of it, or of one of its buttons, if that is in sight."""
    return bool(
        await one.evaluate(
            """(one) => [one, ...one.querySelectorAll("button")].some((each) => {
                 const { x, y, width, height } = each.getBoundingClientRect();
                 const there = document.elementFromPoint(x + width / 2, y + height / 2);
                 const isBelow = y > each.parentElement.getBoundingClientRect().bottom;
                 return width > 0 && !isBelow && !one.contains(there);
               })"""
        )
    )


@pytest.mark.parametrize("width", [390, 800, 1100, 1440])
async def test_the_downloads_leave_the_bar_of_the_selection_free(
    site: Site, open_tab: OpenTab, add_gallery: AddGallery, width: int
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 20)
    phone = {"has_touch": True} if width < 800 else {}
    async with open_tab(viewport={"width": width, "height": 844}, **phone) as tab:
        await tab.open(artist, of=site.sqid(artist))
        await expect(tab.row_at(1)).to_be_visible()
        await tab.grid.focus()
        await tab.page.keyboard.press("j")
        await tab.page.keyboard.press("x")
        await expect(tab.selection).to_be_visible()
        await tab.page.keyboard.press("w")
        tray = tab.page.locator(".downloads")
        await expect(tray).to_be_visible()
        assert not await covered(tab.selection)
        assert not await covered(tray.locator("header"))


async def test_the_heads_of_the_console_stand_beside_each_other(
    site: Site, tab: Dashboard, worker: WorkerContext
) -> None:
    await register_kinds(worker.pool, KINDS, running_per_user=2)
    await tab.sign_in(await site.add_user("boss", roles=["owner"]))
    await tab.page.goto("/ops")
    await expect(tab.page.locator(".ops-kind").nth(3)).to_be_visible()
    overlapping = await tab.page.evaluate(
        """() => [".ops-kinds-head", ".ops-head"].flatMap((head) => {
             const ends = [...document.querySelector(head).childNodes].map((cell) => {
               const range = document.createRange();
               range.selectNodeContents(cell);
               return range.getBoundingClientRect();
             }).filter(({ width }) => width > 0);
             return ends.slice(1).flatMap(({ left }, at) => (left < ends[at].right + 2 ? [`${head} ${at}`] : []));
           })"""
    )
    assert overlapping == []


async def test_a_server_that_hangs_is_not_called_live(
    site: Site, tab: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist = await site.add_user()
    monkeypatch.setattr("pmd_service.events.stream.PING_SECONDS", 0.05)
    await tab.page.clock.install()
    await open_page(tab, site, artist, "library")
    live = tab.page.locator(".connection")
    await expect(live).to_have_text("Live")
    # Another stream that was opened later has heard a ping: so has the page's.
    heard = "new Promise((heard) => new EventSource('/api/pmd/sse').addEventListener('ping', heard)).then(() => true)"
    assert await tab.page.evaluate(heard)
    # From now on pings are comments, which no script sees. Those that were sent before have come when the file has.
    monkeypatch.setattr("pmd_service.events.stream.PING", COMMENT)
    await add_pictures(site, artist, 1)
    await expect(tab.page.get_by_role("option", name=re.compile("^sprite"))).to_have_count(1)
    await tab.page.clock.run_for(10_000)
    await expect(live).to_have_text("Not responding")
    await expect(tab.page.get_by_text("The service has not responded since")).to_be_visible()
    await site.pool.execute("UPDATE asset SET rating = 5")
    await expect(live).to_have_text("Live")
    await expect(tab.page.get_by_text("The service has not responded since")).to_have_count(0)
