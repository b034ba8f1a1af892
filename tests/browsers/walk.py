"""A walk through the pages: open, select, act, take back, schedule; a picture of each lies in ``var/browsers``."""

import io
from pathlib import Path

from PIL import Image
from yarl import URL

from pmd_service.identity.session import COOKIE

from ..browser.mixed_folder import BROKEN, pictures_in, sound
from ..browser.pictures import picture
from ..browser.shelf import add_pictures
from ..conftest import WorkOff
from ..site import BORN, Api, Site
from .window import Window

# Texts that do not fit where they stand. Titles and descriptions may be long; what the page writes itself must fit.
_CUT = """
return document.fonts.ready.then(() =>
    [...document.querySelectorAll('.row .cell')].filter((cell) => cell.scrollWidth > cell.clientWidth + 1)
        .filter((cell) => !/title|description|thumbnail/.test(cell.className))
        .map((cell) => `${cell.className}: ${cell.textContent}`));
"""

# Scrollbars whose colours are not the page's own: white strips on a dark page.
_STRIPS = """
return [...document.querySelectorAll('*')].filter((each) => {
    const { overflowX, overflowY, scrollbarColor, colorScheme } = getComputedStyle(each);
    const scrolls = [overflowX, overflowY].some((value) => value === 'auto' || value === 'scroll');
    return scrolls && scrollbarColor === 'auto' && !colorScheme.includes('dark');
}).map((each) => each.className);
"""

# Of the toasts that are there, those that lie over what has this text.
_TOASTS_OVER = """
const button = [...document.querySelectorAll('button')].find((each) => each.textContent.includes(%r));
const { left, right, top, bottom } = button.getBoundingClientRect();
return [...document.querySelectorAll('.toast')].map((toast) => [toast.textContent, toast.getBoundingClientRect()])
    .filter(([, box]) => box.left < right && box.right > left && box.top < bottom && box.bottom > top)
    .map(([text]) => text);
"""

_ONE_SELECTED = "document.querySelector('.selection-count')?.textContent.startsWith('1 selected')"


async def _open(window: Window, api: Api, site: Site, artist: int, page: str) -> None:
    await window.go(api.root / "u" / site.sqid(artist) / page)


async def test_the_five_pages_are_walked(window: Window, site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    for number in range(40):
        data, columns = picture(number), {"title": f"Artwork {number}", "file_bytes": 19_234 + number}
        await site.add_post(artist, data, created_at=BORN, **columns)
    pictures = await add_pictures(site, artist, 6)
    (first, *_) = pictures
    await api.post(
        "/api/pmd/packs",
        {"name": "Dragons", "license_type": "royalty_free", "assets": [{"asset_id": first}]},
        user=artist,
    )
    files = {"kind": "metadata_extract", "asset_ids": pictures, "params": {}}
    await api.post("/api/pmd/jobs", files, user=artist)
    await work_off()  # their previews are drawn, as an upload draws them
    await site.pool.execute(
        "INSERT INTO job (kind, asset_id, user_id, requested_by, status) VALUES ('upscale', $1, $2, $2, 'pending')",
        first,
        artist,
    )
    await window.driver.set_cookie(COOKIE, api.token(artist), URL(f"{api.root}"))
    await _posts(window, api, site, artist)
    await _library(window, api, site, artist)
    await _others(window, api, site, artist)


async def test_the_desk_is_walked(window: Window, site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    await api.call("PUT", "/api/pmd/publishing", user=artist, json={"is_on": True})
    files = await add_pictures(site, artist, 6, license_id=1)
    await api.post("/api/pmd/drafts", {"asset_ids": files}, user=artist)
    await work_off()
    await window.driver.set_cookie(COOKIE, api.token(artist), URL(f"{api.root}"))
    await _open(window, api, site, artist, "publish")
    await window.sees("6 drafts")
    await window.click('[aria-rowindex="2"] [data-column="alt_text"]')
    await window.writes("A lamp.")
    for key in ("Enter", "ArrowUp", *["Shift+ArrowDown"] * 5, "Control+d"):
        await window.press(key)
    await window.sees("Schedule 6 that are ready")
    assert await _count(site, "SELECT count(*) FROM draft WHERE alt_text = 'A lamp.'") == 6
    assert await window.script(_STRIPS) == []
    await window.picture("desk")
    await window.click("button", contains="Schedule 6 that are ready")
    await window.click(".bar button", contains="Scheduled")
    await window.sees("6 scheduled")
    await window.until("document.querySelectorAll('[role=grid] img').length === 6")
    await window.until("[...document.querySelectorAll('[role=grid] img')].every((each) => each.naturalWidth > 0)")
    assert await _count(site, "SELECT count(*) FROM draft WHERE status = 'scheduled'") == 6
    await window.picture("desk-scheduled")


async def test_a_folder_is_uploaded_judged_packed_and_published(
    window: Window, site: Site, api: Api, work_off: WorkOff, tmp_path: Path
) -> None:
    artist = await site.add_user()
    files = _messy(tmp_path / "messy")
    await window.driver.set_cookie(COOKIE, api.token(artist), URL(f"{api.root}"))
    await _open(window, api, site, artist, "uploads")
    await window.sees("Choose a folder")
    await window.chooses('input[type="file"][multiple]:not([webkitdirectory])', files)
    await window.click("dialog button", contains="Upload ")
    await window.sees("All is sent.")
    await work_off()
    await window.sees(f"{len(files)} of {len(files)} files processed")
    await window.picture("arrived")

    await _open(window, api, site, artist, "library")
    await window.click("button", contains="Review")
    for at, key in enumerate("aas", start=1):
        await window.until(f"document.querySelector('.viewer-at')?.textContent.startsWith('{at} of')")
        await window.press(key)
    await window.sees("4 of ")
    await window.picture("judged")
    await window.press("Escape")
    await window.click("button", contains="Similar files")
    await window.sees("Equal pixels")
    await window.picture("similar")
    await window.press("Enter")
    await window.sees("2 files in one stack")
    assert await _count(site, "SELECT count(*) FROM asset WHERE stack_id IS NOT NULL") == 1

    await _open(window, api, site, artist, "library")
    await _tag(window, site)
    await _pack(window, work_off)
    await _look_at_it_signed_out(window, api)
    await window.driver.set_cookie(COOKIE, api.token(artist), URL(f"{api.root}"))
    await _publish(window, api, site, artist, work_off)


async def _all(window: Window) -> None:
    """All of the list are selected."""
    await window.until("document.querySelector('[role=listbox] [role=option]') !== null")
    await window.press("Control+a")
    await window.until("document.querySelector('.selection-count') !== null")


async def _tag(window: Window, site: Site) -> None:
    """All are approved; they get a tag, an alt text and a licence."""
    await _all(window)
    await window.press("a")
    await window.sees("files approved.")
    assert await _count(site, "SELECT count(*) FROM asset WHERE NOT approved") == 0
    await window.press("e")
    await window.click("dialog label", contains="Credit")
    await window.press("Shift+Tab")
    await window.writes("CC0")
    await window.click("dialog label", contains="Add hashtags")
    await window.writes("harbour")
    await window.click("dialog label", contains="Alt text")
    await window.writes("A lamp.")
    await window.picture("edit")
    await window.click("dialog button", contains="Apply to")
    await window.sees("files changed.")
    assert await _count(site, "SELECT count(*) FROM asset WHERE '{harbour}' <> hashtags OR license_id IS NULL") == 0


async def _pack(window: Window, work_off: WorkOff) -> None:
    await window.click(".selection-bar button", contains="Pack")
    await window.click("dialog label", contains="Name")
    await window.writes("Harbour")
    await window.click("dialog button", contains="Create pack")
    await window.sees("Ready to build.")
    assert await window.script(_TOASTS_OVER % "Build edition 1") == []
    await window.picture("builder")
    await window.click("button", contains="Build edition 1")
    await window.sees("Building")
    await work_off()
    await window.click("button", contains="Share")
    await window.click("dialog button", contains="Create link")
    await window.until("document.querySelector('dialog .links a') !== null")
    await window.picture("shared")


async def _look_at_it_signed_out(window: Window, api: Api) -> None:
    link = URL(await window.script("return document.querySelector('dialog .links a').href"))
    await window.driver.set_cookie(COOKIE, "none", URL(f"{api.root}"))  # nobody's
    await window.go(api.root.join(link.relative()))
    await window.until("document.querySelector('h1')?.textContent === 'Harbour'")
    await window.sees("Download")
    await window.picture("public")


async def _publish(window: Window, api: Api, site: Site, artist: int, work_off: WorkOff) -> None:
    await _open(window, api, site, artist, "library")
    await _all(window)
    await window.click(".selection-bar .more")
    await window.click(".menu-item", contains="Make drafts")
    await window.sees("drafts made.")
    await _open(window, api, site, artist, "publish")
    await window.until("document.querySelector('[aria-rowindex] [data-column]') !== null")
    await window.picture("drafts")
    await window.press("Control+a")
    await window.click(".selection-bar button", contains="Publish now")
    await window.sees("out within seconds")
    await work_off()
    await window.click(".bar button", contains="Published today")
    await window.picture("published")


def _messy(folder: Path) -> list[Path]:
    """Pictures, one of them saved again, one twice, a sound, and what nobody keeps."""
    pictures_in(folder, 6)
    again = io.BytesIO()
    Image.open(folder / "0.png").save(again, "WEBP", lossless=True)
    (folder / "again.webp").write_bytes(again.getvalue())
    (folder / "twice.png").write_bytes((folder / "1.png").read_bytes())
    (folder / "sound.wav").write_bytes(sound(1))
    for name, data in BROKEN.items():
        (folder / name).write_bytes(data)
    return sorted(folder.iterdir())


async def _posts(window: Window, api: Api, site: Site, artist: int) -> None:
    await _open(window, api, site, artist, "posts")
    await window.sees("Artwork 39")
    assert await window.script(_CUT) == []
    assert await window.script(_STRIPS) == []
    await window.click(".row .cell-date")
    await window.until(_ONE_SELECTED)
    await window.picture("posts")
    await window.click("button", contains="Hide")
    await window.sees("1 post hidden")
    assert await _count(site, "SELECT count(*) FROM posts WHERE hidden_by_user") == 1
    await window.click(".toast button", contains="Undo")
    await window.sees("1 post visible again")
    assert await _count(site, "SELECT count(*) FROM posts WHERE hidden_by_user") == 0
    await window.press("?")
    await window.until("document.querySelector('dialog[open]') !== null")
    await window.press("Escape")
    await window.until("document.querySelector('dialog[open]') === null")


async def _library(window: Window, api: Api, site: Site, artist: int) -> None:
    await _open(window, api, site, artist, "library")
    await window.until("document.querySelectorAll('.asset-art img[src]').length === 6")
    await window.until("[...document.querySelectorAll('.asset-art img')].every((each) => each.naturalWidth > 0)")
    await window.click(".asset-check")
    await window.until(_ONE_SELECTED)
    assert await window.script(_STRIPS) == []
    await window.picture("library")
    await window.click(".selection-bar .more")
    await window.click(".menu-item", contains="Move to trash")
    await window.sees("1 file moved to the trash")
    assert await _count(site, "SELECT count(*) FROM asset WHERE deleted_at IS NOT NULL") == 1
    await window.click(".toast button", contains="Undo")
    await window.sees("Undone.")
    assert await _count(site, "SELECT count(*) FROM asset WHERE deleted_at IS NOT NULL") == 0


async def _others(window: Window, api: Api, site: Site, artist: int) -> None:
    await _open(window, api, site, artist, "uploads")
    await window.sees("Choose a folder")
    await window.picture("uploads")
    await _open(window, api, site, artist, "packs")
    await window.click("a", contains="Dragons")
    await window.sees("Build edition 1")
    assert await window.script(_STRIPS) == []
    await window.picture("packs")
    await _open(window, api, site, artist, "tasks")
    await window.click(".task-list button, main button", contains="Stop")
    await window.sees("Stopped")
    assert await _count(site, "SELECT count(*) FROM job WHERE status = 'cancelled'") == 1
    await window.picture("tasks")


async def _count(site: Site, query: str) -> int:
    count: int = await site.pool.fetchval(query)
    return count
