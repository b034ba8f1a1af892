"""Where the focus of the library goes when what had it is gone."""

import pytest
from playwright.async_api import Route, expect

from ..site import Site
from .dashboard import Dashboard
from .library import more, open_page, select_all, selecting
from .shelf import add_pictures


async def refuse(route: Route) -> None:
    problem = '{"type": "about:blank", "title": "Not now", "status": 503, "code": "unavailable", "message": "Not now."}'
    await route.fulfill(status=503, content_type="application/problem+json", body=problem)


@pytest.mark.parametrize("way", ["key", "button", "menu"])
async def test_the_list_has_the_focus_where_purging_its_last_file_fails(site: Site, tab: Dashboard, way: str) -> None:
    tab.faults.provoke(503)
    artist = await site.add_user()
    await add_pictures(site, artist, 1)
    await site.pool.execute("UPDATE asset SET deleted_at = now()")
    await tab.page.route("**/api/pmd/assets/action", refuse)
    await open_page(tab, site, artist, "library?state=trash")
    await select_all(tab)
    await expect(selecting(tab, "Delete permanently")).to_be_visible()
    match way:
        case "key":
            await tab.page.keyboard.press("Delete")
        case "button":
            await selecting(tab, "Delete permanently").click()
        case "menu":
            await more(tab, "Delete permanently")
    await tab.answers("Delete 1 file")
    files = tab.page.get_by_role("listbox", name="Your files")
    await expect(files.get_by_role("option")).to_have_count(1)
    await expect(files).to_be_focused()
