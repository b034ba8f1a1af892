"""What a day in front of the page leaves in the browser's memory."""

from playwright.async_api import CDPSession, expect

from ..site import Site
from .conftest import AddGallery
from .dashboard import Dashboard

ROUNDS = 6
# Of the posts' page alone there are about nine hundred.
FEW = 200


async def nodes(session: CDPSession) -> int:
    """The elements and texts that cannot be collected, in the document or not."""
    for _ in range(3):  # what is freed by one may free more
        await session.send("HeapProfiler.collectGarbage")
    found = (await session.send("Performance.getMetrics"))["metrics"]
    return int(next(each["value"] for each in found if each["name"] == "Nodes"))


async def test_pages_that_were_left_are_freed(site: Site, tab: Dashboard, add_gallery: AddGallery) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 30)
    await tab.open(artist, of=site.sqid(artist), posts=30)
    session = await tab.context.new_cdp_session(tab.page)
    await session.send("Performance.enable")

    async def goes_round() -> int:
        for name in ("Library", "Insights", "Posts"):
            await tab.page.get_by_role("navigation").get_by_role("link", name=name).click()
            await expect(tab.page.get_by_role("heading", level=1)).to_be_attached()
        await tab.sees_posts(30)
        await tab.sees_pictures(10)
        return await nodes(session)

    await goes_round()
    first = await goes_round()
    for _ in range(ROUNDS):
        last = await goes_round()
    assert last - first < FEW, (first, last)
