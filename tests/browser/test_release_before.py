"""While the service is renewed, a server of the release before may answer this release's page."""

import json
import re
from typing import Any

from playwright.async_api import Route, expect

from ..site import Site
from .dashboard import Dashboard
from .shelf import add_pictures
from .test_frame import open_page


def as_before(job: dict[str, Any]) -> dict[str, Any]:
    """A task as a server sent it that did not know of pictures."""
    return {name: value for name, value in job.items() if name != "asset_has_preview"}


async def test_a_page_reports_another_release_and_goes_on_with_the_next_one(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    (asset, *_) = await add_pictures(site, artist, 1)
    await site.pool.execute(
        """INSERT INTO job (kind, asset_id, user_id, requested_by, status, progress, completed_at)
           VALUES ('upscale', $1, $2, $2, 'cancelled', 20, now())""",
        asset,
        artist,
    )
    jobs = (await tab.api.get("/api/pmd/jobs", user=artist)).json
    before = {**jobs, "items": [as_before(job) for job in jobs["items"]]}
    reported = f"event: job_update\ndata: {json.dumps(before['items'][0])}\n\nevent: connected\ndata: null\n\n"

    async def list_before(route: Route) -> None:
        await route.fulfill(json=before)

    async def stream_before(route: Route) -> None:
        await route.fulfill(body=reported, content_type="text/event-stream")

    await tab.page.route(re.compile("/api/pmd/jobs"), list_before)
    await tab.page.route("**/api/pmd/sse*", stream_before)
    await open_page(tab, site, artist, "tasks")
    tasks = tab.page.locator("main section")
    await expect(tasks).to_contain_text("are different versions")
    await expect(tasks).to_contain_text("(items.0.asset_has_preview)")

    await tab.page.unroute_all()
    await expect(tab.page.get_by_role("list", name="Tasks").locator("> li")).to_have_count(1)
    await expect(tasks).not_to_contain_text("different versions")
