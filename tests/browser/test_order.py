"""How somebody orders the library: smart folders, tags, downloads of many files, counts that agree, the first day."""

import asyncio
import io
import re
import zipfile

from playwright.async_api import expect

from ..conftest import WorkOff
from ..site import Site
from .conftest import OpenTab
from .dashboard import Dashboard
from .library import more, open_page, select_all
from .shelf import add_pictures


async def test_a_search_is_kept_as_a_smart_folder_and_opened(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 4)
    await open_page(tab, site, artist, "library?theme=dragons&sort=-size")
    side = tab.page.get_by_role("complementary", name="Filters")
    await side.get_by_role("button", name="Save as smart folder…").click()
    await expect(tab.page.get_by_role("textbox", name="Name")).to_have_value("theme: dragons")
    await tab.page.keyboard.type("Dragons")  # replaces what is offered
    await tab.page.get_by_role("button", name="Save", exact=True).click()
    folder = side.get_by_role("button", name=re.compile("^Dragons"))
    await expect(folder).to_have_attribute("aria-pressed", "true")
    await expect(folder).to_have_text(re.compile("2$"))
    await tab.page.get_by_role("button", name="Remove the filter theme: dragons").click()
    await expect(tab.page).to_have_url(re.compile("library\\?sort=-size$"))
    await site.pool.execute("UPDATE asset SET theme = 'dragons' WHERE name = 'sprite 0.png'")
    await expect(folder).to_have_text(re.compile("3$"))  # it follows
    await folder.click()
    await expect(tab.page).to_have_url(re.compile("theme=dragons"))
    await expect(tab.page.get_by_role("listbox").get_by_role("option")).to_have_count(3)
    await side.get_by_role("button", name="Edit Dragons").click()
    await tab.page.get_by_role("textbox", name="Name").fill("All dragons")
    await tab.page.get_by_role("button", name="Save", exact=True).click()
    await side.get_by_role("button", name="Edit All dragons").click()
    await tab.page.get_by_role("button", name="Delete this smart folder").click()
    await expect(side.get_by_role("button", name=re.compile("^All dragons"))).to_be_hidden()
    await tab.page.get_by_role("button", name="Undo").click()
    await expect(side.get_by_role("button", name=re.compile("^All dragons"))).to_be_visible()
    # Another tab renames it: this one sees it when somebody comes back to it.
    await site.pool.execute("UPDATE smart_folder SET name = 'Dragons of mine', version = version + 1")
    await tab.page.evaluate("window.dispatchEvent(new Event('visibilitychange'))")
    await expect(side.get_by_role("button", name=re.compile("^Dragons of mine"))).to_be_visible()


async def test_tags_are_coloured_merged_and_suggested(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 3)
    await site.pool.execute("UPDATE asset SET hashtags = '{sea,boat}' WHERE name <> 'sprite 0.png'")
    await site.pool.execute("UPDATE asset SET hashtags = '{see}' WHERE name = 'sprite 0.png'")
    await open_page(tab, site, artist, "library")
    tags = tab.page.get_by_role("list", name="Tags")
    await tags.get_by_role("button", name="All tags…").click()
    await tab.page.get_by_role("combobox", name="Colour of sea").select_option("teal")
    await expect(tab.page.locator(".tag-list [data-tag=teal]")).to_be_visible()
    for name in ("sea", "see"):
        await tab.page.get_by_role("checkbox", name=name).check()
    await tab.page.get_by_role("textbox", name="Name for these 2").fill("#Sea")
    await tab.page.get_by_role("button", name="Merge 2 tags").click()
    # Nobody knows afterwards which file had which one.
    question = tab.page.get_by_role("alertdialog", name="Are you sure?")
    await expect(question).to_contain_text("Merge #see into #sea, on up to 1 file? This can’t be undone.")
    await expect(tab.page.get_by_role("combobox", name="Colour of see")).to_be_visible()
    await tab.page.get_by_role("button", name="Merge", exact=True).click()
    await expect(tab.page.get_by_role("combobox", name="Colour of see")).to_be_hidden()
    await tab.page.get_by_role("button", name="3 files with sea").click()
    await expect(tab.page.get_by_role("button", name="Remove the filter #sea")).to_be_visible()
    await expect(tab.page.locator(".token [data-tag=teal]")).to_be_visible()
    await expect(tags.get_by_role("button", name=re.compile("^sea ?3$"))).to_have_attribute("aria-pressed", "true")
    search = tab.page.get_by_label("Search the library")
    await search.fill("sprite #bo")
    offered = tab.page.locator("datalist option")
    await expect(offered).to_have_count(1)
    assert await offered.get_attribute("value") == "sprite #boat "
    await search.fill("sprite #boat ")  # as choosing it does
    await expect(tab.page).to_have_url(re.compile("hashtag=boat"))
    await expect(search).to_have_value("sprite ")


async def test_several_files_and_a_folder_are_one_download_each(site: Site, tab: Dashboard, work_off: WorkOff) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 3)
    await site.pool.execute("UPDATE asset SET original_path = 'sea/' || name WHERE name <> 'sprite 0.png'")
    await open_page(tab, site, artist, "library")
    await select_all(tab)
    await more(tab, "Download")
    await expect(tab.page.get_by_text("Your download of 3 files is being prepared.")).to_be_visible()
    await tab.hears_of(work_off, "Your download of 3 files is ready.")
    async with tab.page.expect_download() as taken:
        await tab.page.locator(".toast").get_by_role("button", name="Download").click()
    path = await (await taken.value).path()
    names = zipfile.ZipFile(io.BytesIO(path.read_bytes())).namelist()
    assert sorted(names) == ["sea/sprite 1.png", "sea/sprite 2.png", "sprite 0.png"]
    await tab.page.get_by_role("treeitem", name="sea").click()
    await tab.page.get_by_role("button", name="Download sea").click()
    await expect(tab.page.get_by_text("Your download of 2 files is being prepared.")).to_be_visible()


async def test_the_tree_stays_whole_and_all_counts_agree(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 6)
    for number, folder in enumerate(("sea", "sea/deep", "sea/deep", "land", "land/far")):
        await site.pool.execute(
            "UPDATE asset SET original_path = $1 || '/' || name WHERE name = $2", folder, f"sprite {number}.png"
        )
    await site.pool.execute("UPDATE asset SET deleted_at = now() WHERE name = 'sprite 4.png'")

    async def counted() -> tuple[dict[str, int], set[int]]:
        """The tree's counts, and what everything else says."""
        folders = tab.page.get_by_role("treeitem")
        await expect(folders.first).to_be_visible()  # a call of its own, behind the list
        texts = await folders.all_inner_texts()
        tree = {name: int(count) for name, count in (text.split("\n")[-2:] for text in texts)}
        listed = await tab.page.get_by_role("listbox").get_by_role("option").count()
        bar = await tab.page.get_by_role("button", name=re.compile("^All ?\\d")).inner_text()
        total = await tab.page.locator(".library-total").inner_text()
        kinds = await tab.page.get_by_role("button", name=re.compile("^Images")).inner_text()
        return tree, {listed, *(int(re.findall(r"\d+", text)[-1]) for text in (bar, total, kinds))}

    await open_page(tab, site, artist, "library")
    await expect(tab.page.get_by_role("listbox").get_by_role("option")).to_have_count(5)
    assert await counted() == ({"land": 1, "sea": 3, "deep": 2}, {5})
    await tab.page.get_by_role("searchbox", name="Search the library").fill("2")
    await expect(tab.page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    await expect(tab.page.get_by_role("treeitem", name=re.compile("^land"))).to_have_text(re.compile("0$"))
    assert await counted() == ({"land": 0, "sea": 1, "deep": 1}, {1})
    await tab.page.get_by_role("searchbox", name="Search the library").fill("")
    await tab.page.get_by_role("treeitem", name=re.compile("^sea")).click()
    await expect(tab.page.get_by_role("listbox").get_by_role("option")).to_have_count(3)
    tree, shown = await counted()
    assert (tree["land"], tree["sea"], shown) == (1, 3, {3})


async def test_the_filmstrip_shows_how_files_were_judged(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 4)
    await site.pool.execute("UPDATE asset SET rating = 4, label = 8 WHERE name = 'sprite 1.png'")
    await open_page(tab, site, artist, "library")
    await tab.page.get_by_role("option", name=re.compile("^sprite 0")).dblclick()
    strip = tab.page.get_by_role("group", name="Files around this one")
    await expect(strip.get_by_role("button", name="sprite 1.png, 4 of 5 stars")).to_be_visible()
    await expect(strip.locator("[data-label='8']")).to_have_count(1)
    await tab.page.keyboard.press("a")
    await expect(strip.get_by_role("button", name="sprite 0.png, Approved")).to_be_visible()
    await tab.page.keyboard.press("s")
    await expect(strip.locator(".state-mark[data-state=set_aside]")).to_have_count(1)


async def test_the_first_day_leads_and_its_sample_goes_as_it_came(
    site: Site, open_tab: OpenTab, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    own = await add_pictures(site, artist, 1)
    await site.pool.execute("UPDATE asset SET original_path = 'Small island/own.png', deleted_at = now()")
    async with open_tab() as tab:
        await open_page(tab, site, artist, "posts")
        await expect(tab.page.get_by_role("heading", name="Bring your art here")).to_be_visible()
        beside = "page => innerWidth - page.getBoundingClientRect().right - page.getBoundingClientRect().left"
        assert abs(await tab.page.locator(".first-page").evaluate(beside)) < 20, "in the middle, but for a scroll bar"
        await expect(tab.page.get_by_role("button", name="All commands")).to_have_count(0)  # the header has them
        await tab.page.get_by_role("button", name="Add the sample").click()
        await expect(tab.page).to_have_url(re.compile("upload="))
        while await site.pool.fetchval("SELECT count(*) FROM batch_reports WHERE status = 'processing'"):
            await work_off()
            await asyncio.sleep(0.1)
        await tab.page.goto(f"/u/{site.sqid(artist)}/posts")
        review = tab.page.get_by_role("link", name="Review 51 new files")
        await expect(review).to_have_attribute("href", re.compile(r"/library\?state=new$"))
        rows = await site.pool.fetch("SELECT type, count(*) FROM asset WHERE deleted_at IS NULL GROUP BY 1")
        kinds = {row["type"]: row["count"] for row in rows}
        assert kinds == {"image": 44, "audio": 6, "other": 1}
        await tab.page.get_by_role("button", name="Remove the sample").click()
        await expect(tab.page.get_by_role("button", name="Add the sample")).to_be_visible()
        assert await site.pool.fetchval("SELECT array_agg(id) FROM asset") == own
        await tab.page.get_by_role("button", name="Don’t show again").click()
        await expect(tab.page.get_by_text("Nothing posted yet")).to_be_visible()
        await tab.page.get_by_role("button", name="Show the first steps").click()
        await expect(tab.page.get_by_role("heading", name="Bring your art here")).to_be_visible()
