"""Tasks on their way: how far they are, and that they are stopped at any time."""

import asyncio
import os
from pathlib import Path

import numpy as np
import pytest

from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.tasks import run
from pmd_service.work import heartbeat
from pmd_service.work.claimed import Claimed

from ..conftest import WorkOff
from ..hang import HANG_SECONDS
from ..media.files import moving_picture, save_video, sprite
from .conftest import Library, working


async def test_a_waiting_task_is_cancelled_at_once_and_can_be_tried_again(
    library: Library, pool: Pool, work_off: WorkOff, tmp_path: Path
) -> None:
    sprite(16).save(tmp_path / "sprite.png")
    asset = await library.add(tmp_path / "sprite.png")
    (job_id,) = await library.begin("upscale", asset)
    assert (await library.post(f"/{job_id}/cancel")).json["status"] == "cancelled"
    await work_off()
    assert await pool.fetchval("SELECT count(*) FROM asset") == 1
    again = await library.post(f"/{job_id}/cancel")
    assert (again.status, again.json["detail"]) == (409, "This task has already ended: it is cancelled.")
    assert (await library.post(f"/{job_id}/retry")).json["status"] == "pending"
    await work_off()
    assert (await library.job(job_id))["status"] == "completed"
    assert (await library.post(f"/{job_id}/retry")).status == 409
    assert (await library.post(f"/{job_id}/cancel")).status == 409


async def test_a_retried_task_has_all_attempts_and_counts_for_its_retrier(library: Library, pool: Pool) -> None:
    moderator = await library.site.add_user("mod", roles=["user", "moderator"])
    (job_id,) = await library.begin("upscale", await library.site.add_asset(library.user))
    assert (await library.post(f"/{job_id}/cancel")).status == 200
    target = {"target_sqid": library.site.sqid(library.user)}
    path = f"/api/pmd/jobs/{job_id}/retry"
    assert (await library.api.call("POST", path, user=moderator, params=target)).status == 200
    row = await pool.fetchrow("SELECT faults, expired, state, requested_by FROM job, work")
    assert row is not None
    assert tuple(row) == (0, 0, "waiting", moderator)


async def test_a_group_is_cancelled_together(library: Library, tmp_path: Path) -> None:
    assets = []
    for shift in range(3):
        sprite(16, shift=shift).save(tmp_path / f"{shift}.png")
        assets.append(await library.add(tmp_path / f"{shift}.png"))
    group = (await library.ask("upscale", *assets)).json["group_id"]
    answer = await library.post("/cancel", {"group_id": group})
    assert [item["status"] for item in answer.json["items"]] == ["cancelled"] * 3
    assert (await library.post("/cancel", {"group_id": group})).status == 409


@pytest.fixture
async def long_video(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Takes seconds, and many heartbeats, also where the machine stands still for some of them."""
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 0.01)
    pictures = moving_picture(16, width=320, height=240, noise=15)
    return await library.add(save_video(tmp_path / "long.mp4", np.tile(pictures, (12, 1, 1, 1)), crf=30), "video")


def children() -> set[int]:
    """The processes that this one has started and that still run."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            command = stat.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if fields[0] != "Z" and int(fields[1]) == os.getpid() and b"media.entry" in command:
            found.add(int(stat.parent.name))
    return found


async def test_a_running_task_is_cancelled_and_nothing_of_it_is_left(
    library: Library, pool: Pool, settings: Settings, long_video: int
) -> None:
    (job_id,) = await library.begin("denoise_video", long_video)
    async with working(settings):
        async with asyncio.timeout(HANG_SECONDS):
            while (await library.job(job_id))["progress"] == 0 or not children():
                await asyncio.sleep(0.02)
        assert (await library.post(f"/{job_id}/cancel")).json["status"] == "cancelled"
        async with asyncio.timeout(HANG_SECONDS):
            while children():
                await asyncio.sleep(0.01)
        job = await library.job(job_id)
        assert (job["status"], job["result_asset_id"]) == ("cancelled", None)
        assert job["progress"] < 100
    assert await pool.fetchval("SELECT count(*) FROM asset") == 1
    left = [key for top in ("previews/", "incoming/") for key in await library.site.keys(top)]
    assert left == []
    assert [path for path in settings.vault_path.rglob("*") if path.is_file() and "assets" not in path.parts] == []


async def test_progress_only_grows_and_has_a_stage(
    library: Library, pool: Pool, settings: Settings, long_video: int
) -> None:
    await pool.execute(
        """CREATE TABLE recorded AS SELECT progress, step, status FROM job WHERE false;
           CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
           $$BEGIN INSERT INTO recorded VALUES (NEW.progress, NEW.step, NEW.status); RETURN NULL; END$$;
           CREATE TRIGGER note AFTER UPDATE ON job FOR EACH ROW EXECUTE FUNCTION note()"""
    )
    (job_id,) = await library.begin("denoise_video", long_video)
    async with working(settings):
        await library.until(job_id, "completed")
    reported = await pool.fetch("SELECT * FROM recorded")
    values = [row["progress"] for row in reported]
    assert values == sorted(values)
    assert len(set(values)) > 2
    assert all((row["progress"] == 100) == (row["status"] == "completed") for row in reported)
    # Which of them are written depends on the time: at most two a second are.
    assert {row["step"] for row in reported} & {"measuring the noise", "removing the noise"}


def test_a_second_attempt_reports_no_lower_progress() -> None:
    row = run.TaskRow(
        id=1,
        asset_ids=[],
        user_id=1,
        kind="upscale",
        asset_id=1,
        params_json="{}",
        progress=45,
    )
    claimed = Claimed(None, row)  # type: ignore[arg-type]
    attempt = run._Attempt(None, claimed)  # type: ignore[arg-type]
    reported = []
    for value in (10, 40, 60, 100):
        attempt._on_progress(value, "making")
        reported.append(claimed.done)
    assert reported == [45, 45, 54, 90]
