"""Insights in a browser: numbers by day, what was seen most, and sheets of both."""

from datetime import UTC, datetime

from playwright.async_api import expect

from ..site import Site
from .axe import violations
from .conftest import OpenTab
from .dashboard import Dashboard


async def _open(tab: Dashboard, site: Site, user: int) -> None:
    await tab.sign_in(user)
    await tab.page.goto(f"/u/{site.sqid(user)}/insights")
    await expect(tab.page.get_by_role("heading", name="By day")).to_be_visible()


async def _has_numbers(site: Site) -> int:
    """An artist whose two posts have reactions, and whose links were seen."""
    artist = await site.add_user()
    for number, title in ((3, "Lighthouse"), (1, "Lantern")):
        await site.add_reactions(await site.add_post(artist, None, title=title, view_count=40), "🔥", number)
    await site.pool.execute(
        """INSERT INTO visits (user_id, day, subject, subject_id, slot, view_count, download_count)
           SELECT $1, $2::date - each, 'link', 1, 0, 10 + each, 1 FROM generate_series(0, 20) AS each""",
        artist,
        datetime.now(UTC).date(),
    )
    return artist


async def test_numbers_of_a_period_are_shown_and_saved(site: Site, tab: Dashboard) -> None:
    artist = await _has_numbers(site)
    await _open(tab, site, artist)
    charts = tab.page.get_by_role("figure")
    await expect(charts).to_have_text(["Views 420", "Downloads 21", "Reactions 4", "Comments 0"])
    await tab.page.get_by_text("Every day in numbers").click()
    days = tab.page.get_by_role("region", name="Every day").get_by_role("row")
    await expect(days).to_have_count(31)
    await expect(days.nth(1)).to_contain_text(datetime.now(UTC).date().isoformat())
    posts = tab.page.get_by_role("region", name="Posts").get_by_role("row")
    await expect(posts.nth(1)).to_have_text("Lighthouse003040")
    assert await violations(tab.page) == []
    await tab.page.get_by_role("group", name="Period").get_by_role("button", name="7 days").click()
    await expect(charts.first).to_have_text("Views 91")
    await tab.page.get_by_role("group", name="What is listed").get_by_role("button", name="Links").click()
    links = tab.page.get_by_role("region", name="Links").get_by_role("row")
    await expect(links.nth(1)).to_have_text("Removed91700")
    async with tab.page.expect_download() as saved:
        await tab.page.get_by_role("link", name="CSV").last.click()
    assert (await saved.value).suggested_filename == "insights-by-link.csv"
    await tab.page.reload()
    await expect(links.nth(1)).to_have_text("Removed91700")
    await tab.page.go_back()  # each choice is a step
    await expect(posts.nth(1)).to_have_text("Lighthouse003040")
    await expect(charts.first).to_have_text("Views 91")


async def test_insights_are_their_artists_alone(site: Site, tab: Dashboard) -> None:
    artist, moderator = await _has_numbers(site), await site.add_user("mira", roles=["moderator"])
    await tab.sign_in(moderator)
    await tab.page.goto(f"/u/{site.sqid(artist)}/insights")
    await expect(tab.page.get_by_text("Insights are for @artist alone.")).to_be_visible()
    await expect(tab.page.get_by_role("navigation").get_by_role("link", name="Insights")).to_have_count(0)


async def test_insights_fit_a_phone(site: Site, open_tab: OpenTab) -> None:
    artist = await _has_numbers(site)
    async with open_tab(viewport={"width": 390, "height": 844}, has_touch=True) as tab:
        await _open(tab, site, artist)
        await expect(tab.page.get_by_role("figure").first).to_have_text("Views 420")
        assert await tab.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert await violations(tab.page) == []
