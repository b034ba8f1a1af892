"""The entry that docs/site.md gives to a site's profile pages: who may open the dashboard sees it, and nobody else."""

import re
from pathlib import Path

from playwright.async_api import Route, expect

from ..site import Site
from .conftest import OpenTab
from .dashboard import Dashboard

GUIDE = Path(__file__).parents[2] / "docs" / "site.md"


def snippet(sqid: str) -> str:
    (html,) = re.findall(r"```html\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    return str(html).replace("{sqid}", sqid)


async def visit_profile(tab: Dashboard, sqid: str) -> None:
    """A page of the site's at the service's origin, until it knows whether the viewer may."""

    async def answer(route: Route) -> None:
        await route.fulfill(content_type="text/html; charset=utf-8", body=f"<!doctype html>{snippet(sqid)}")

    await tab.page.route("**/profile", answer)
    async with tab.page.expect_response(f"**/u/{sqid}/posts"):
        await tab.page.goto("/profile")


async def test_the_profile_entry_shows_only_to_who_may_open_the_dashboard(site: Site, open_tab: OpenTab) -> None:
    artist, moderator = await site.add_user("pixelsmith"), await site.add_user(roles=["moderator"])
    stranger = await site.add_user()
    for viewer in (artist, moderator, stranger, None):
        async with open_tab() as tab:
            tab.faults.provoke(401, 403)
            if viewer is not None:
                await tab.sign_in(viewer)
            await visit_profile(tab, site.sqid(artist))
            if viewer in (artist, moderator):
                await tab.page.get_by_role("link", name="Manage posts").click()
                await expect(tab.page.get_by_role("heading", name="@pixelsmith")).to_be_visible()
            else:
                await tab.page.wait_for_load_state("networkidle")
                await expect(tab.page.locator(".pmd-entry")).to_be_hidden()
