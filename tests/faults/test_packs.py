"""Exporters that are killed: the old edition is served all the while, and the new one comes in the end."""

import asyncio
import hashlib
import signal

import pytest

from pmd_service.packs.export import EXPORTS

from ..conftest import WorkOff
from ..databases import connected
from ..hang import HANG_SECONDS
from ..locks import waits_for_a_lock
from ..packs.conftest import Artist
from ..packs.exports import export, with_preview
from ..packs.test_packs import PACKS, make
from ..site import Api, Site
from .conftest import Crew, Ward
from .doomed_exporter import STEPS


@pytest.mark.parametrize("step", STEPS)
async def test_export_killed_at_any_step_keeps_the_old_edition(
    site: Site, api: Api, crew: Crew, ward: Ward, work_off: WorkOff, step: str
) -> None:
    artist = Artist(site, await site.add_user())
    pack = await make(api, artist, [await with_preview(artist, "a.png", "red"), await artist.add("b.png")])
    first = (await export(api, artist, pack, work_off))["pack"]
    old = (await api.get(first["download_url"], user=artist.user)).body

    assert (await api.post(f"{PACKS}/{pack}/export", {}, user=artist.user)).status == 202
    killed = crew.doom(step, "kill", who="doomed_exporter")
    assert await killed.ended() == -signal.SIGKILL
    assert (await api.get(first["download_url"], user=artist.user)).body == old
    current = (await api.get(f"{PACKS}/{pack}", user=artist.user)).json["pack"]
    assert current["edition"] == (2 if step == "published" else 1)
    await ward.recover_jobs(EXPORTS)
    await work_off()
    details = (await api.get(f"{PACKS}/{pack}", user=artist.user)).json
    assert details["pack"]["export"]["status"] == "completed"
    assert [edition["edition"] for edition in details["editions"]] == [2, 1]
    for edition in details["editions"]:
        whole = (await api.get(edition["download_url"], user=artist.user)).body
        assert len(whole) == edition["size_bytes"]
    await site.pool.execute("UPDATE vault_leftovers SET due_at = now()")
    await ward.sweep()
    assert len([path for path in (site.vault / "packs").rglob("*") if path.is_file()]) == 2


async def test_worker_killed_before_recording_a_sha256_is_replaced(
    site: Site, site_url: str, api: Api, crew: Crew, work_off: WorkOff
) -> None:
    artist = Artist(site, await site.add_user())
    pack = await make(api, artist, [await artist.add("a.png", b"pixels")])
    url = (await export(api, artist, pack, work_off))["pack"]["download_url"]
    async with connected(site_url) as connection:
        async with connection.transaction():
            await connection.execute("SELECT FROM pack FOR UPDATE")
            killed = crew.hire("UpkeepSettings")
            ended = asyncio.create_task(killed.ended())
            assert await waits_for_a_lock(site.pool, ended), "it has computed it"
            killed.send(signal.SIGKILL)
            assert await ended == -signal.SIGKILL
        assert (await api.get(f"{PACKS}/{pack}", user=artist.user)).json["export_sha256"] is None
        # What a minute would do.
        await connection.execute("UPDATE upkeep_steps SET due_at = now()")
        await connection.execute("UPDATE pack_edition SET sha256_due_at = now()")
    crew.hire("UpkeepSettings")
    async with asyncio.timeout(HANG_SECONDS):
        while not (sha256 := (await api.get(f"{PACKS}/{pack}", user=artist.user)).json["export_sha256"]):
            await asyncio.sleep(0.05)
    assert sha256 == hashlib.sha256((await api.get(url, user=artist.user)).body).hexdigest()
