"""Exports: what is in an edition, who reads it, and what becomes of it when something goes wrong."""

import asyncio
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from pmd_service.base.settings import Settings
from pmd_service.packs.export import EXPORTS, MAX_RETRIES
from pmd_service.vault.leftovers import sweep_leftovers
from pmd_service.work.context import WorkerContext
from pmd_service.work.queue import Queue, Queues
from pmd_service.work.runner import Runner

from ..archive.readers import read_by_others
from ..conftest import WorkOff
from ..site import Api, Site
from .conftest import Artist
from .exports import export, mixed_pack, with_preview
from .test_packs import PACKS, make


@pytest.mark.stores
async def test_edition_has_exactly_the_listed_files(
    api: Api, artist: Artist, work_off: WorkOff, settings: Settings, tmp_path: Path
) -> None:
    pack = await mixed_pack(api, artist)
    details = await export(api, artist, pack, work_off)
    assert details["pack"]["export"]["status"] == "completed", details
    assert details["pack"]["export"]["progress"] == 100
    (edition,) = details["editions"]
    answer = await api.get(details["pack"]["download_url"], user=artist.user)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/zip")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="dragons_v1.zip"'
    assert len(answer.body) == edition["size_bytes"]

    await asyncio.to_thread(unpack, answer.body, tmp_path)
    root = tmp_path / "dragons_v1"
    manifest = json.loads((root / "manifest.json").read_text())
    assert manifest["pack"]["asset_count"] == len(manifest["assets"]) == 6
    for asset in manifest["assets"]:
        data = (root / asset["rel_path"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (asset["size_bytes"], asset["hash"])
    assert {path.name for path in root.iterdir()} == {
        "assets", "previews", "README.md", "LICENSE.txt", "LICENSES", "CREDITS.md", "REUSE.toml", "manifest.json",
        "checksums.txt",
    }  # fmt: skip
    assert {path.name for path in (root / "LICENSES").iterdir()} == {"CC-BY-4.0.txt", "CC0-1.0.txt"}
    assert details["pack"]["license_text"] == (root / "LICENSE.txt").read_text()


def unpack(data: bytes, folder: Path) -> None:
    """Every reader that the machine has opens the archive, and what is in it passes its own checks."""
    archive = folder / "dragons_v1.zip"
    archive.write_bytes(data)
    read_by_others(archive)
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        opened.extractall(folder)
        names = opened.namelist()
    assert len({name.casefold() for name in names}) == len(names)
    root = folder / "dragons_v1"
    subprocess.run(["sha256sum", "--strict", "--quiet", "-c", "checksums.txt"], cwd=root, check=True)
    subprocess.run([Path(sys.executable).with_name("reuse"), "--root", root, "lint", "--quiet"], check=True)


async def test_edition_has_a_preview_grid_and_large_previews(api: Api, artist: Artist, work_off: WorkOff) -> None:
    fixed = {"license_id": 7, "attribution": "Somebody"}  # CC-BY-NC-ND: passed on unchanged, or not at all
    assets = [await with_preview(artist, f"{colour}.png", colour) for colour in ("red", "lime")]
    assets.append(await with_preview(artist, "fixed.png", "blue", **fixed))
    pack = await make(api, artist, assets, license_type="personal")
    details = await export(api, artist, pack, work_off)
    answer = await api.get(details["pack"]["download_url"], user=artist.user)
    with zipfile.ZipFile(io.BytesIO(answer.body)) as opened:
        pictures = {name.partition("/previews/")[2]: name for name in opened.namelist() if "/previews/" in name}
        assert pictures.keys() == {"grid.png", "1-red.png", "2-lime.png"}
        grid = Image.open(io.BytesIO(opened.read(pictures["grid.png"])))
        colours = {colour for _count, colour in grid.convert("RGB").getcolors() or ()}
        assert {(255, 0, 0), (0, 255, 0)} < colours
        assert (0, 0, 255) not in colours
        large = Image.open(io.BytesIO(opened.read(pictures["1-red.png"])))
        assert large.size == (1024, 512)
    edition = await artist.site.pool.fetchrow("SELECT asset_ids, file_ids FROM pack_edition")
    assert edition is not None
    assert (edition["asset_ids"], edition["file_ids"]) == (assets[:2], assets), "visitors see what may be drawn alone"


async def test_same_edition_has_the_same_bytes(
    api: Api, artist: Artist, work_off: WorkOff, site: Site, settings: Settings
) -> None:
    pack = await mixed_pack(api, artist)
    first = await export(api, artist, pack, work_off)
    whole = (await api.get(first["pack"]["download_url"], user=artist.user)).body
    # As if the worker had been killed before it published: the same task, once more.
    await site.pool.execute(
        """UPDATE job
              SET status = 'pending', completed_at = NULL, progress = 0, result_path = NULL, result_size_bytes = NULL"""
    )
    await site.pool.execute("DELETE FROM pack_edition")
    await site.pool.execute(
        """UPDATE pack
              SET edition = 0, export_path = NULL, exported_at = NULL, export_hash = NULL, export_size_bytes = NULL"""
    )
    for key in await site.keys("assets/"):  # written again: only its time is another
        async with site.stored.local(key) as path:
            data = path.read_bytes()
        await site.stored.put(key, data)
    await site.add_work("export", await site.pool.fetchval("SELECT id FROM job"), artist.user)
    queues = Queues.connect(settings.redis_url)
    await queues.put(Queue.PACKS)
    await queues.aclose()
    await work_off()
    again = (await api.get(f"{PACKS}/{pack}", user=artist.user)).json
    assert again["pack"]["edition"] == 1
    assert (await api.get(again["pack"]["download_url"], user=artist.user)).body == whole


async def test_last_three_editions_are_kept_and_older_ones_swept(
    api: Api, artist: Artist, work_off: WorkOff, site: Site, settings: Settings
) -> None:
    pack = await make(api, artist, [await artist.add()])
    for number in range(1, 5):
        details = await export(api, artist, pack, work_off)
        assert details["pack"]["edition"] == number
    assert [edition["edition"] for edition in details["editions"]] == [4, 3, 2]
    download = f"{PACKS}/{pack}/download"
    statuses = {n: (await api.get(f"{download}?edition={n}", user=artist.user)).status for n in range(1, 6)}
    assert statuses == {1: 410, 2: 200, 3: 200, 4: 200, 5: 404}
    assert (await api.get(download, user=artist.user)).headers["Content-Disposition"].endswith('"dragons_v4.zip"')
    await sweep_leftovers(site.pool, site.stored)
    assert len(await site.keys("packs/")) == 3
    assert (await api.call("DELETE", f"{PACKS}/{pack}", user=artist.user)).status == 204
    await sweep_leftovers(site.pool, site.stored)
    assert await site.keys("packs/") == []


async def test_edition_download_supports_ranges_and_head(api: Api, artist: Artist, work_off: WorkOff) -> None:
    pack = await make(api, artist, [await artist.add()])
    assert (await api.get(f"{PACKS}/{pack}/download", user=artist.user)).status == 409
    url = (await export(api, artist, pack, work_off))["pack"]["download_url"]
    whole = await api.get(url, user=artist.user)
    etag = whole.headers["ETag"]
    assert whole.headers["Cache-Control"] == "private, no-store"
    head = await api.call("HEAD", url, user=artist.user)
    assert (head.status, head.headers["Content-Length"], head.body) == (200, str(len(whole.body)), b"")
    rest = await api.get(url, user=artist.user, headers={"Range": "bytes=100-", "If-Range": etag})
    assert (rest.status, rest.body) == (206, whole.body[100:])
    other = await api.get(url, user=artist.user, headers={"Range": "bytes=100-", "If-Range": '"other"'})
    assert (other.status, other.body) == (200, whole.body)
    for condition in ({"If-None-Match": etag}, {"If-Modified-Since": whole.headers["Last-Modified"]}):
        assert (await api.get(url, user=artist.user, headers=condition)).status == 304

    async def counted(at_least: int) -> int:
        """A download is counted after its answer, which is whole before that."""
        while True:
            count: int = (await api.get(f"{PACKS}/{pack}", user=artist.user)).json["pack"]["download_count"]
            if count >= at_least:
                return count
            await asyncio.sleep(0.01)

    assert await counted(1) == 1, "neither a range nor an unchanged copy"
    assert (await api.get(url, user=artist.user, headers={"If-None-Match": '"other"'})).status == 200
    assert await counted(2) == 2


@pytest.mark.parametrize(
    ("vault_kind", "harm"), [("files", "missing"), ("files", "shorter"), ("files", "other bytes"), ("s3", "missing")]
)
async def test_unpackable_file_fails_the_export_by_name(
    api: Api, artist: Artist, work_off: WorkOff, site: Site, settings: Settings, harm: str
) -> None:
    pack = await make(api, artist, [await artist.add("fine.png"), await artist.add("harmed.png", b"the true bytes")])
    before = await export(api, artist, pack, work_off)
    editions = await site.keys("packs/")
    key = str(await site.pool.fetchval("SELECT substring(path FROM 8) FROM asset WHERE name = 'harmed.png'"))
    await site.stored.remove(key)
    if harm != "missing":
        await site.stored.put(key, {"shorter": b"the true", "other bytes": b"the true Bytes"}[harm])
    after = await export(api, artist, pack, work_off)
    assert after["pack"]["export"]["status"] == "failed"
    assert after["pack"]["export"]["error_message"].startswith("“harmed.png” cannot be packed")
    # The edition before stays.
    assert after["editions"] == before["editions"]
    assert await site.keys("packs/") == editions


async def test_unreadable_file_is_retried_before_the_export_fails(
    api: Api, artist: Artist, site: Site, worker: WorkerContext
) -> None:
    pack = await make(api, artist, [await artist.add("stuck.png")])
    assert (await api.post(f"{PACKS}/{pack}/export", {}, user=artist.user)).status == 202
    path = site.vault / str(await site.pool.fetchval("SELECT substring(path FROM 8) FROM asset"))
    path.unlink()
    path.mkdir()
    for faults, expected in ((0, ("pending", None)), (MAX_RETRIES, ("failed", "file_unreadable"))):
        await site.pool.execute("UPDATE work SET faults = $1, due_at = now()", faults)
        await Runner(worker, [EXPORTS]).run_next(EXPORTS)
        job = await site.pool.fetchrow("SELECT status, error_code FROM job")
        assert job is not None
        assert tuple(job) == expected


@pytest.mark.parametrize(("vault_kind", "before"), [("files", 0), ("files", 12), ("s3", 3)])
async def test_damaged_file_is_named_among_many(
    api: Api, artist: Artist, work_off: WorkOff, site: Site, before: int
) -> None:
    names = [f"fine{number}.png" for number in range(12)]
    names.insert(before, "harmed.png")
    pack = await make(api, artist, [await artist.add(name, name.encode()) for name in names])
    key = str(await site.pool.fetchval("SELECT substring(path FROM 8) FROM asset WHERE name = 'harmed.png'"))
    await site.stored.remove(key)
    await site.stored.put(key, b"HARMED.png")
    task = (await export(api, artist, pack, work_off))["pack"]["export"]
    assert (task["status"], task["error_message"]) == (
        "failed",
        "“harmed.png” cannot be packed: its bytes are not those that were uploaded. Please upload it again.",
    )
    assert await site.keys("packs/") == []


async def test_pack_with_new_conflicts_fails_its_export(
    api: Api, artist: Artist, work_off: WorkOff, site: Site
) -> None:
    pack = await make(api, artist, [await artist.add("mine.png")])
    assert (await api.post(f"{PACKS}/{pack}/export", {}, user=artist.user)).status == 202
    await site.pool.execute("UPDATE asset SET license_id = 5")
    await work_off()
    task = (await api.get(f"{PACKS}/{pack}", user=artist.user)).json["pack"]["export"]
    assert task["status"] == "failed"
    assert "The file “mine.png”: CC-BY-NC-4.0 requires credit" in task["error_message"]


async def test_one_export_at_a_time(api: Api, artist: Artist, work_off: WorkOff) -> None:
    pack = await make(api, artist, [await artist.add()])
    answers = await asyncio.gather(*(api.post(f"{PACKS}/{pack}/export", {}, user=artist.user) for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [202, 409, 409, 409, 409]
    (accepted,) = [answer for answer in answers if answer.status == 202]
    assert accepted.headers["Location"] == f"/api/pmd/jobs/{accepted.json['export']['id']}"
    assert (await api.call("DELETE", f"{PACKS}/{pack}", user=artist.user)).status == 409
    await work_off()
    assert (await api.post(f"{PACKS}/{pack}/export", {}, user=artist.user)).status == 202


async def test_export_limit_is_per_user(api: Api, artist: Artist, site: Site) -> None:
    other = Artist(site, await site.add_user("other"))
    for _ in range(8):
        pack = await make(api, artist, [await artist.add()])
        assert (await api.post(f"{PACKS}/{pack}/export", {}, user=artist.user)).status == 202
    theirs = await make(api, other, [await other.add()])
    assert (await api.post(f"{PACKS}/{theirs}/export", {}, user=other.user)).status == 202


async def test_daily_export_limit_uses_the_database_day(api: Api, artist: Artist, site: Site) -> None:
    packs = [await make(api, artist, [await artist.add()]) for _ in range(10)]
    before = datetime.now(UTC)
    answers = await asyncio.gather(*(api.post(f"{PACKS}/{pack}/export", {}, user=artist.user) for pack in packs))
    after = datetime.now(UTC)
    assert sorted(answer.status for answer in answers) == [202] * 8 + [429] * 2
    refused = next(answer for answer in answers if answer.status == 429)
    tomorrow = after.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    waiting = timedelta(seconds=int(refused.headers["Retry-After"]))
    assert tomorrow - after <= waiting <= tomorrow - before + timedelta(seconds=1)
    failed = "status = 'failed', completed_at = now(), error_message = 'It failed.'"
    await site.pool.execute(f"UPDATE job SET {failed} WHERE id = (SELECT min(id) FROM job)")
    free = next(pack for pack, answer in zip(packs, answers, strict=True) if answer.status == 429)
    assert (await api.post(f"{PACKS}/{free}/export", {}, user=artist.user)).status == 202
    # What fails costs too.
    await site.pool.execute(f"UPDATE job SET {failed}")
    await site.pool.execute(
        """INSERT INTO job (kind, pack_id, user_id, requested_by, status, completed_at, error_message)
           SELECT kind, pack_id, user_id, requested_by, status, completed_at - nth * interval '1 s', error_message
             FROM job, generate_series(1, 3) AS nth LIMIT 23"""
    )
    assert (await api.post(f"{PACKS}/{free}/export", {}, user=artist.user)).status == 429
    await site.pool.execute("UPDATE job SET created_at = now() - interval '1 day'")
    assert (await api.post(f"{PACKS}/{free}/export", {}, user=artist.user)).status == 202
