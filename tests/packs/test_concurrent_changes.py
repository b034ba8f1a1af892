"""Packs are counted, filled and exported one after the other, whatever requests come at the same time."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from pmd_service.base.database import Connection
from pmd_service.packs import changes, checks
from pmd_service.packs.licensing import PackFile
from pmd_service.packs.queries import load_files

from ..conftest import WorkOff
from ..locks import waits_for_a_lock
from ..site import Api, Site
from .conftest import Artist
from .test_packs import PACKS, make

NEW = {"name": "Sea", "license_type": "personal"}


async def test_pack_limit_is_per_user_without_removed_packs(
    api: Api, artist: Artist, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "MAX_PACKS", 2)
    stranger = Artist(site, await site.add_user("stranger"))
    await make(api, stranger)
    first, _ = await make(api, artist), await make(api, artist)
    answer = await api.post(PACKS, NEW, user=artist.user)
    assert (answer.status, answer.json["errors"][0]["path"]) == (422, "$")
    assert (await api.call("DELETE", f"{PACKS}/{first}", user=artist.user)).status == 204
    assert (await api.post(PACKS, NEW, user=artist.user)).status == 201


async def test_concurrent_pack_creation_respects_the_limit(
    api: Api, artist: Artist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "MAX_PACKS", 1)
    made = await asyncio.gather(*(api.post(PACKS, NEW, user=artist.user) for _ in range(3)))
    assert sorted(each.status for each in made) == [201, 422, 422]


@pytest.mark.parametrize("call", ["POST export", "PUT assets", "PATCH"])
async def test_concurrent_pack_changes_wait_and_lose_nothing(api: Api, artist: Artist, call: str) -> None:
    method, _, below = call.partition(" ")
    bodies: dict[str, dict[str, Any]] = {"assets": {"assets": []}, "export": {}, "": {"name": "Other"}}
    pool = artist.site.pool
    pack = await make(api, artist, [await artist.add(provenance="user_provided")])
    async with pool.acquire() as other, other.transaction():
        # As a change of its row, and not as what refers to it.
        await other.execute("UPDATE pack SET theme = 'sea' WHERE id = $1", pack)
        path = f"{PACKS}/{pack}/{below}".rstrip("/")
        waiting = asyncio.create_task(api.call(method, path, user=artist.user, json=bodies[below]))
        assert await waits_for_a_lock(pool, waiting)
    assert (await waiting).status in (200, 202)
    assert await pool.fetchval("SELECT theme FROM pack") == "sea", "nothing of it is lost"


async def test_edition_is_of_one_moment_of_its_pack(
    api: Api, artist: Artist, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise its files might be those of a pack that was to strip them, and its choice that of the pack before."""
    pool = artist.site.pool
    pack = await make(api, artist, [await artist.add(provenance="user_provided")])
    assert (await api.post(f"{PACKS}/{pack}/export", {}, user=artist.user)).status == 202

    async def later(connection: Connection, **of: int) -> Sequence[PackFile]:
        await pool.execute("DELETE FROM pack_asset")
        return await load_files(connection, **of)

    monkeypatch.setattr(checks, "load_files", later)
    await work_off()
    assert await pool.fetchval("SELECT asset_count FROM pack_edition") == 1
