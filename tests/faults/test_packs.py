"""Exporters that are killed: the old edition is served all the while, and the new one comes in the end."""

import signal

import pytest

from pmd_service.packs.export import EXPORTS

from ..conftest import WorkOff
from ..packs.conftest import Artist
from ..packs.exports import export, with_preview
from ..packs.test_packs import PACKS, make
from ..site import Api, Site
from .conftest import Crew, Ward
from .doomed_exporter import STEPS


@pytest.mark.parametrize("step", STEPS)
async def test_an_exporter_killed_at_any_step_leaves_the_old_edition_served(
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
    told = (await api.get(f"{PACKS}/{pack}", user=artist.user)).json
    assert told["pack"]["export"]["status"] == "completed"
    assert [edition["edition"] for edition in told["editions"]] == [2, 1]
    for edition in told["editions"]:
        whole = (await api.get(edition["download_url"], user=artist.user)).body
        assert len(whole) == edition["size_bytes"]
    await site.pool.execute("UPDATE vault_leftovers SET due_at = now()")
    await ward.sweep()
    assert len([path for path in (site.vault / "packs").rglob("*") if path.is_file()]) == 2
