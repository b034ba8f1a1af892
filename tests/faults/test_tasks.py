"""Workers that are killed in the middle of a task (LIBRARY section 4)."""

import asyncio
import signal
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest

from pmd_service.tasks.run import TASKS

from ..conftest import WorkOff
from ..hang import HANG_SECONDS
from ..media.files import moving_picture, save_video, sprite
from ..site import Api, Site
from ..tasks.conftest import Library
from .conftest import Crew, Ward, Worker
from .doomed_tasker import STEPS


@pytest.fixture
async def library(api: Api, site: Site) -> Library:
    return Library(api, site, await site.add_user("artist"))


async def files_left(site: Site, ward: Ward) -> set[str]:
    """All files of the vault once what some days would remove is removed."""
    await site.pool.execute("UPDATE vault_leftovers SET due_at = now()")
    await ward.sweep()
    await site.stored.tidy()
    return {str(path.relative_to(site.vault)) for path in site.vault.rglob("*") if path.is_file()}


async def files_named(site: Site) -> set[str]:
    rows = await site.pool.fetch(
        """SELECT substr(path, 8) FROM asset
           UNION SELECT substr(preview ->> 'path', 8) FROM asset, jsonb_array_elements(previews) AS preview"""
    )
    return {row[0] for row in rows}


@pytest.mark.parametrize("step", STEPS)
async def test_task_worker_killed_at_any_step_costs_time_only(
    site: Site, library: Library, crew: Crew, ward: Ward, work_off: WorkOff, tmp_path: Path, step: str
) -> None:
    sprite(64).save(tmp_path / "hero.png")
    parent = await library.add(tmp_path / "hero.png")
    (job_id,) = await library.begin("upscale", parent, factor=2)
    assert await crew.doom(step, "kill", who="doomed_tasker").ended() == -signal.SIGKILL
    await ward.recover_jobs(TASKS)
    await work_off()
    job = await library.job(job_id)
    assert (job["status"], job["error_message"]) == ("completed", None)
    results = await site.pool.fetch("SELECT id FROM asset WHERE parent_asset_id = $1", parent)
    assert [row["id"] for row in results] == [job["result_asset_id"]]
    assert await site.pool.fetchval("SELECT count(*) FROM reports WHERE facts ? 'made_by'") == 1
    assert await files_left(site, ward) == await files_named(site)


@pytest.mark.parametrize("step", ["made", "a preview stored", "bytes stored", "record written"])
async def test_cancelled_task_of_a_killed_worker_leaves_nothing(
    site: Site, library: Library, crew: Crew, ward: Ward, tmp_path: Path, step: str
) -> None:
    sprite(64).save(tmp_path / "hero.png")
    parent = await library.add(tmp_path / "hero.png")
    before = await files_named(site)
    (job_id,) = await library.begin("upscale", parent, factor=2)
    assert await crew.doom(step, "kill", who="doomed_tasker").ended() == -signal.SIGKILL
    assert (await library.post(f"/{job_id}/cancel")).json["status"] == "cancelled"
    assert await files_left(site, ward) == before == await files_named(site)


async def test_stopping_worker_lets_a_nearly_done_task_end(
    site: Site, library: Library, crew: Crew, tmp_path: Path
) -> None:
    """Only the process's first queue was waited for: a task was cut off at once, and done again by the next worker."""
    sprite(64).save(tmp_path / "hero.png")
    (job_id,) = await library.begin("upscale", await library.add(tmp_path / "hero.png"), factor=2)
    stopped = crew.doom("made", "freeze", who="doomed_tasker")
    await stopped.frozen()
    stopped.send(signal.SIGTERM)
    stopped.send(signal.SIGCONT)
    await stopped.ended()
    assert (await library.job(job_id))["status"] == "completed"
    assert await site.pool.fetchval("SELECT max(attempt) FROM work_attempts WHERE subject = $1", str(job_id)) == 1


def media_children(worker: Worker) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        children = psutil.Process(worker.pid).children()
        return [child for child in children if "pmd_service.media.entry" in child.cmdline()]
    return []


async def test_child_dies_with_its_killed_worker_and_the_task_is_retaken(
    site: Site, library: Library, crew: Crew, ward: Ward, tmp_path: Path
) -> None:
    pictures = np.tile(moving_picture(16, width=320, height=240, noise=15), (4, 1, 1, 1))
    parent = await library.add(save_video(tmp_path / "long.mp4", pictures, crf=30), "video")
    (job_id,) = await library.begin("denoise_video", parent)
    killed = crew.hire("MediaSettings")
    async with asyncio.timeout(HANG_SECONDS):
        while (await library.job(job_id))["progress"] == 0 or not media_children(killed):
            await asyncio.sleep(0.02)
    (child,) = media_children(killed)
    killed.process.kill()
    assert await killed.ended() == -signal.SIGKILL
    async with asyncio.timeout(HANG_SECONDS):
        while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.02)
    progress = (await library.job(job_id))["progress"]
    await ward.recover_jobs(TASKS)
    second = crew.hire("MediaSettings")
    job = await library.until(job_id, "completed")
    second.send(signal.SIGTERM)  # it may be clearing up still
    await second.ended()
    assert 0 < progress < 100
    assert await site.pool.fetchval("SELECT max(attempt) FROM work_attempts WHERE subject = $1", str(job_id)) == 2
    results = await site.pool.fetch("SELECT id FROM asset WHERE parent_asset_id = $1", parent)
    assert [row["id"] for row in results] == [job["result_asset_id"]]
    assert await files_left(site, ward) == await files_named(site)
