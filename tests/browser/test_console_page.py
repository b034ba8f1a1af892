"""The console in a browser: an owner finds what has failed, reads why and tries it again, by keys alone."""

import re

import pytest
from playwright.async_api import expect

from pmd_service.jobs import KINDS
from pmd_service.work.breaker import State
from pmd_service.work.breaker_board import record_breaker
from pmd_service.work.context import WorkerContext
from pmd_service.work.registry import register_kinds

from ..conftest import WorkOff
from ..ops.failures import FAILURES, fail_downloads, fail_mail
from ..site import Api, Site
from .axe import violations
from .dashboard import Dashboard


@pytest.fixture
async def owner(site: Site, worker: WorkerContext) -> int:
    await register_kinds(worker.pool, KINDS, running_per_user=2)
    return await site.add_user("boss", roles=["owner"])


async def test_a_failure_is_found_explained_and_tried_again_by_keys(
    site: Site, api: Api, tab: Dashboard, work_off: WorkOff, owner: int
) -> None:
    alice, bob = await site.add_user("alice"), await site.add_user("bob")
    for name in ("probe", "task", "export"):
        await FAILURES[name][0](site, api, work_off, alice)
    await fail_mail(site, api, work_off, bob)
    await tab.sign_in(owner)
    page, press = tab.page, tab.page.keyboard.press
    await page.goto("/ops")
    await expect(page).to_have_url(re.compile(r"/ops$"))
    rows = page.get_by_role("option")
    await expect(rows).to_have_count(4)
    # Find: only this user's, then what the search says.
    await press("j")
    await press("u")
    await expect(page).to_have_url(re.compile(r"q=user%3Aalice"))
    await expect(rows).to_have_count(3)
    await press("/")
    await page.keyboard.press("End")
    await page.keyboard.type(" kind:task")
    await expect(rows).to_have_count(1)
    await press("Escape")
    # Explain: whose fault, and what happened.
    story = page.get_by_role("complementary", name="What happened")
    await expect(story).to_contain_text("hero.png")
    await expect(story).to_contain_text("A retry can help")
    await expect(story.get_by_role("listitem").first).to_contain_text("server")
    # Retry.
    await press("r")
    await expect(page.get_by_text("Retrying 1 row")).to_be_visible()
    await work_off()
    await expect(page.get_by_text("No work matches this filter.")).to_be_visible()
    await press("Escape")
    await expect(rows).to_have_count(3)
    await press("Shift+r")
    await expect(page.get_by_text("Retrying 3 rows")).to_be_visible()
    await work_off()
    await expect(page.get_by_text("Nothing has failed.")).to_be_visible()
    assert {each["status"] for each in await site.pool.fetch("SELECT status FROM job")} == {"completed"}


async def test_a_bounded_count_is_shown_with_a_plus(site: Site, tab: Dashboard, owner: int) -> None:
    await fail_downloads(site, owner, 10_001)
    await tab.sign_in(owner)
    await tab.page.goto("/ops")
    which = tab.page.get_by_role("group", name="Which work")
    await expect(which.get_by_role("button", name="Failed")).to_contain_text("10,000+")
    await expect(tab.page.get_by_label("10,000+ failed")).to_have_count(2)


async def test_a_kind_is_paused_and_work_is_stopped_by_keys(
    site: Site, api: Api, tab: Dashboard, work_off: WorkOff, owner: int
) -> None:
    alice = await site.add_user("alice")
    await api.post("/api/pmd/bdr", {"post_ids": [await site.add_post(alice)]}, user=alice)
    await tab.sign_in(owner)
    await tab.page.goto(f"/u/{site.sqid(owner)}/ops?state=waiting")
    press = tab.page.keyboard.press
    await expect(tab.page.get_by_role("option")).to_have_count(1)
    await expect(tab.page.get_by_role("button", name="Pause: Downloads")).to_be_visible()
    await press("Shift+p")
    await expect(tab.page.get_by_role("button", name="Resume: Downloads")).to_be_visible()
    await press("Delete")
    await tab.dialog.get_by_role("button", name="Cancel 1 row").press("Enter")
    await expect(tab.page.get_by_text("Cancelling 1 row")).to_be_visible()
    await work_off()
    assert await site.pool.fetchval("SELECT error_message FROM batch_download_requests") is not None
    await press("Shift+p")
    await expect(tab.page.get_by_role("button", name="Pause: Downloads")).to_be_visible()
    assert await site.pool.fetchval("SELECT count(*) FROM work_kinds WHERE paused_at IS NOT NULL") == 0


async def test_nobody_but_an_owner_is_shown_the_way_or_the_page(site: Site, tab: Dashboard, owner: int) -> None:
    tab.faults.provoke(403)
    moderator = await site.add_user("mod", roles=["moderator"])
    await tab.sign_in(moderator)
    await tab.page.goto(f"/u/{site.sqid(moderator)}/tasks")
    await expect(tab.page.get_by_role("link", name="Tasks")).to_be_visible()
    await expect(tab.page.get_by_role("link", name="Work")).to_have_count(0)
    refused = await tab.page.goto("/ops")
    assert refused is not None
    assert refused.status == 403
    await tab.sign_in(owner)
    await tab.page.goto(f"/u/{site.sqid(owner)}/tasks")
    await tab.page.get_by_role("link", name="Work").click()
    await expect(tab.page.get_by_text("Nothing has failed.")).to_be_visible()


async def test_unavailable_parts_are_named(
    site: Site, api: Api, tab: Dashboard, work_off: WorkOff, worker: WorkerContext, owner: int
) -> None:
    alice = await site.add_user("alice")
    for name in ("probe", "task", "email", "export", "bdr"):
        await FAILURES[name][0](site, api, work_off, alice)
    await record_breaker(worker.pool, "store", State.OPEN, "ConnectionError()", 4.0)
    await tab.sign_in(owner)
    await tab.page.goto("/ops")
    away = tab.page.get_by_role("region", name="What work needs").locator("[data-state=away]")
    await expect(away).to_contain_text("Store")
    await expect(away).to_contain_text("check")
    await expect(tab.page.get_by_text("No worker is running")).to_be_visible()
    await expect(tab.page.get_by_role("complementary", name="What happened")).to_contain_text("attempt")
    assert await violations(tab.page) == []
    await tab.page.get_by_role("button", name="Audit log").press("Enter")
    await expect(tab.page.get_by_role("dialog", name="Audit log")).to_contain_text("boss viewed this")
    assert await violations(tab.page) == [], "the log"
