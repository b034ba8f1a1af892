"""Everything taken home on the page, and brought back: the report first, then the import, then its undo."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, expect

from ..conftest import WorkOff
from ..imports.test_forms import BOOST, note, packed
from ..site import Api, Site
from ..uploads.pictures import picture
from .axe import violations
from .conftest import AddGallery, OpenTab
from .dashboard import Dashboard

POSTS = 6


class YourData:
    """The settings' page of what is taken home and brought back, in one tab."""

    def __init__(self, tab: Dashboard, site: Site, work_off: WorkOff) -> None:
        self.tab, self.site, self.work_off = tab, site, work_off
        self.page = tab.page

    async def open(self, artist: int, query: str = "") -> None:
        await self.tab.sign_in(artist)
        await self.page.goto(f"/u/{self.site.sqid(artist)}/settings?section=data{query}")
        await expect(self.page.get_by_role("heading", level=2).nth(1)).to_be_visible()

    @property
    def takeouts(self) -> Locator:
        return self.page.get_by_role("list", name="Takeouts").get_by_role("listitem")

    @property
    def state(self) -> Locator:
        return self.page.locator(".data-block [role=status]")

    @property
    def items(self) -> Locator:
        return self.page.get_by_role("list", name="Things of the archive").get_by_role("listitem")

    def line(self, words: str) -> Locator:
        """One reason of the report."""
        return self.page.get_by_role("list", name="By reason").get_by_role("button", name=re.compile(words))

    async def take_home(self, target: Path, *, packing: str = "Everything is being packed.") -> None:
        await self.page.get_by_role("button", name="Make one file").click()
        await self.tab.hears(packing)
        await expect(self.takeouts).to_contain_text("Being made")
        await self.work_off()
        await expect(self.takeouts).to_contain_text("Ready")
        async with self.page.expect_download() as coming:
            await self.takeouts.get_by_role("link", name=re.compile("Download")).click()
        await (await coming.value).save_as(target)

    async def bring(self, archive: Path) -> None:
        """Upload it, and see its report."""
        await self.page.get_by_label("Archive to import").set_input_files(archive)
        await self.tab.answers("See what is in it")
        await self.arrives()

    async def arrives(self) -> None:
        await expect(self.tab.dialog).to_contain_text("All is sent.")
        await self.work_off()
        await expect(self.page).to_have_url(re.compile(r"section=data&import=\d+$"))
        await self.tab.has_closed()
        await self.is_read()

    async def is_read(self) -> None:
        await self.work_off()
        await expect(self.state).to_have_text("Read; nothing has been made yet")

    async def start(self, count: int) -> None:
        await self.page.get_by_role("button", name=f"Import {count}").click()
        await expect(self.page.get_by_role("button", name="Cancel")).to_be_visible()

    async def undo(self) -> None:
        await self.page.get_by_role("button", name="Undo this import…").click()
        await self.tab.answers("Undo it")
        await expect(self.state).to_have_text("Being taken back")
        await self.work_off()
        await expect(self.state).to_have_text("Taken back")


async def test_takeout_of_some_parts_is_made_on_the_page(
    site: Site, tab: Dashboard, add_gallery: AddGallery, work_off: WorkOff, tmp_path: Path
) -> None:
    artist = await site.add_user("artist")
    await add_gallery(artist, POSTS)
    await site.add_asset(artist, picture(1), name="sketch.png")
    mine, page = YourData(tab, site, work_off), tab.page
    await mine.open(artist)
    parts = page.get_by_role("group", name="What is in it").get_by_role("checkbox")
    await expect(parts).to_have_count(5)
    for number in range(5):
        await parts.nth(number).uncheck()
    await expect(page.get_by_role("button", name="Make one file")).to_be_disabled()
    await page.get_by_role("checkbox", name="Library").check()
    await page.get_by_role("checkbox", name="Account").check()
    assert await violations(page) == []
    await mine.take_home(tmp_path / "some.zip", packing="What you chose is being packed.")
    await expect(mine.takeouts).to_contain_text("Library, Account")
    await expect(mine.takeouts).to_contain_text("1 file · account")
    with zipfile.ZipFile(tmp_path / "some.zip") as archive:
        assert json.loads(archive.read("pmd.json"))["parts"] == ["library", "account"]
    last = page.get_by_role("radio", name="Only newer ones than the last takeout")
    await expect(last).to_be_enabled()
    await parts.nth(0).check()
    await expect(last).to_be_disabled()


async def test_takeout_made_on_the_page_comes_back_elsewhere(
    site: Site, tab: Dashboard, open_tab: OpenTab, add_gallery: AddGallery, work_off: WorkOff, tmp_path: Path
) -> None:
    artist, other = await site.add_user("artist"), await site.add_user("other")
    await add_gallery(artist, POSTS)
    for number in range(2):
        await site.add_asset(artist, picture(number), name=f"sketch {number}.png")
    mine = YourData(tab, site, work_off)
    await mine.open(artist)
    await expect(tab.page.get_by_text(f"{POSTS} posts with texts")).to_be_visible()
    await mine.take_home(tmp_path / "Everything.zip")
    await expect(tab.page.get_by_role("button", name="Make one file")).to_be_disabled()
    await expect(mine.takeouts).to_contain_text(f"{POSTS} posts · 2 files")

    async with open_tab() as elsewhere:
        theirs, page = YourData(elsewhere, site, work_off), elsewhere.page
        await theirs.open(other)
        await theirs.bring(tmp_path / "Everything.zip")
        await expect(theirs.line(f"^{POSTS} new posts$")).to_be_visible()
        await theirs.line("^2 new files$").click()
        await expect(theirs.items).to_have_count(2)
        await page.reload()  # the rows that are shown are a part of the address
        await expect(theirs.items).to_have_count(2)
        assert await site.pool.fetchval("SELECT count(*) FROM posts WHERE owner_id = $1", other) == 0
        await theirs.start(POSTS + 2)
        await page.reload()
        await work_off()
        await expect(theirs.state).to_have_text(f"Done: {POSTS + 2} things are here")
        await expect(theirs.items.nth(0).get_by_role("link")).to_be_visible()
        await theirs.line(f"^{POSTS} new posts$").click()
        await theirs.items.nth(0).get_by_role("link", name="Show").click()
        await elsewhere.sees_pictures(2)
        await page.go_back()
        await page.goto(f"/u/{site.sqid(other)}/library")
        await elsewhere.sees_pictures(2)
        await theirs.open(other)
        await page.get_by_label("Or an archive that is in your library").wait_for()
        await page.get_by_role("button", name="Read it").click()
        await expect(page).to_have_url(re.compile("import="))
        await work_off()
        await expect(theirs.state).to_have_text("Read; nothing in it is new here")
        await expect(theirs.line(f"^{POSTS} posts here already$")).to_be_visible()
        await page.get_by_role("link", name="Your data").last.click()
        imports = page.get_by_role("list", name="Imports").get_by_role("listitem")
        await expect(imports).to_have_count(2)
        await imports.last.get_by_role("link", name="Show").click()
        await theirs.undo()
        left = "SELECT count(*) FROM posts WHERE owner_id = $1 AND NOT deleted_by_user"
        assert await site.pool.fetchval(left, other) == 0


def mastodon(*more: tuple[str, bytes]) -> bytes:
    """Two posts with a picture each, one of them with a hashtag, and what has no place here."""
    tagged = note(
        "<p>Dusk over the <b>harbour</b></p>",
        ("/media/a.png", "A harbour"),
        tag=[{"type": "Hashtag", "href": "https://social.example/tags/sea", "name": "#sea"}],
    )
    second = note("<p>Morning</p>", ("/media/b.png", None), published="2020-05-04T12:30:15Z")
    words = note("<p>Only words</p>", published="2021-05-04T12:30:15Z")
    outbox = {"type": "OrderedCollection", "orderedItems": [tagged, second, words, BOOST]}
    actor = {"type": "Person", "preferredUsername": "ada", "name": "Ada"}
    files: dict[str, Any] = {"actor.json": actor, "outbox.json": outbox}
    return packed(files | {"media/a.png": picture(1), "media/b.png": picture(2), **dict(more)})


async def test_mastodon_archive_is_mapped_imported_and_undone(
    site: Site, tab: Dashboard, work_off: WorkOff, tmp_path: Path
) -> None:
    artist = await site.add_user("artist")
    (tmp_path / "archive.zip").write_bytes(mastodon())
    data = YourData(tab, site, work_off)
    await data.open(artist)
    await data.bring(tmp_path / "archive.zip")
    page = tab.page
    await expect(page.get_by_text(re.compile("^A Mastodon archive · begun"))).to_be_visible()
    await expect(data.line("^2 new posts$")).to_be_visible()
    await expect(data.line("thing lost: ")).not_to_have_count(0)
    await page.get_by_text(re.compile("^1 hashtag: change them")).click()
    await page.get_by_label("sea 1").fill("ocean")
    await page.get_by_label("Hide all of them at first").check()
    await data.start(2)
    # The form with its button is gone.
    await expect(page.get_by_role("heading", name="archive.zip")).to_be_focused()
    await work_off()
    await expect(data.state).to_have_text("Done: 2 things are here")
    rows = await site.pool.fetch("SELECT title, hashtags, hidden_by_user, created_at FROM posts ORDER BY created_at")
    assert [(row["hidden_by_user"], row["created_at"].year) for row in rows] == [(True, 2019), (True, 2020)]
    assert list(rows[0]["hashtags"]) == ["ocean"]
    await data.undo()
    await expect(data.items.filter(has_text="taken back")).to_have_count(2)
    assert await site.pool.fetchval("SELECT count(*) FROM posts WHERE NOT deleted_by_user") == 0
    await expect(page.get_by_role("button", name="Read it again")).to_be_visible()
    # The archive is not needed any more.
    trashed = "SELECT deleted_at IS NOT NULL FROM asset WHERE name = 'archive.zip'"
    remove = page.get_by_role("button", name=re.compile(r"^Move the archive to the trash \(.* kB\)$"))
    await remove.click()
    await expect(remove).to_have_count(0)
    assert await site.pool.fetchval(trashed)
    await page.get_by_role("button", name="Undo", exact=True).click()
    await expect(remove).to_be_visible()
    assert not await site.pool.fetchval(trashed)


async def test_archive_is_read_in_another_way_and_becomes_drafts(
    site: Site, tab: Dashboard, work_off: WorkOff, tmp_path: Path
) -> None:
    artist = await site.add_user("artist")
    (tmp_path / "archive.zip").write_bytes(
        mastodon(("media/list.csv", b"file,title,date\r\na.png,Listed,2022-01-01\r\n"))
    )
    data, page = YourData(tab, site, work_off), tab.page
    await data.open(artist)
    await data.bring(tmp_path / "archive.zip")
    for number, form in ((2, "A folder with a CSV"), (3, "A Mastodon archive")):
        await page.get_by_label("Read as").select_option(form)
        await expect(page).to_have_url(re.compile(f"import={number}$"))
        await data.is_read()
        await expect(page.get_by_text(re.compile(f"^{form} · begun"))).to_be_visible()
    await page.get_by_label("Drafts").check()
    await data.start(2)
    await work_off()
    await expect(data.state).to_have_text("Done: 2 things are here")
    assert await site.pool.fetchval("SELECT count(*) FROM posts") == 0
    await data.line("^2 new posts$").click()
    await data.items.nth(0).get_by_role("link", name="Show").click()
    await expect(page.get_by_role("heading", name="Publish", exact=True)).to_be_visible()
    await expect(page.get_by_text("Dusk over the harbour").first).to_be_visible()


async def test_owner_ends_an_account_and_keeps_it_after_all(site: Site, tab: Dashboard, work_off: WorkOff) -> None:
    artist = await site.add_user("artist")
    await site.add_asset(artist, picture(1), name="a.png")
    data, page = YourData(tab, site, work_off), tab.page
    await data.open(artist)
    await page.get_by_role("button", name="Delete account…").click()
    await expect(tab.dialog).to_contain_text("What will be gone: 1 file and your settings, ")
    confirm = tab.dialog.get_by_role("button", name="Delete it in 30 days")
    await expect(confirm).to_be_disabled()
    await tab.dialog.get_by_label("Type artist to confirm").fill("artist")
    await confirm.click()
    await expect(page.get_by_text(re.compile("^Everything will be deleted on "))).to_be_visible()
    assert await violations(page) == []
    await page.get_by_role("button", name="Keep my account").click()
    await expect(page.get_by_role("button", name="Delete account…")).to_be_visible()
    assert await site.pool.fetchval("SELECT count(*) FROM account_erasure") == 0


async def test_dropped_archive_is_read_although_its_dialog_was_closed(
    site: Site, tab: Dashboard, work_off: WorkOff
) -> None:
    artist = await site.add_user("artist")
    data = YourData(tab, site, work_off)
    async with tab.page.expect_response("**/api/pmd/uploads*"):  # by what takes drops on any page
        await data.open(artist)
    transfer = await tab.page.evaluate_handle(
        """(bytes) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([Uint8Array.from(bytes)], "mine.zip"));
            return transfer;
        }""",
        list(mastodon()),
    )
    await tab.page.dispatch_event("body", "dragenter", {"dataTransfer": transfer})
    await expect(tab.page.locator(".drop-overlay")).to_have_text("Drop an archive to bring it back")
    await tab.page.dispatch_event("body", "drop", {"dataTransfer": transfer})
    await tab.answers("See what is in it")
    await expect(tab.dialog).to_contain_text("All is sent.")
    await tab.escapes()
    await tab.page.reload()  # the browser remembers what is to be read
    await expect(tab.page.get_by_role("heading", name="Your data")).to_be_visible()
    await tab.hears_of(work_off, "mine.zip is being read.")
    await tab.toasts.get_by_role("button", name="Report").click()
    await data.is_read()
    assert await site.pool.fetchval("SELECT count(*) FROM imports") == 1


async def test_refused_archives_say_why_and_what_to_do(
    site: Site, tab: Dashboard, work_off: WorkOff, tmp_path: Path
) -> None:
    artist = await site.add_user("artist")
    unknown = io.BytesIO()
    with zipfile.ZipFile(unknown, "w") as archive:
        archive.writestr("diary.txt", "Nothing to import.")
    (tmp_path / "diary.zip").write_bytes(unknown.getvalue())
    data = YourData(tab, site, work_off)
    await data.open(artist)
    await tab.page.get_by_label("Archive to import").set_input_files(tmp_path / "diary.zip")
    await tab.answers("See what is in it")
    await expect(tab.dialog).to_contain_text("All is sent.")
    await work_off()
    await expect(tab.page).to_have_url(re.compile("import="))
    await work_off()
    await expect(data.state).to_have_text("Could not be read")
    await expect(tab.page.locator(".refusal")).to_contain_text("This archive is of no form that can be imported")
    await expect(tab.page.locator(".refusal")).to_contain_text("Nothing was made.")
    assert await violations(tab.page) == []
    (tmp_path / "words.txt").write_text("no archive")
    await tab.page.get_by_role("link", name="Your data").last.click()
    await tab.page.get_by_label("Archive to import").set_input_files(tmp_path / "words.txt")
    await expect(tab.dialog.get_by_role("alert")).to_contain_text("Only .zip, .tar.gz, .tgz can be read")
    await expect(tab.dialog.get_by_role("button", name="See what is in it")).to_be_disabled()


async def test_import_without_its_archive_asks_for_none(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user("artist")
    done = await site.pool.fetchval(
        """INSERT INTO imports (user_id, requested_by, asset_id, name, stage, status, completed_at)
           VALUES ($1, $1, 1, 'gone.zip', 'import', 'completed', now()) RETURNING id""",
        artist,
    )
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url))
    await tab.sign_in(artist)
    await tab.page.goto(f"/u/{site.sqid(artist)}/settings?section=data&import={done}")
    await expect(tab.page.get_by_role("heading", name="gone.zip")).to_be_visible()
    await tab.page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "/api/pmd/assets/1" in url]


async def test_import_that_another_has_is_not_there(site: Site, tab: Dashboard) -> None:
    artist, other = await site.add_user("artist"), await site.add_user("other")
    of_other = await site.pool.fetchval(
        """INSERT INTO imports (user_id, requested_by, asset_id, name, stage, status)
           VALUES ($1, $1, 1, 'theirs.zip', 'report', 'completed') RETURNING id""",
        other,
    )
    tab.faults.provoke(404)
    await tab.sign_in(artist)
    await tab.page.goto(f"/u/{site.sqid(artist)}/settings?section=data&import={of_other}")
    await expect(tab.page.get_by_role("alert")).to_contain_text("There is no such import")


async def test_your_data_can_be_read_and_used_by_everyone(
    site: Site, api: Api, axe_tab: Dashboard, work_off: WorkOff
) -> None:
    artist = await site.add_user("artist")
    data = YourData(axe_tab, site, work_off)
    kept = await site.add_asset(artist, mastodon(), name="archive.zip", type="other", file_format="zip")
    started = await api.post("/api/pmd/imports", {"asset_id": kept}, user=artist)
    await work_off()
    await api.post("/api/pmd/takeout", {}, user=artist)
    await work_off()
    for query, name in (("", "Imports"), (f"&import={started.json['id']}", "Things of the archive")):
        await data.open(artist, query)
        await expect(axe_tab.page.get_by_role("list", name=name).get_by_role("listitem").first).to_be_visible()
        assert await violations(axe_tab.page) == [], query
        assert await axe_tab.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, query
    await axe_tab.page.emulate_media(forced_colors="active")
    await expect(data.items.first).to_be_visible()
    await axe_tab.page.keyboard.press("j")
    await expect(data.items.first).to_be_focused()


async def test_gallery_of_a_takeout_opens_from_the_disk(
    site: Site, tab: Dashboard, open_tab: OpenTab, add_gallery: AddGallery, work_off: WorkOff, tmp_path: Path
) -> None:
    artist = await site.add_user("artist")
    await add_gallery(artist, POSTS)
    await site.pool.execute("UPDATE posts SET title = 'A <b>bold</b> & \"odd\" #1?' WHERE title = 'Artwork 1'")
    await site.add_asset(artist, picture(3), name="100% #1 sketch?.png")
    data = YourData(tab, site, work_off)
    await data.open(artist)
    await data.take_home(tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        archive.extractall(tmp_path / "all")
    index = (tmp_path / "all" / "index.html").as_uri()
    async with open_tab() as disk:
        page = disk.page
        await page.goto(index)
        links = [index, *await local_links(page)]
        seen = 0
        for link in links:
            if not link.endswith(".html"):
                continue
            await page.goto(link)
            await disk.sees_pictures(0)
            seen += await page.locator("img").count()
            for each in await local_links(page):
                target = Path(await page.evaluate("(url) => decodeURIComponent(new URL(url).pathname)", each))
                assert target.exists(), each
        assert seen >= POSTS
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.goto(index)
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


async def local_links(page: Any) -> list[str]:
    found: list[str] = await page.evaluate(
        "[...document.links].map((each) => each.href.split('#')[0]).filter((url) => url.startsWith('file:'))"
    )
    return found
