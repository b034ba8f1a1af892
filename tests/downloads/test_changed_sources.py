"""Referenced artworks may change or disappear: no wrong byte is served, and the archive is rebuilt automatically."""

import io
import os
from collections.abc import AsyncGenerator
from pathlib import Path
from zipfile import ZipFile

import aiohttp
import pytest

from pmd_service.archive.sums import locate_summed
from pmd_service.vault import Vault, local_vault
from pmd_service.vault.base import ObjectUnreadableError, Streamed

from ..conftest import WorkOff
from ..site import Answer, Api, Site

MIB = 1 << 20


class Download:
    """A ready download of artworks with these bytes."""

    def __init__(self, site: Site, api: Api, work_off: WorkOff) -> None:
        self.site = site
        self.api = api
        self.work_off = work_off

    async def build(self, *datas: bytes) -> bytes:
        """Ask for it and build it; its bytes."""
        self.artist = await self.site.add_user()
        self.posts = [await self.site.add_post(self.artist, data) for data in datas]
        answer = await self.api.post("/api/pmd/bdr", {"post_ids": self.posts}, user=self.artist)
        self.path = answer.headers["Location"]
        await self.work_off()
        (key,) = await self.site.keys()
        return await self.site.archive(key)

    def key(self, number: int) -> str:
        return f"art/{self.posts[number]}.png"

    async def get(self) -> Answer:
        return await self.api.get(f"{self.path}/download", user=self.artist)

    async def status(self) -> tuple[str, int]:
        request = (await self.api.get(self.path, user=self.artist)).json
        return request["status"], request["missing_count"]


@pytest.fixture
def download(site: Site, api: Api, work_off: WorkOff) -> Download:
    return Download(site, api, work_off)


@pytest.mark.parametrize("harm", ["deleted", "replaced"])
async def test_deleted_or_replaced_artwork_is_delivered_as_it_was(download: Download, harm: str) -> None:
    """A vault of files keeps links of its own."""
    before = await download.build(b"pixels of one", b"pixels of two")
    if harm == "deleted":
        await download.site.lose(download.key(0))
    else:
        await download.site.stored.put(download.key(0), b"other pixels.")
    answer = await download.get()
    assert (answer.status, answer.body) == (200, before)


@pytest.mark.stores
@pytest.mark.parametrize("data", [b"pixels of ONE", b"other pixels, and more of them"])
async def test_changed_artwork_answers_410_and_is_rebuilt(download: Download, data: bytes, vault_kind: str) -> None:
    before = await download.build(b"pixels of one", b"pixels of two")
    if vault_kind == "files":
        (download.site.vault / download.key(0)).write_bytes(data)  # in place: its links have the same bytes
    else:
        await download.site.stored.put(download.key(0), data)
    answer = await download.get()
    assert (answer.status, answer.headers["Content-Type"]) == (410, "application/problem+json")
    assert "is being rebuilt" in answer.json["detail"]
    assert await download.status() == ("pending", 0)
    await download.work_off()
    answer = await download.get()
    assert answer.status == 200
    assert data in answer.body
    assert b"pixels of two" in answer.body
    assert before not in answer.body
    assert await download.status() == ("ready", 0)
    allowance = (await download.api.get("/api/pmd/bdr", user=download.artist)).json
    assert allowance["used_today"] == 1, "no daily limit counts it"


@pytest.mark.stores
async def test_archive_is_rebuilt_once_when_all_artworks_changed(download: Download, vault_kind: str) -> None:
    await download.build(b"pixels of one", b"pixels of two", b"pixels of three")
    changed = [b"pixels of ONE", b"pixels of TWO", b"pixels of THREE"]
    for number, data in enumerate(changed):
        if vault_kind == "files":
            (download.site.vault / download.key(number)).write_bytes(data)
        else:
            await download.site.stored.put(download.key(number), data)
    assert (await download.get()).status == 410
    await download.work_off()
    answer = await download.get()
    assert answer.status == 200
    assert all(data in answer.body for data in changed)


@pytest.mark.parametrize("vault_kind", ["s3"])
async def test_request_after_a_vault_move_is_built_once(download: Download, vault_kind: str, tmp_path: Path) -> None:
    """Before ``pmd-admin sums`` has seen the store: what is known has the tags of the files."""
    datas = [b"pixels of one", b"pixels of two"]
    await download.build(*datas)
    files = local_vault(tmp_path)
    for number, data in enumerate(datas):
        await files.put(download.key(number), data)
    await locate_summed(download.site.pool, files, [f"/vault/{download.key(number)}" for number in range(2)])
    accepted = await download.api.post("/api/pmd/bdr", {"post_ids": download.posts}, user=download.artist)
    download.path = accepted.headers["Location"]
    await download.work_off()
    answer = await download.get()
    assert answer.status == 200
    with ZipFile(io.BytesIO(answer.body)) as archive:
        artworks = [archive.read(name) for name in archive.namelist() if name.startswith("artworks/")]
    assert artworks == datas


@pytest.mark.stores
async def test_deleted_artwork_without_link_is_missing_in_the_rebuild(
    download: Download, vault_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid_links(monkeypatch)
    before = await download.build(b"pixels of one", b"pixels of two")
    assert (await download.get()).body == before
    await download.site.lose(download.key(0))
    assert (await download.get()).status == 410
    await download.work_off()
    answer = await download.get()
    assert answer.status == 200
    assert b"pixels of two" in answer.body
    assert b"pixels of one" not in answer.body
    assert await download.status() == ("ready", 1)


async def test_an_artwork_that_is_refused_is_read_again_by_the_rebuild(
    download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tag may be what it was: the archive would refer to it again, and nobody could ever download it."""
    forbid_links(monkeypatch)
    await download.build(b"pixels of one", b"pixels of two")

    def refuse(_vault: Vault, _pieces: object) -> AsyncGenerator[Streamed, None]:
        raise ObjectUnreadableError(download.key(0), "is refused by the object store: AccessDenied")

    monkeypatch.setattr(Vault, "stream", refuse)
    assert (await download.get()).status == 410
    known = await download.site.pool.fetch("SELECT key FROM object_sum")
    assert [row["key"] for row in known] == [download.key(1)]


@pytest.mark.parametrize("error", [OSError(18, "Invalid cross-device link"), PermissionError(1, "Not permitted")])
async def test_originals_are_referenced_where_hard_links_are_impossible(
    download: Download, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    """An artworks folder on another file system, another owner's, or mounted read-only."""
    forbid_links(monkeypatch, error)
    before = await download.build(b"pixels of one", b"pixels of two")
    assert list(download.site.vault.glob("bdr/*/*.links/*")) == []
    answer = await download.get()
    assert (answer.status, answer.body) == (200, before)
    (download.site.vault / download.key(1)).write_bytes(b"pixels of TWO")
    assert (await download.get()).status == 410


def forbid_links(monkeypatch: pytest.MonkeyPatch, error: OSError | None = None) -> None:
    def link(*_: object, **__: object) -> None:
        raise error or PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)


@pytest.mark.stores
async def test_artwork_changed_during_a_response_cuts_it(download: Download, vault_kind: str) -> None:
    # More than connections and what is opened ahead can hold.
    before = await download.build(*(os.urandom(2 * MIB) for _ in range(24)))
    got = bytearray()
    with pytest.raises(aiohttp.ClientPayloadError):
        async with download.api.session.get(
            f"{download.path}/download", headers=download.api.sign(download.artist)
        ) as answer:
            assert answer.status == 200
            got += await answer.content.readexactly(MIB)
            if vault_kind == "files":
                (download.site.vault / download.key(-1)).write_bytes(os.urandom(2 * MIB))
            else:
                await download.site.stored.put(download.key(-1), os.urandom(2 * MIB))
            async for chunk in answer.content.iter_any():
                got += chunk
    assert MIB < len(got) < len(before)
    assert before.startswith(got)
    assert await download.status() == ("pending", 0)
    await download.work_off()
    again = await download.get()
    assert again.status == 200
    assert again.body != before


async def test_ranges_outside_changed_artworks_are_served(download: Download) -> None:
    before = await download.build(*(os.urandom(100_000) for _ in range(3)))
    (download.site.vault / download.key(2)).write_bytes(os.urandom(100_000))
    path, signed = f"{download.path}/download", download.api.sign(download.artist)
    part = await download.api.call("GET", path, headers=signed | {"Range": "bytes=0-150000"})
    assert (part.status, part.body) == (206, before[:150_001])
    part = await download.api.call("GET", path, headers=signed | {"Range": "bytes=150000-250000"})
    assert part.status == 410


async def test_shared_link_to_a_changed_archive_has_it_rebuilt(download: Download) -> None:
    await download.build(b"pixels of one", b"pixels of two")
    link = (await download.api.post(f"{download.path}/links", {}, user=download.artist)).json
    address = link["url"].removeprefix("https://makapix.club")
    (download.site.vault / download.key(0)).write_bytes(b"pixels of ONE")  # in place: its links have other bytes too
    answer = await download.api.call("GET", f"{address}/download")
    assert (answer.status, b"This download is being built" in answer.body) == (410, True)
    assert await download.status() == ("pending", 0)
    for path in (address, f"{address}/download"):
        answer = await download.api.call("GET", path)
        assert (answer.status, b"This download is being built" in answer.body) == (409, True), path
    await download.work_off()
    assert (await download.api.call("GET", address)).status == 200
    answer = await download.api.call("GET", f"{address}/download")
    assert answer.status == 200
    assert b"pixels of ONE" in answer.body


async def test_artwork_changed_during_a_shared_download_is_rebuilt(download: Download) -> None:
    await download.build(*(os.urandom(2 * MIB) for _ in range(24)))
    link = (await download.api.post(f"{download.path}/links", {}, user=download.artist)).json
    address = link["url"].removeprefix("https://makapix.club")
    with pytest.raises(aiohttp.ClientPayloadError):
        async with download.api.session.get(f"{address}/download") as answer:
            await answer.content.readexactly(MIB)
            (download.site.vault / download.key(-1)).write_bytes(os.urandom(2 * MIB))
            async for _chunk in answer.content.iter_any():
                pass
    assert await download.status() == ("pending", 0)


async def test_archive_missing_for_a_shared_link_expires_for_the_owner(download: Download) -> None:
    await download.build(b"pixels of one")
    link = (await download.api.post(f"{download.path}/links", {}, user=download.artist)).json
    (key,) = await download.site.keys()
    await download.site.lose(key)
    assert (
        await download.api.call("GET", f"{link['url'].removeprefix('https://makapix.club')}/download")
    ).status == 404
    assert await download.status() == ("expired", 0)
