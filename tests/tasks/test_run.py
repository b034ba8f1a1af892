"""Tasks done by real workers: what becomes of them, whatever happens on the way."""

import asyncio
import os
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import numpy as np
import pytest
from PIL import Image

from pmd_service.assets.asset import Asset, find_asset
from pmd_service.assets.reports import list_reports
from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.tasks import run
from pmd_service.work import heartbeat
from pmd_service.work.held import Held
from pmd_service.work.lease import claim
from pmd_service.work.queue import Queue, Queues
from pmd_service.work.sweep import take_over

from ..conftest import WorkOff
from ..hang import HANG_SECONDS
from ..media.files import animation, moving_picture, png_of, save_sound, save_video, sprite, tone
from ..media.quality import music, noise_for
from .conftest import Library, working


async def result_of(pool: Pool, library: Library, job: Any) -> Asset:
    asset = await find_asset(pool, user_id=library.user, asset_id=job["result_asset_id"])
    assert asset is not None
    return asset


async def test_a_result_that_was_purged_and_is_made_again_at_once_is_not_swept(
    library: Library, pool: Pool, work_off: WorkOff, tmp_path: Path
) -> None:
    sprite(64).save(tmp_path / "hero.png")
    parent = await library.add(tmp_path / "hero.png")
    for _ in range(2):
        await pool.execute("DELETE FROM asset WHERE parent_asset_id = $1", parent)
        (job_id,) = await library.begin("upscale", parent, factor=2)
        await work_off()
    assert await pool.fetchval("SELECT count(*) FROM vault_leftovers") == 0
    result = await result_of(pool, library, await library.job(job_id))
    for path in (result.path, *(preview.path for preview in result.previews)):
        assert await library.site.read(path)


async def test_results_of_one_name_are_numbered(
    library: Library, pool: Pool, work_off: WorkOff, tmp_path: Path
) -> None:
    sprite(16).save(tmp_path / "hero.png")
    parent = await library.add(tmp_path / "hero.png")
    for factor in (2, 4, 3):
        await library.begin("upscale", parent, factor=factor)
        await work_off()
    made = await pool.fetch("SELECT width, name FROM asset WHERE parent_asset_id IS NOT NULL ORDER BY id")
    assert [tuple(row) for row in made] == [(32, "hero large.png"), (64, "hero large 2.png"), (48, "hero large 3.png")]
    # The same bytes again are no new file, and a number that is free is given again.
    await pool.execute("DELETE FROM asset WHERE name = 'hero large 2.png'")
    for factor in (3, 8):
        await library.begin("upscale", parent, factor=factor)
        await work_off()
    names = {row["name"] for row in await pool.fetch("SELECT name FROM asset WHERE parent_asset_id IS NOT NULL")}
    assert names == {"hero large.png", "hero large 2.png", "hero large 3.png"}


@pytest.mark.stores
async def test_a_sprite_becomes_a_new_file_with_its_parent_s_papers(
    library: Library, pool: Pool, work_off: WorkOff, tmp_path: Path, licence: int
) -> None:
    sprite(64).save(tmp_path / "hero.png")
    said: dict[str, Any] = {"license_id": licence, "attribution": "by me", "theme": "heroes", "hashtags": ["hero"]}
    parent = await library.add(tmp_path / "hero.png", provenance="user_provided", **said)
    await pool.execute("UPDATE asset SET approved = true WHERE id = $1", parent)
    (job_id,) = await library.begin("upscale", parent, factor=8)
    await work_off()
    job = await library.job(job_id)
    assert (job["status"], job["progress"], job["error_message"]) == ("completed", 100.0, None)
    result = await result_of(pool, library, job)
    assert (result.width, result.height, result.type, result.name) == (512, 512, "image", "hero large.png")
    assert (result.parent_asset_id, result.provenance, result.approved) == (parent, "enhanced", False)
    assert {name: getattr(result, name) for name in said} == said
    stored = await library.site.read(result.path)
    assert (len(stored), job["result_bytes"]) == (result.size_bytes, result.size_bytes)
    with Image.open(BytesIO(stored)) as image:
        expected = sprite(64).resize((512, 512), Image.Resampling.NEAREST)
        assert np.array_equal(np.asarray(image), np.asarray(expected))
    assert [preview.size for preview in result.previews] == [256, 512]
    for preview in result.previews:
        assert len(await library.site.read(preview.path)) == preview.size_bytes
    (report,) = await list_reports(pool, user_id=library.user, asset_id=result.id)
    assert (report.facts["width"], report.facts["made_by"]["kind"], report.outcome) == (512, "upscale", "added")


async def test_what_a_machine_made_stays_marked_so(
    library: Library, pool: Pool, work_off: WorkOff, tmp_path: Path
) -> None:
    sprite(16).save(tmp_path / "made.png")
    parent = await library.add(tmp_path / "made.png", provenance="ai_generated")
    (job_id,) = await library.begin("upscale", parent, factor=2)
    await work_off()
    assert (await result_of(pool, library, await library.job(job_id))).provenance == "ai_generated"


async def test_every_kind_ends_with_a_result(library: Library, pool: Pool, work_off: WorkOff, tmp_path: Path) -> None:
    clean = music(4)
    sound = await library.add(save_sound(tmp_path / "song.wav", clean + noise_for(clean, snr_db=10)), "audio")
    video = await library.add(save_video(tmp_path / "film.mp4", moving_picture(12, noise=15), sound=tone(1)), "video")
    moving = await library.add(animation(tmp_path / "moving.gif"))
    jobs = [
        *await library.begin("denoise_audio", sound),
        *await library.begin("denoise_video", video),
        *await library.begin("upscale", moving),
        *await library.begin("enhance", sound, operations=[{"op": "normalize"}]),
    ]
    await work_off()
    ended = [await library.job(job) for job in jobs]
    assert [job["status"] for job in ended] == ["completed"] * 4, ended
    results = [await result_of(pool, library, job) for job in ended]
    assert [result.type for result in results] == ["audio", "video", "image", "audio"]
    assert results[2].frame_count == 3


async def test_the_same_result_twice_is_one_file(
    library: Library, pool: Pool, work_off: WorkOff, tmp_path: Path
) -> None:
    sprite(16).save(tmp_path / "sprite.png")
    asset = await library.add(tmp_path / "sprite.png")
    first, second = await library.begin("upscale", asset) + await library.begin("upscale", asset)
    await work_off()
    ended = sorted([await library.job(first), await library.job(second)], key=lambda job: job["step"] or "")
    assert ended[0]["result_asset_id"] == ended[1]["result_asset_id"]
    assert [job["step"] for job in ended] == [None, "The result is in your library already."]
    await pool.execute("UPDATE asset SET deleted_at = now() WHERE id = $1", ended[0]["result_asset_id"])
    (third,) = await library.begin("upscale", asset)
    await work_off()
    assert (await library.job(third))["step"] == "The result was in your trash, and is back."
    assert (await result_of(pool, library, await library.job(third))).deleted_at is None


async def test_bad_media_fail_at_once_with_a_sentence(library: Library, work_off: WorkOff, tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(png_of(100_000, 100_000))
    (job_id,) = await library.begin("upscale", await library.add(tmp_path / "bomb.png"))
    await work_off()
    job = await library.job(job_id)
    assert (job["status"], job["error_code"]) == ("failed", "too_many_pixels")
    assert job["error_message"].endswith(".")
    anew = (await library.post(f"/{job_id}/retry")).json
    assert (anew["status"], anew["progress"], anew["error_code"], anew["error_message"]) == ("pending", 0, None, None)


async def test_a_file_that_is_better_left_as_it_is_ends_well_with_a_sentence_and_no_result(
    library: Library, work_off: WorkOff, tmp_path: Path
) -> None:
    sound = await library.add(save_sound(tmp_path / "clean.wav", music(4)), "audio")
    film = await library.add(save_video(tmp_path / "clean.mp4", moving_picture(6)), "video")
    jobs = await library.begin("denoise_audio", sound) + await library.begin("denoise_video", film)
    await work_off()
    for job in [await library.job(job) for job in jobs]:
        assert (job["status"], job["progress"], job["error_message"]) == ("completed", 100, None)
        assert (job["result_asset_id"], job["result_asset_ids"]) == (None, [])
        assert job["unchanged_because"].endswith(".")
    assert (await library.post(f"/{jobs[0]}/retry")).status == 409


async def test_a_file_that_is_gone_fails_with_a_sentence(
    library: Library, pool: Pool, work_off: WorkOff, tmp_path: Path
) -> None:
    sprite(16).save(tmp_path / "sprite.png")
    asset = await library.add(tmp_path / "sprite.png")
    (lost,) = await library.begin("upscale", asset)
    path = await pool.fetchval("SELECT path FROM asset WHERE id = $1", asset)
    await library.site.lose(path)
    await work_off()
    assert (await library.job(lost))["error_code"] == "lost_bytes"
    (trashed,) = await library.begin("upscale", asset)
    await pool.execute("UPDATE asset SET deleted_at = now() WHERE id = $1", asset)
    await work_off()
    assert (await library.job(trashed))["error_code"] == "gone"


async def test_a_full_library_takes_no_result(library: Library, pool: Pool, settings: Settings, tmp_path: Path) -> None:
    sprite(16).save(tmp_path / "sprite.png")
    asset = await library.add(tmp_path / "sprite.png")
    (job_id,) = await library.begin("upscale", asset)
    async with working(msgspec.structs.replace(settings, library_max_bytes=1)):
        await library.until(job_id, "failed")
    assert (await library.job(job_id))["error_code"] == "allowance"
    assert await pool.fetchval("SELECT count(*) FROM asset") == 1


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
    assert (again.status, again.json["detail"]) == (409, "This task has ended already: it is cancelled.")
    assert (await library.post(f"/{job_id}/retry")).json["status"] == "pending"
    await work_off()
    assert (await library.job(job_id))["status"] == "completed"
    assert (await library.post(f"/{job_id}/retry")).status == 409
    assert (await library.post(f"/{job_id}/cancel")).status == 409


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
    """Takes a second or more, and many heartbeats, and is small enough to be made for a test."""
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 0.01)
    pictures = moving_picture(16, width=320, height=240, noise=15)
    return await library.add(save_video(tmp_path / "long.mp4", np.tile(pictures, (4, 1, 1, 1)), crf=30), "video")


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


async def test_progress_only_grows_and_is_told_in_words(
    library: Library, pool: Pool, settings: Settings, long_video: int
) -> None:
    await pool.execute(
        """CREATE TABLE told AS SELECT progress, step, status FROM job WHERE false;
           CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
           $$BEGIN INSERT INTO told VALUES (NEW.progress, NEW.step, NEW.status); RETURN NULL; END$$;
           CREATE TRIGGER note AFTER UPDATE ON job FOR EACH ROW EXECUTE FUNCTION note()"""
    )
    (job_id,) = await library.begin("denoise_video", long_video)
    async with working(settings):
        await library.until(job_id, "completed")
    told = await pool.fetch("SELECT * FROM told")
    values = [row["progress"] for row in told]
    assert values == sorted(values)
    assert len(set(values)) > 2
    assert all((row["progress"] == 100) == (row["status"] == "completed") for row in told)
    assert "taking the noise out" in {row["step"] for row in told}


def test_a_second_attempt_tells_nothing_until_it_is_further_and_making_is_not_all_of_it() -> None:
    row = run.TaskRow(
        id=1,
        asset_ids=[],
        user_id=1,
        attempt=2,
        lease_token=uuid4(),
        faults=1,
        expired_leases=0,
        kind="upscale",
        asset_id=1,
        params_json="{}",
        progress=45,
    )
    held = Held(row, settle="", held="")
    attempt = run._Attempt(None, held)  # type: ignore[arg-type]
    told = []
    for value in (10, 40, 60, 100):
        attempt._tell(value, "making")
        told.append(held.done)
    assert told == [45, 45, 54, 90]


async def test_a_worker_that_is_lost_costs_time_only(
    library: Library, pool: Pool, settings: Settings, tmp_path: Path, queues: Queues
) -> None:
    sprite(16).save(tmp_path / "sprite.png")
    (job_id,) = await library.begin("upscale", await library.add(tmp_path / "sprite.png"))
    # Somebody has claimed it, was told to be half way, and was never heard of again.
    assert await claim(pool, run.TASKS) is not None
    await pool.execute("UPDATE job SET progress = 50, lease_expires_at = now() - interval '1 minute'")
    await take_over(pool, run.TASKS)
    assert (await library.job(job_id))["status"] == "pending"
    await pool.execute("UPDATE job SET next_attempt_at = now()")
    async with working(settings):
        await queues.put(Queue.TASKS)
        await library.until(job_id, "completed")
    assert await pool.fetchval("SELECT expired_leases FROM job WHERE id = $1", job_id) == 1


async def test_two_of_a_user_s_tasks_run_at_a_time(library: Library, pool: Pool, tmp_path: Path) -> None:
    sprite(16).save(tmp_path / "sprite.png")
    asset = await library.add(tmp_path / "sprite.png")
    for _ in range(3):
        await library.begin("upscale", asset)
    claimed = [await claim(pool, run.TASKS) for _ in range(3)]
    assert [held is not None for held in claimed] == [True, True, False]


async def test_a_purged_file_takes_its_task_along(
    library: Library, pool: Pool, work_off: WorkOff, tmp_path: Path
) -> None:
    sprite(16).save(tmp_path / "sprite.png")
    asset = await library.add(tmp_path / "sprite.png")
    (job_id,) = await library.begin("upscale", asset)
    await pool.execute("DELETE FROM asset WHERE id = $1", asset)
    await work_off()
    assert (await library.api.get(f"/api/pmd/jobs/{job_id}", user=library.user)).status == 404
