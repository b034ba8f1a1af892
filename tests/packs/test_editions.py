"""Bytes of an edition are verified if that is a month ago, and kept as long as the edition."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import aiohttp
import pytest

from pmd_service.vault import LocalSource
from pmd_service.vault.leftovers import sweep_leftovers
from pmd_service.vault.objects import ObjectSource

from ..conftest import WorkOff
from ..site import Api, Site
from .conftest import Artist
from .exports import export
from .test_packs import PACKS, make


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The library's files that were opened to be read."""
    keys: list[str] = []

    def noting(original: Any) -> Any:
        def noted(source: LocalSource | ObjectSource) -> AbstractContextManager[Iterator[bytes]]:
            if source.key.startswith("assets/"):
                keys.append(source.key)
            return original(source)  # type: ignore[no-any-return]

        return noted

    for kind in (LocalSource, ObjectSource):
        monkeypatch.setattr(kind, "open", noting(kind.open))
    return keys


async def note_verified(site: Site, name: str, days: int, fault: str | None = None) -> None:
    """As the scrub notes a verification so many days ago."""
    await site.pool.execute(
        """INSERT INTO asset_verified (asset_id, verified_at, due_at, fault)
           SELECT id, now() - make_interval(days => $2), now() + interval '1 day', $3 FROM asset WHERE name = $1
               ON CONFLICT (asset_id) DO UPDATE SET verified_at = excluded.verified_at, fault = excluded.fault""",
        name,
        days,
        fault,
    )


@pytest.mark.stores
async def test_export_verifies_files_unread_for_a_month(
    api: Api, artist: Artist, work_off: WorkOff, site: Site, opened: list[str]
) -> None:
    pack = await make(api, artist, [await artist.add("a.png"), await artist.add("b.png")])
    keys = {
        row["name"]: row["key"]
        for row in await site.pool.fetch("SELECT name, substring(path FROM 8) AS key FROM asset")
    }
    await export(api, artist, pack, work_off)
    assert set(opened) == set(keys.values()), "the first time, for its sum"
    for days, fault, read in ((29, None, []), (31, None, [keys["b.png"]]), (0, "unreadable", [keys["b.png"]])):
        opened.clear()
        await note_verified(site, "b.png", days, fault)
        assert (await export(api, artist, pack, work_off))["pack"]["export"]["status"] == "completed"
        assert opened == read, (days, fault)
    fresh = "SELECT count(*) FROM asset_verified WHERE verified_at > now() - interval '1 hour' AND fault IS NULL"
    assert await site.pool.fetchval(fresh) == 1


@pytest.mark.stores
async def test_export_finds_a_file_modified_within_the_month(
    api: Api, artist: Artist, work_off: WorkOff, site: Site
) -> None:
    pack = await make(api, artist, [await artist.add("harmed.png", b"the true bytes")])
    await export(api, artist, pack, work_off)
    key = str(await site.pool.fetchval("SELECT substring(path FROM 8) FROM asset"))
    await site.stored.put(key, b"the true Bytes")
    task = (await export(api, artist, pack, work_off))["pack"]["export"]
    assert task["error_message"] == (
        "“harmed.png” cannot be packed: its bytes are not those that were uploaded. Please upload it again."
    )


async def test_export_finds_bit_rot_within_a_month(api: Api, artist: Artist, work_off: WorkOff, site: Site) -> None:
    pack = await make(api, artist, [await artist.add("harmed.png", b"the true bytes")])
    await export(api, artist, pack, work_off)
    path = site.vault / str(await site.pool.fetchval("SELECT substring(path FROM 8) FROM asset"))
    before = path.stat()
    path.write_bytes(b"the true Bytes")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    await note_verified(site, "harmed.png", 31)
    task = (await export(api, artist, pack, work_off))["pack"]["export"]
    assert (task["status"], "“harmed.png” cannot be packed" in task["error_message"]) == ("failed", True)


async def test_editions_are_served_after_a_vault_restore(
    api: Api, artist: Artist, work_off: WorkOff, site: Site
) -> None:
    """The same bytes lie there under other tags."""
    pack = await make(api, artist, [await artist.add("a.png", b"pixels"), await artist.add("b.png")])
    url = (await export(api, artist, pack, work_off))["pack"]["download_url"]
    whole = await api.get(url, user=artist.user)
    for key in await site.keys("assets/"):
        os.utime(site.vault / key, (1e9, 1e9))
    again = await api.get(url, user=artist.user)
    assert (again.status, again.headers["ETag"], again.body) == (200, whole.headers["ETag"], whole.body)


@pytest.mark.stores
async def test_edition_never_serves_other_bytes(api: Api, artist: Artist, work_off: WorkOff, site: Site) -> None:
    pack = await make(api, artist, [await artist.add("harmed.png", b"the true bytes"), await artist.add("b.png")])
    url = (await export(api, artist, pack, work_off))["pack"]["download_url"]
    whole = (await api.get(url, user=artist.user)).body
    assert (await api.get(url, user=artist.user)).body == whole
    key = str(await site.pool.fetchval("SELECT substring(path FROM 8) FROM asset WHERE name = 'harmed.png'"))
    await site.stored.put(key, b"the true Bytes")
    answer = await api.get(url, user=artist.user)
    assert answer.status == 410
    assert "Export the pack again" in answer.json["detail"]
    await site.stored.put(key, b"the true bytes")
    other = str(await site.pool.fetchval("SELECT substring(path FROM 8) FROM asset WHERE name = 'b.png'"))
    await site.lose(other)
    try:
        refused = await api.get(url, user=artist.user)
    except aiohttp.ClientPayloadError:
        pass  # only the first one is requested from an object store before the response starts
    else:
        assert refused.status == 410


@pytest.mark.stores
async def test_purged_file_is_kept_for_its_editions_and_removed_with_them(
    api: Api, artist: Artist, work_off: WorkOff, site: Site
) -> None:
    kept, dropped = await artist.add("kept.png"), await artist.add("dropped.png", b"pixels of old editions")
    pack = await make(api, artist, [kept, dropped])
    await export(api, artist, pack, work_off)
    old = f"{PACKS}/{pack}/download?edition=1"
    whole = (await api.get(old, user=artist.user)).body
    key = str(await site.pool.fetchval("SELECT substring(path FROM 8) FROM asset WHERE name = 'dropped.png'"))

    assert (await act(api, artist, "trash", dropped)).status == 200
    refused = await act(api, artist, "purge", dropped)
    assert refused.status == 409, "the pack still has it"
    await site.pool.execute("DELETE FROM pack_asset WHERE asset_id = $1", dropped)
    purged = await act(api, artist, "purge", dropped)
    assert purged.status == 200
    assert "Existing archives keep the bytes of 1 file." in purged.json["message"]

    await sweep(site)
    assert (await api.get(old, user=artist.user)).body == whole
    for _ in range(3):  # the first edition is kept no more
        await export(api, artist, pack, work_off)
    await sweep(site)
    assert (await api.get(old, user=artist.user)).status == 410
    assert key not in await site.keys("assets/")
    assert await site.pool.fetchval("SELECT count(DISTINCT archive) FROM archive_reference") == 3


async def act(api: Api, artist: Artist, action: str, asset: int) -> Any:
    return await api.post("/api/pmd/assets/action", {"asset_ids": [asset], "action": action}, user=artist.user)


async def sweep(site: Site) -> None:
    for _ in range(2):
        await site.pool.execute("UPDATE vault_leftovers SET due_at = now()")
        await sweep_leftovers(site.pool, site.stored)
