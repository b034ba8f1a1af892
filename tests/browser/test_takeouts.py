"""Everything at once, in named parts; and what a name is good for."""

import re

from playwright.async_api import expect

from ..conftest import WorkOff
from ..site import Site
from .conftest import AddGallery
from .dashboard import Dashboard


async def test_everything_is_taken_home_in_named_parts_one_after_another(
    site: Site, tab: Dashboard, add_gallery: AddGallery, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 300)
    await tab.open(artist, of=site.sqid(artist), posts=300)
    await tab.page.get_by_role("button", name="Download everything").click()
    await expect(tab.dialog).to_contain_text("All posts, in as many downloads as it takes")
    await tab.answers("Pack everything")
    await tab.hears("Everything is being packed, part after part.")
    await expect(tab.page.get_by_text("0 of 3 parts")).to_be_visible()
    await expect(tab.downloads).to_have_count(3)
    await expect(tab.downloads.filter(has_text="Waiting")).to_have_count(3)
    await work_off()
    for part in (1, 2, 3):
        download = tab.downloads.filter(has_text=f"Everything, part {part} of 3")
        await expect(download).to_contain_text("Ready")
        await expect(download.get_by_role("link", name=re.compile("Download"))).to_be_visible()
    await expect(tab.page.get_by_text("8 of 8 left today")).to_be_visible()
    again = tab.page.get_by_role("button", name=re.compile(r"Download everything \(again in (7 d|6 d 23 h)"))
    await expect(again).to_be_disabled()


async def test_everything_can_be_stopped_on_its_way(site: Site, tab: Dashboard, add_gallery: AddGallery) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 200)
    await tab.open(artist, of=site.sqid(artist), posts=200)
    await tab.page.get_by_role("button", name="Download everything").click()
    await tab.answers("Pack everything")
    await tab.page.get_by_role("button", name="Cancel everything", exact=True).click()
    await expect(tab.page.get_by_role("button", name="Cancel everything", exact=True)).to_have_count(0)
    await expect(tab.downloads.filter(has_text="Waiting")).to_have_count(0)
    waiting = "SELECT count(*) FROM batch_download_requests WHERE status IN ('pending', 'processing')"
    assert await site.pool.fetchval(waiting) == 0


async def test_a_download_has_its_name_and_selects_its_posts_again(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 10)
    await tab.open(artist, of=site.sqid(artist), posts=10)
    await tab.click_row(2)
    await tab.click_row(5, modifiers=["Shift"])
    await tab.act("Download")
    await tab.dialog.get_by_label("Name, to find it again (optional)").fill("Four seas")
    await tab.answers("Request download")
    await expect(tab.downloads.filter(has_text="Four seas")).to_contain_text("4 artworks")
    await site.pool.execute("UPDATE posts SET deleted_by_user = true WHERE id = $1", posts[-2])
    await tab.page.reload()
    await tab.sees_posts(9)
    await tab.selects("All")
    await tab.page.get_by_role("button", name="Select the posts of Four seas").click()
    await tab.hears("1 post of that download is no longer here.")
    await tab.has_selected(3)
    await tab.act("Hide")
    await tab.hears("3 posts hidden")
    hidden = await site.pool.fetch("SELECT id FROM posts WHERE hidden_by_user ORDER BY id")
    assert [row["id"] for row in hidden] == posts[5:8]
