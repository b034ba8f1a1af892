"""Bringing work in: files and folders, checked before they are sent, and a report that adds up."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Route, expect

from pmd_service.base.settings import Settings

from ..built_page import is_development
from ..conftest import WorkOff
from ..hang import HANG_SECONDS
from ..site import Api, Site
from .axe import violations
from .contexts import Contexts
from .dashboard import Dashboard
from .faults import CUT
from .killable_server import KillableServer
from .mixed_folder import fill, picture, pictures_in

POLL_MS = 5000


class Uploads:
    """The page of uploads, in one tab."""

    def __init__(self, tab: Dashboard) -> None:
        self.tab = tab
        self.page = tab.page

    async def open(self, site: Site, artist: int) -> None:
        await self.tab.sign_in(artist)
        await self.page.goto(f"/u/{site.sqid(artist)}/uploads")
        await expect(self.page.get_by_role("button", name="Choose a folder")).to_be_visible()

    async def choose(self, folder: Path) -> None:
        await self.page.get_by_label("Folder to upload").set_input_files(folder)

    @property
    def report(self) -> Locator:
        """What covers the list of all uploads."""
        return self.page.locator(".page-body").filter(visible=True)

    @property
    def summary(self) -> Locator:
        return self.tab.dialog.locator(".intake-summary")

    async def start(self) -> None:
        await self.tab.dialog.get_by_role("button", name=re.compile("^Upload ")).click()
        await self.tab.has_closed()

    async def settle(self, files: int, work_off: WorkOff) -> None:
        """All of it arrives, is looked at, and reported."""
        await expect(self.report.get_by_text("All is sent.")).to_be_visible()
        await work_off()
        await expect(self.report.get_by_text(re.compile(rf"^{files} of {files} files? processed"))).to_be_visible()

    async def numbers(self) -> dict[str, int]:
        """What the report counts."""
        rows = await self.report.locator(".numbers-row > div").all()
        return {await row.locator("dt").inner_text(): int(await row.locator("dd").inner_text()) for row in rows}

    @property
    def left_out(self) -> Locator:
        return self.report.get_by_role("region", name=re.compile("left out")).get_by_role("listitem")


@pytest.fixture
async def uploads(tab: Dashboard) -> Uploads:
    return Uploads(tab)


@pytest.fixture
async def killable(settings: Settings, tmp_path: Path) -> AsyncIterator[KillableServer]:
    opened = KillableServer(settings, tmp_path)
    await opened.start()
    yield opened
    opened.kill()


async def until_received(site: Site, count: int) -> None:
    """So many files have arrived."""
    async with asyncio.timeout(HANG_SECONDS):
        while (
            await site.pool.fetchval(
                "SELECT count(*) FROM batch_report_files WHERE received_bytes = file_size AND file_size > 0"
            )
            < count
        ):
            await asyncio.sleep(0.02)


async def test_a_mixed_folder_is_uploaded_despite_kills_and_a_cut_network(
    site: Site, contexts: Contexts, killable: KillableServer, tmp_path: Path, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    known = {f"known {number}.png": picture(1000 + number) for number in range(13)}
    folder = fill(tmp_path / "mixed", pictures=92, sounds=5, videos=2, twice=20, known=known)
    assert folder.files == 140
    async with Api(killable.url, killable.settings) as api, Dashboard.opened(contexts, api) as tab:
        tab.faults.provoke(*CUT)
        uploads = Uploads(tab)
        await uploads.open(site, artist)
        before = tmp_path / "before"
        before.mkdir()
        for name, data in known.items():
            (before / name).write_bytes(data)
        await uploads.choose(before)
        await uploads.start()
        await uploads.settle(13, work_off)
        await site.pool.execute(
            "UPDATE asset SET deleted_at = now() WHERE id IN (SELECT id FROM asset ORDER BY id LIMIT 3)"
        )

        await tab.page.goto(f"/u/{site.sqid(artist)}/uploads")
        await uploads.choose(folder.path)
        await expect(uploads.summary).to_have_text(
            "102 new · 20 duplicates · 10 already in your library · 3 restored from the trash · 5 cannot be used"
        )
        await uploads.start()
        for received in (30, 50):
            await until_received(site, received)
            killable.kill()
            await killable.start()
        await until_received(site, 70)
        await tab.context.set_offline(True)
        await expect(tab.page.locator(".connection")).to_have_attribute("data-connection", "waiting")
        await tab.context.set_offline(False)

        await uploads.settle(140, work_off)
        numbers = await uploads.numbers()
        assert numbers == {
            "added": folder.new,
            "already in library": 10 + folder.twice,
            "restored": 3,
            "left out": folder.broken,
        }
        await expect(uploads.left_out).to_have_count(folder.broken)
        assert await site.pool.fetchval("SELECT count(*) FROM asset WHERE deleted_at IS NULL") == folder.new + 13


async def test_a_dry_run_is_shown_before_anything_is_sent(
    site: Site, uploads: Uploads, tmp_path: Path, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    folder = pictures_in(tmp_path / "some", 3)
    (folder / "setup.exe").write_text("no picture")
    (folder / "LICENSE").write_text("https://creativecommons.org/licenses/by/4.0/")
    (folder / ".DS_Store").write_bytes(b"system")
    fonts = pictures_in(folder / "fonts", 5)
    for number in range(4):
        (fonts / f"{number}.png").unlink()
    (fonts / "LICENSE").write_text("https://creativecommons.org/publicdomain/zero/1.0/")
    await uploads.open(site, artist)
    await uploads.choose(folder)
    await expect(uploads.summary).to_have_text("6 new · 1 cannot be used")
    await expect(uploads.tab.dialog).to_contain_text("1 hidden or unfinished file is left out")
    await uploads.tab.dialog.get_by_text("1 hidden or unfinished file").click()
    await expect(uploads.tab.dialog.get_by_text("some/.DS_Store")).to_be_visible()
    assert await site.pool.fetchval("SELECT count(*) FROM batch_reports") == 0
    await uploads.tab.dialog.get_by_role("button", name="Give CC-BY-4.0 to all of them").click()
    # A licence is offered for the files of its folder alone.
    await uploads.tab.dialog.get_by_role("button", name="Give CC0-1.0 to the 2 files in “some/fonts”").click()
    await uploads.tab.dialog.get_by_role("textbox", name="Theme").fill("dragons")
    await uploads.start()
    await uploads.settle(8, work_off)
    assert await uploads.numbers() == {"added": 6, "left out": 2}
    await expect(uploads.page.get_by_role("region", name=re.compile("left out"))).to_contain_text(
        "a program or a script"
    )
    await expect(uploads.left_out.filter(has_text=".DS_Store")).to_have_count(1)
    await expect(uploads.left_out.filter(has_text=".DS_Store").get_by_text("Choose another")).to_have_count(0)
    licences = "SELECT license_id, count(*) FROM asset WHERE theme = 'dragons' GROUP BY 1 ORDER BY 1"
    assert [tuple(row) for row in await site.pool.fetch(licences)] == [(1, 2), (2, 4)]

    await uploads.page.get_by_role("button", name="Undo this upload").click()
    await expect(uploads.report.locator(".upload-head .status")).to_have_text("Undone")
    assert await site.pool.fetchval("SELECT count(*) FROM asset WHERE deleted_at IS NULL") == 0


async def test_a_reload_in_the_middle_goes_on_by_itself(
    site: Site, uploads: Uploads, tmp_path: Path, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    folder = pictures_in(tmp_path / "some", 6)
    await uploads.open(site, artist)
    sent = asyncio.Event()

    async def hold(route: Route) -> None:
        sent.set()  # and no answer: the page is left before

    await uploads.page.route("**/api/pmd/uploads/*/files/*", hold)
    await uploads.choose(folder)
    await uploads.start()
    await sent.wait()
    await uploads.page.unroute_all(behavior="ignoreErrors")
    before = len(uploads.tab.requests)
    await uploads.page.reload()
    await until_received(site, 6)
    lists = [each for each in uploads.tab.requests[before:] if each.url.endswith("/api/pmd/uploads")]
    # Without the stream, which a busy machine may open late, the list is polled.
    until = lists[0].timing["startTime"] + POLL_MS
    assert is_development() or [each.timing["startTime"] < until for each in lists].count(True) == 1
    await uploads.settle(6, work_off)


async def test_two_tabs_that_send_the_same_file_make_one_asset_of_it(
    site: Site, uploads: Uploads, tmp_path: Path, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    folder = tmp_path / "some"
    folder.mkdir()
    (folder / "red.png").write_bytes(picture(1))
    tabs = (uploads, Uploads(await uploads.tab.beside()))
    for tab in tabs:  # each is shown “new” before the other has begun
        await tab.page.bring_to_front()
        await tab.open(site, artist)
        await tab.choose(folder)
        await expect(tab.summary).to_have_text("1 new")
    for tab in tabs:
        await tab.page.bring_to_front()
        await tab.start()
    await until_received(site, 2)
    for tab in tabs:
        await expect(tab.report.get_by_text("All is sent.")).to_be_visible()
    await work_off()
    outcomes: list[str] = []
    for tab in tabs:
        await tab.page.bring_to_front()
        await expect(tab.report.get_by_text("1 of 1 file processed")).to_be_visible()
        outcomes += [name for name, count in (await tab.numbers()).items() if count]
    assert sorted(outcomes) == ["added", "already in library"]
    assert await site.pool.fetchval("SELECT count(*) FROM asset") == 1


async def test_paused_files_wait_and_stopped_files_resume_in_the_same_tab(
    site: Site, uploads: Uploads, tmp_path: Path, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    folder = pictures_in(tmp_path / "some", 12)
    await uploads.open(site, artist)
    await uploads.page.route("**/api/pmd/uploads/*/files/*", _never)
    await uploads.choose(folder)
    await uploads.start()
    await uploads.page.get_by_role("button", name="Pause").click()
    await expect(uploads.report.get_by_text("Paused. What has arrived is kept.")).to_be_visible()
    await uploads.page.get_by_role("button", name="Stop").click()
    await expect(uploads.page.get_by_role("heading", name="12 files were left out")).to_be_visible()
    # Shown once, for all of them; the sheet says it of the cell below the pointer as well.
    report = uploads.page.get_by_role("region", name="12 files were left out")
    await expect(report.get_by_text("Stopped before this file was in.")).to_have_count(1)
    await expect(uploads.left_out).to_have_count(8)
    await uploads.page.get_by_role("button", name="Show 4 more files").click()
    await expect(uploads.left_out).to_have_count(12)
    await uploads.page.unroute_all(behavior="ignoreErrors")
    await uploads.page.get_by_role("button", name="Try 12 files again").click()
    await uploads.settle(12, work_off)
    assert await uploads.numbers() == {"added": 12}


async def test_more_than_a_page_of_files_is_one_upload(
    site: Site, uploads: Uploads, tmp_path: Path, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    folder = tmp_path / "some"
    folder.mkdir()
    for number in range(520):
        # Of what is the same only the first is sent, so that two files of all these are: one of each page.
        (folder / f"{number}.txt").write_text("old" if number < 515 else "new")
    await uploads.open(site, artist)
    await uploads.choose(folder)
    await expect(uploads.summary).to_have_text("2 new · 518 duplicates")
    await uploads.start()
    await uploads.settle(520, work_off)
    assert await uploads.numbers() == {"added": 2, "already in library": 518}
    assert await site.pool.fetchval("SELECT count(*) FROM batch_reports") == 1
    await uploads.page.get_by_role("button", name="Undo this upload").click()
    await expect(uploads.report.locator(".upload-head .status")).to_have_text("Undone")
    assert await site.pool.fetchval("SELECT count(*) FROM asset WHERE deleted_at IS NULL") == 0


async def test_axe_finds_no_fault_with_uploads(
    site: Site, axe_tab: Dashboard, tmp_path: Path, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    uploads = Uploads(axe_tab)
    folder = pictures_in(tmp_path / "some", 3)
    (folder / "setup.exe").write_text("no picture")
    await uploads.open(site, artist)
    assert await violations(uploads.page) == [], "nothing sent yet"
    await uploads.choose(folder)
    await expect(uploads.summary).to_have_text("3 new · 1 cannot be used")
    assert await violations(uploads.page) == [], "what would happen"
    await uploads.page.route("**/api/pmd/uploads/*/files/*", _never)
    await uploads.start()
    await uploads.page.get_by_role("button", name="Pause").click()
    await expect(uploads.report.get_by_text("Paused. What has arrived is kept.")).to_be_visible()
    assert await violations(uploads.page) == [], "paused"
    await uploads.page.unroute_all(behavior="ignoreErrors")
    await uploads.page.reload()
    await uploads.settle(4, work_off)
    assert await violations(uploads.page) == [], "report"


async def _never(route: Route) -> None:
    """No answer comes."""
