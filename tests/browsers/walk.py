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
    for key in "A lamp.":
        await window.press("Space" if key == " " else key)
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


async def test_a_folder_is_uploaded_judged_and_stacked(
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
