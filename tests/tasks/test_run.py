"""Tasks done by real workers: what becomes of them, whatever happens on the way."""

from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from pmd_service.assets.asset import Asset, find_asset
from pmd_service.assets.reports import list_reports
from pmd_service.base.database import Connection, Pool
from pmd_service.base.settings import Settings
from pmd_service.tasks import run
from pmd_service.tasks.results import ResultStore
from pmd_service.work.lease import claim
from pmd_service.work.queue import Queue, Queues
from pmd_service.work.sweep import take_over

from ..conftest import WorkOff
from ..media.files import animation, moving_picture, png_of, save_sound, save_video, sprite, tone
from ..media.quality import music, noise_for
from .conftest import Library, working


async def result_of(pool: Pool, library: Library, job: Any) -> Asset:
    asset = await find_asset(pool, user_id=library.user, asset_id=job["result_asset_id"])
    assert asset is not None
    return asset


async def test_a_purged_result_that_is_made_again_at_once_is_not_swept(
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


async def test_a_result_whose_duplicate_is_purged_meanwhile_is_made_again(
    library: Library, pool: Pool, work_off: WorkOff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sprite(16).save(tmp_path / "hero.png")
    parent = await library.add(tmp_path / "hero.png")
    await library.begin("upscale", parent)
    await work_off()
    add = ResultStore.add

    async def purge_and_add(store: ResultStore, connection: Connection, *given: Any) -> Any:
        monkeypatch.setattr(ResultStore, "add", add)
        await connection.execute("DELETE FROM asset WHERE parent_asset_id = $1", parent)
        return await add(store, connection, *given)

    monkeypatch.setattr(ResultStore, "add", purge_and_add)
    (job_id,) = await library.begin("upscale", parent)
    await work_off()
    assert await pool.fetchval("SELECT status FROM job WHERE id = $1", job_id) == "completed"
    attempts = await pool.fetch("SELECT outcome FROM work_attempts WHERE subject = $1 ORDER BY id", str(job_id))
    assert [row["outcome"] for row in attempts] == ["waiting", "done"]


async def test_results_of_one_name_are_numbered(
    library: Library, pool: Pool, work_off: WorkOff, tmp_path: Path
) -> None:
    sprite(16).save(tmp_path / "hero.png")
    parent = await library.add(tmp_path / "hero.png")
    sprite(8).save(tmp_path / "hero large.png")
    await library.add(tmp_path / "hero large.png")  # of another's hand, and so no result
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
async def test_a_sprites_result_is_a_new_file_with_its_parents_metadata(
    library: Library, pool: Pool, work_off: WorkOff, tmp_path: Path, licence: int
) -> None:
    sprite(64).save(tmp_path / "hero.png")
    values: dict[str, Any] = {"license_id": licence, "attribution": "by me", "theme": "heroes", "hashtags": ["hero"]}
    parent = await library.add(tmp_path / "hero.png", provenance="user_provided", **values)
    await pool.execute("UPDATE asset SET approved = true WHERE id = $1", parent)
    (job_id,) = await library.begin("upscale", parent, factor=8)
    await work_off()
    job = await library.job(job_id)
    assert (job["status"], job["progress"], job["error_message"]) == ("completed", 100.0, None)
    result = await result_of(pool, library, job)
    assert (result.width, result.height, result.type, result.name) == (512, 512, "image", "hero large.png")
    assert (result.parent_asset_id, result.provenance, result.approved) == (parent, "enhanced", False)
    assert {name: getattr(result, name) for name in values} == values
    stored = await library.site.read(result.path)
    assert (len(stored), job["result_size_bytes"]) == (result.size_bytes, result.size_bytes)
    with Image.open(BytesIO(stored)) as image:
        expected = sprite(64).resize((512, 512), Image.Resampling.NEAREST)
        assert np.array_equal(np.asarray(image), np.asarray(expected))
    assert [preview.size for preview in result.previews] == [256, 512]
    for preview in result.previews:
        assert len(await library.site.read(preview.path)) == preview.size_bytes
    (report,) = await list_reports(pool, user_id=library.user, asset_id=result.id)
    assert (report.facts["width"], report.facts["made_by"]["kind"], report.outcome) == (512, "upscale", "added")


async def test_a_result_is_listed_after_its_original(library: Library, work_off: WorkOff, tmp_path: Path) -> None:
    """Originals that came as uploads do: they are made from nothing."""
    for number, name in enumerate(("a.png", "b.png"), 1):
        sprite(8 * number).save(tmp_path / name)
    _, original = [await library.add(tmp_path / name, original_path=f"set/{name}") for name in ("a.png", "b.png")]
    await library.begin("upscale", original)
    await work_off()
    page = (await library.api.get("/api/pmd/assets?sort=path&order=asc", user=library.user)).json
    assert [item["name"] for item in page["items"]] == ["a.png", "b.png", "b large.png"]


async def test_results_of_ai_files_stay_marked_as_ai(
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
    assert [job["step"] for job in ended] == [None, "The result is already in your library."]
    await pool.execute("UPDATE asset SET deleted_at = now() WHERE id = $1", ended[0]["result_asset_id"])
    (third,) = await library.begin("upscale", asset)
    await work_off()
    assert (await library.job(third))["step"] == "The result was in your trash and has been restored."
    assert (await result_of(pool, library, await library.job(third))).deleted_at is None


async def test_bad_media_fail_at_once_with_a_sentence(library: Library, work_off: WorkOff, tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(png_of(100_000, 100_000))
    (job_id,) = await library.begin("upscale", await library.add(tmp_path / "bomb.png"))
    await work_off()
    job = await library.job(job_id)
    assert (job["status"], job["error_code"]) == ("failed", "too_many_pixels")
    assert job["error_message"].endswith(".")
    again = (await library.post(f"/{job_id}/retry")).json
    assert (again["status"], again["progress"], again["error_code"], again["error_message"]) == (
        "pending",
        0,
        None,
        None,
    )


async def test_nothing_to_do_ends_well_with_a_sentence_and_no_result(
    library: Library, work_off: WorkOff, tmp_path: Path
) -> None:
    sound = await library.add(save_sound(tmp_path / "clean.wav", music(4)), "audio")
    film = await library.add(save_video(tmp_path / "clean.mp4", moving_picture(6)), "video")
    jobs = await library.begin("denoise_audio", sound) + await library.begin("denoise_video", film)
    await work_off()
    for job in [await library.job(job) for job in jobs]:
        assert (job["status"], job["progress"], job["error_message"]) == ("completed", 100, None)
        assert (job["result_asset_id"], job["result_asset_ids"]) == (None, [])
        assert job["unchanged_reason"].endswith(".")
    assert (await library.post(f"/{jobs[0]}/retry")).status == 409


async def test_result_of_the_same_bytes_counts_as_unchanged(
    library: Library, work_off: WorkOff, tmp_path: Path
) -> None:
    sprite(16).save(tmp_path / "sprite.png")
    asset = await library.add(tmp_path / "sprite.png")
    (plain,) = await library.begin("export", asset, metadata=False)
    await work_off()
    job = await library.job(plain)
    assert (job["status"], job["result_asset_id"]) == ("completed", None)
    assert job["unchanged_reason"] == "It is as asked for already: there is nothing to change."


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


async def test_allowance_holds_for_what_is_added_while_a_result_is_stored(
    library: Library, pool: Pool, work_off: WorkOff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sprite(16).save(tmp_path / "sprite.png")
    asset = await library.add(tmp_path / "sprite.png")
    store = ResultStore.store

    async def store_and_fill(of: ResultStore, result: Any) -> Any:
        await pool.execute("UPDATE library_usage SET reserved_bytes = 2 ^ 60")
        return await store(of, result)

    monkeypatch.setattr(ResultStore, "store", store_and_fill)
    (job_id,) = await library.begin("upscale", asset)
    await work_off()
    assert (await library.job(job_id))["error_code"] == "allowance"
    assert await pool.fetchval("SELECT count(*) FROM asset") == 1


async def test_a_worker_that_is_lost_costs_time_only(
    library: Library, pool: Pool, settings: Settings, tmp_path: Path, queues: Queues
) -> None:
    sprite(16).save(tmp_path / "sprite.png")
    (job_id,) = await library.begin("upscale", await library.add(tmp_path / "sprite.png"))
    # A worker has claimed it, reported half of it, and died.
    assert await claim(pool, run.TASKS) is not None
    await pool.execute("UPDATE job SET progress = 50")
    await pool.execute("UPDATE work SET lease_until = now() - interval '1 minute'")
    await take_over(pool, run.TASKS)
    assert (await library.job(job_id))["status"] == "pending"
    await pool.execute("UPDATE work SET due_at = now()")
    async with working(settings):
        await queues.put(Queue.TASKS)
        await library.until(job_id, "completed")
    attempts = await pool.fetch("SELECT attempt FROM work_attempts WHERE kind = 'task' AND subject = $1", str(job_id))
    assert [row["attempt"] for row in attempts] == [2]


async def test_two_of_a_user_s_tasks_run_at_a_time(library: Library, pool: Pool, tmp_path: Path) -> None:
    sprite(16).save(tmp_path / "sprite.png")
    asset = await library.add(tmp_path / "sprite.png")
    for _ in range(3):
        await library.begin("upscale", asset)
    claimed = [await claim(pool, run.TASKS) for _ in range(3)]
    assert [held is not None for held in claimed] == [True, True, False]


async def test_a_purged_file_takes_its_task_along(library: Library, pool: Pool, tmp_path: Path) -> None:
    sprite(16).save(tmp_path / "sprite.png")
    asset = await library.add(tmp_path / "sprite.png")
    (job_id,) = await library.begin("upscale", asset)
    await pool.execute("UPDATE work SET state = 'failed', turn = NULL, ended_at = now()")
    for action in ("trash", "purge"):
        body = {"action": action, "asset_ids": [asset]}
        assert (await library.api.post("/api/pmd/assets/action", body, user=library.user)).status == 200
    assert await pool.fetchval("SELECT count(*) FROM work WHERE kind = 'task'") == 0, "and no operator is asked"
    assert (await library.api.get(f"/api/pmd/jobs/{job_id}", user=library.user)).status == 404
