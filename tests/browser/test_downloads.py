"""Downloads: asked for, watched, taken home."""

import asyncio
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Route, expect

from pmd_service.base.settings import Settings
from pmd_service.events.hub import HUB

from ..conftest import WorkOff
from ..site import Site
from .conftest import AddGallery
from .dashboard import Dashboard
from .faults import CUT


async def add_bdr(site: Site, user: int, posts: list[int], **columns: object) -> str:
    """A request in any state, as the table allows it."""
    columns = {"user_id": user, "requested_by": user, "post_ids": posts, "artwork_count": len(posts)} | columns
    marks = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    return str(
        await site.pool.fetchval(
            f"INSERT INTO batch_download_requests ({', '.join(columns)}) VALUES ({marks}) RETURNING id",
            *columns.values(),
        )
    )


async def test_a_download_becomes_ready_and_its_zip_holds_the_selection(
    site: Site, tab: Dashboard, add_gallery: AddGallery, work_off: WorkOff, tmp_path: Path
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 140)
    await site.add_comment(posts[-1], "Nice!")
    await tab.open(artist, of=site.sqid(artist), posts=140)
    await tab.opens_downloads()
    await expect(tab.page.get_by_text("8 of 8 left")).to_be_visible()
    await tab.selects_first(128)
    await tab.act("Download")
    await expect(tab.dialog).to_contain_text("about 215 kB")
    await expect(tab.dialog).to_contain_text("8 of 8 downloads left today")
    await tab.dialog.get_by_label("Comments").check()
    await tab.answers("Request download")
    await tab.hears("Your download of 128 artworks is being prepared.")
    await expect(tab.downloads).to_contain_text("Waiting")
    await expect(tab.page.get_by_text("7 of 8 left")).to_be_visible()

    await tab.hears_of(work_off, "Your download of 128 artworks is ready.")
    await expect(tab.downloads).to_contain_text("Ready")
    await expect(tab.downloads).to_contain_text(re.compile("available for (7 d|6 d 23 h)"))
    async with tab.page.expect_download() as started:
        await tab.downloads.get_by_role("link", name="Download").click()
    archive = await started.value
    await archive.save_as(tmp_path / archive.suggested_filename)
    assert archive.suggested_filename.startswith("makapix-club-artworks-")
    with zipfile.ZipFile(tmp_path / archive.suggested_filename) as opened:
        assert opened.testzip() is None
        assert opened.namelist()[128:] == ["metadata.json", "comments.json"]
        artworks = json.loads(opened.read("metadata.json"))["artworks"]
        assert [artwork["sqid"] for artwork in artworks] == [site.sqid(post) for post in reversed(posts[-128:])]
        assert "Nice!" in opened.read("comments.json").decode()
    navigations = [request for request in tab.requests if request.is_navigation_request()]
    assert len([request for request in navigations if "/u/" in request.url]) == 1  # nothing was reloaded


async def test_a_moderator_takes_home_what_was_built_for_the_artist(
    site: Site, tab: Dashboard, add_gallery: AddGallery, work_off: WorkOff
) -> None:
    artist, moderator = await site.add_user(), await site.add_user(roles=["moderator"])
    posts = await add_gallery(artist, 3)
    await tab.open(moderator, of=site.sqid(artist), posts=3)
    await tab.opens_downloads()
    await tab.selects_first(3)
    await tab.act("Download")
    await tab.answers("Request download")
    await tab.hears("Your download of 3 artworks is being prepared.")
    await work_off()
    title = tab.page.get_by_role("heading", name="Downloads")
    assert await title.evaluate("title => title.scrollWidth <= title.clientWidth"), "nothing lies over it"
    # By the event, which names the artist in the address, and after a reload, where the list's does not.
    for is_reloaded in (False, True):
        if is_reloaded:
            await tab.page.reload()
        async with tab.page.expect_download() as started:
            await tab.downloads.get_by_role("link", name="Download").click()
        with zipfile.ZipFile(await (await started.value).path()) as opened:
            assert len(opened.namelist()) == len(posts) + 1


async def test_a_download_ready_before_its_response_is_shown_as_ready(
    site: Site, tab: Dashboard, add_gallery: AddGallery, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 3)

    async def answer_late(route: Route) -> None:
        if route.request.method == "POST":
            answer = await route.fetch()
            await work_off()
            await expect(tab.downloads).to_contain_text("Ready")
            await route.fulfill(response=answer)
        else:
            await route.fallback()

    await tab.open(artist, of=site.sqid(artist), posts=3)
    await tab.opens_downloads()
    await expect(tab.page.get_by_text("Live")).to_be_visible()
    await tab.page.route(lambda url: url.endswith("/api/pmd/bdr"), answer_late)
    await tab.selects_all()
    await tab.act("Download")
    async with tab.page.expect_response(lambda answer: answer.request.method == "POST"):
        await tab.answers("Request download")
    await tab.hears("Your download of 3 artworks is ready.")


async def test_129_artworks_are_refused_and_128_of_them_are_offered(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 129)
    await tab.open(artist, of=site.sqid(artist), posts=129)
    await tab.opens_downloads()
    await tab.selects_all()
    await tab.act("Download")
    await expect(tab.dialog.get_by_role("alert")).to_contain_text("up to 128 artworks, and 129 are selected")
    await expect(tab.dialog.get_by_role("button", name="Request download")).to_be_disabled()
    await tab.answers("Keep the first 128")
    await tab.answers("Request download")
    await expect(tab.downloads).to_contain_text("128 artworks")
    await tab.has_selected(128)
    (body,) = [body for body in tab.bodies("/api/pmd/bdr") if body]
    assert body["post_ids"] == posts[:0:-1]


async def test_an_exhausted_daily_quota_is_shown_before_the_request(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 3)
    for _ in range(8):
        await add_bdr(site, artist, posts)
    await tab.open(artist, of=site.sqid(artist), posts=3)
    await tab.opens_downloads()
    await expect(tab.page.get_by_text("0 of 8 left")).to_be_visible()
    await tab.selects_all()
    await tab.act("Download")
    await expect(tab.dialog.get_by_role("alert")).to_contain_text("You have used all 8 downloads for today.")
    await expect(tab.dialog.get_by_role("button", name="Request download")).to_be_disabled()


async def test_progress_is_shown_as_it_comes(site: Site, tab: Dashboard, add_gallery: AddGallery) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 100)
    bdr = await add_bdr(site, artist, posts)
    await tab.open(artist, of=site.sqid(artist), posts=100)
    await tab.opens_downloads()
    await expect(tab.downloads).to_contain_text("Waiting")
    await site.pool.execute(
        """
        UPDATE batch_download_requests
           SET status = 'processing',
               started_at = now() - interval '30 seconds', processed_count = 25
         WHERE id = $1""",
        bdr,
    )
    await expect(tab.downloads).to_contain_text("25 of 100")
    await expect(tab.downloads).to_contain_text(re.compile(r"about \d+ min( \d+ s)? left"))
    await expect(tab.downloads.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "25")


async def test_a_download_is_cancelled_retried_removed_and_lists_gaps(
    site: Site, tab: Dashboard, add_gallery: AddGallery, work_off: WorkOff
) -> None:
    tab.faults.provoke(404)  # the missing artwork
    artist = await site.add_user()
    await add_bdr(site, artist, await add_gallery(artist, 3))
    await site.add_post(artist, data=None, title="Lost", art_url="/vault/art/nowhere.png")
    await tab.open(artist, of=site.sqid(artist), posts=4)
    await tab.opens_downloads()
    await tab.downloads.get_by_role("button", name="Cancel").click()
    await expect(tab.downloads).to_contain_text("Cancelled by you")
    async with tab.page.expect_response("**/retry*"):
        await tab.downloads.get_by_role("button", name="Retry").click()
    await expect(tab.downloads).to_contain_text("Waiting")
    await work_off()
    await expect(tab.downloads).to_contain_text("Ready")
    await tab.downloads.get_by_role("button", name="Remove").click()
    await expect(tab.downloads).to_have_count(0)
    await expect(tab.page.get_by_text("No downloads yet")).to_be_visible()
    await tab.selects_all()
    await tab.act("Download")
    await tab.answers("Request download")
    await tab.hears("Your download of 4 artworks is being prepared.")
    await work_off()
    await tab.downloads.get_by_text("1 artwork is missing").click()
    await expect(tab.downloads).to_contain_text("Lost The artwork's file is missing.")


async def test_an_emails_link_opens_a_download_that_is_not_among_the_newest(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 3)
    old = await add_bdr(site, artist, posts, created_at=datetime.now(UTC) - timedelta(hours=30))
    for _ in range(24):
        await add_bdr(site, artist, posts)
    await tab.sign_in(artist)
    await tab.visit(site.sqid(artist), f"?bdr={old}")
    found = tab.page.locator(f"#bdr-{old}")
    await expect(found).to_be_focused()
    await expect(found).to_be_in_viewport()
    await expect(found).to_have_attribute("data-highlighted", "true")
    await expect(tab.page.get_by_role("link", name="Posts")).to_be_in_viewport(ratio=1)
    assert await tab.page.evaluate("scrollY") == 0


@pytest.mark.parametrize("who", ["the visitor's network", "the service"])
async def test_a_lost_connection_is_shown_regained_and_leaves_no_stale_row(
    site: Site, tab: Dashboard, server: TestServer, add_gallery: AddGallery, who: str
) -> None:
    tab.faults.provoke(*CUT)
    artist = await site.add_user()
    posts = await add_gallery(artist, 3)
    kept, removed = await add_bdr(site, artist, posts), await add_bdr(site, artist, posts)
    await tab.open(artist, of=site.sqid(artist), posts=3)
    await tab.opens_downloads()
    await expect(tab.page.get_by_text("Live")).to_be_visible()
    await expect(tab.downloads).to_have_count(2)
    goes_on = asyncio.Event()

    async def hold(route: Route) -> None:
        await goes_on.wait()
        await route.continue_()

    await tab.page.route("**/api/pmd/sse*", hold)
    if who == "the service":
        assert server.app is not None
        server.app[HUB].close_streams()
    else:
        await tab.context.set_offline(True)
    await expect(tab.page.get_by_text(re.compile("^(Reconnecting|Connecting)…"))).to_be_visible()
    await site.pool.execute("DELETE FROM batch_download_requests WHERE id = $1", removed)
    await site.pool.execute(
        "UPDATE batch_download_requests SET status = 'failed', error_message = 'Too late.', completed_at = now() "
        "WHERE id = $1",
        kept,
    )
    await site.pool.execute("UPDATE posts SET title = 'Written meanwhile' WHERE id = $1", posts[0])
    if who != "the service":
        await tab.context.set_offline(False)
    goes_on.set()
    await expect(tab.page.get_by_text("Live")).to_be_visible()
    await expect(tab.downloads).to_have_count(1)
    await expect(tab.downloads).to_contain_text("Too late.")
    await expect(tab.page.get_by_text("Written meanwhile")).to_be_visible()


async def test_an_archive_that_expires_while_shown_loses_its_link(
    site: Site, tab: Dashboard, add_gallery: AddGallery, settings: Settings
) -> None:
    artist = await site.add_user()
    now = datetime.now(UTC)
    await add_bdr(
        site,
        artist,
        await add_gallery(artist, 3),
        status="ready",
        file_path="bdr/x/y.zip",
        file_size_bytes=5,
        completed_at=now,
        expires_at=now + timedelta(seconds=4),
    )
    await tab.open(artist, of=site.sqid(artist), posts=3)
    await tab.opens_downloads()
    await expect(tab.downloads).to_contain_text("Expired")
    await expect(tab.downloads.get_by_role("link")).to_have_count(0)
    await expect(tab.downloads.get_by_role("button", name="Build again")).to_be_visible()
