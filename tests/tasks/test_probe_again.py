"""The task that probes a file again: new properties, and the previews that were lost."""

import asyncio
from pathlib import Path

import pytest

from pmd_service.assets.reports import list_reports
from pmd_service.base.database import Pool

from ..conftest import WorkOff
from ..media.files import sprite
from .conftest import Library


@pytest.fixture
async def asset(library: Library, tmp_path: Path) -> int:
    sprite(16).save(tmp_path / "sprite.png")
    return await library.add(tmp_path / "sprite.png")


async def test_a_repeated_probe_writes_new_properties(
    library: Library, asset: int, pool: Pool, work_off: WorkOff
) -> None:
    (job_id,) = await library.begin("metadata_extract", asset)
    await work_off()
    job = await library.job(job_id)
    assert (job["status"], job["result_asset_id"]) == ("completed", None)
    (report,) = await list_reports(pool, user_id=library.user, asset_id=asset)
    assert (report.outcome, report.facts["colours"]) == ("probed_again", 7)


async def test_a_lost_preview_is_drawn_again_once(library: Library, asset: int, pool: Pool, work_off: WorkOff) -> None:
    address = f"/api/pmd/assets/{asset}/preview"
    await library.begin("metadata_extract", asset)
    await work_off()
    drawn = await library.api.get(address, user=library.user)
    assert drawn.status == 200
    assert await pool.fetchval("SELECT count(*) FROM vault_leftovers") == 0
    await pool.execute("UPDATE job SET created_at = now() - interval '2 days'")
    for _ in range(2):
        await lose_previews(library)
        await asyncio.gather(*(library.api.get(address, user=library.user) for _ in range(3)))
        answer = await library.api.get(address, user=library.user)
        jobs = await pool.fetchval("SELECT count(*) FROM job")
        await work_off()
    # The second time on the same day, it is left to its owner.
    assert (jobs, answer.status) == (2, 410)
    await pool.execute("UPDATE job SET created_at = now() - interval '2 days'")
    assert (await library.api.get(address, user=library.user)).status == 503
    await work_off()
    assert (await library.api.get(address, user=library.user)).body == drawn.body


async def test_a_lost_preview_of_a_file_in_the_trash_is_not_drawn_again(
    library: Library, asset: int, pool: Pool, work_off: WorkOff
) -> None:
    await library.begin("metadata_extract", asset)
    await work_off()
    await pool.execute("DELETE FROM job")
    await lose_previews(library)
    await pool.execute("UPDATE asset SET deleted_at = now()")
    assert (await library.api.get(f"/api/pmd/assets/{asset}/preview", user=library.user)).status == 410
    assert await pool.fetchval("SELECT count(*) FROM job") == 0


async def test_lost_previews_leave_room_for_their_owners_tasks(
    library: Library, asset: int, pool: Pool, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    await library.begin("metadata_extract", asset)
    await work_off()
    await pool.execute("DELETE FROM job")
    await lose_previews(library)
    address = f"/api/pmd/assets/{asset}/preview"
    with monkeypatch.context() as full:
        full.setattr("pmd_service.library.files.MAX_WAITING_TASKS", 0)
        assert (await library.api.get(address, user=library.user)).status == 503
        assert await pool.fetchval("SELECT count(*) FROM job") == 0
    assert (await library.api.get(address, user=library.user)).status == 503
    await work_off()
    assert (await library.api.get(address, user=library.user)).status == 200


async def lose_previews(library: Library) -> None:
    for key in await library.site.keys("previews/"):
        await library.site.stored.remove(key)
