"""Requests for tasks: refusals, answers, repeated requests."""

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pmd_service.base.database import Pool
from pmd_service.identity.users import Actor, User
from pmd_service.media.registry import KINDS
from pmd_service.tasks import kinds, requests

from ..events.sse import opened
from ..media.files import save_sound, sprite, tone
from ..plans import watched
from ..site import Site
from .conftest import Library


@pytest.fixture
async def picture(library: Library, tmp_path: Path) -> int:
    sprite(16).save(tmp_path / "sprite.png")
    return await library.add(tmp_path / "sprite.png", width=16, height=16, frame_count=1)


@pytest.fixture
async def sound(library: Library, tmp_path: Path) -> int:
    return await library.add(save_sound(tmp_path / "tone.wav", tone(1)), "audio", duration_sec=1.0)


async def test_each_file_is_a_task_of_its_own(library: Library, picture: int, sound: int) -> None:
    answer = await library.ask("metadata_extract", picture, sound, picture)
    assert answer.status == 202
    assert [item["asset_id"] for item in answer.json["items"]] == [picture, sound]
    assert {item["group_id"] for item in answer.json["items"]} == {answer.json["group_id"]}
    assert {(item["status"], item["progress"]) for item in answer.json["items"]} == {("pending", 0.0)}


async def test_a_page_counts_all_of_a_group_and_names_its_files(
    library: Library, pool: Pool, picture: int, sound: int
) -> None:
    group = (await library.ask("metadata_extract", picture, sound)).json["group_id"]
    await library.begin("metadata_extract", picture)
    await pool.execute(
        """INSERT INTO job (kind, asset_id, user_id, requested_by, group_id, params_json, status, progress,
                            started_at, completed_at, error_message)
           SELECT kind, asset_id, user_id, requested_by, group_id, params_json,
                  CASE n WHEN 3 THEN 'failed' ELSE 'completed' END, CASE n WHEN 3 THEN 30 ELSE 100 END,
                  now() - make_interval(mins => n), now(), CASE n WHEN 3 THEN 'It did not work.' END
             FROM job, generate_series(1, 3) AS n WHERE group_id = $1 AND asset_id = $2""",
        group,
        picture,
    )
    # One of them has made three files, another one.
    await pool.execute(
        """UPDATE job SET result_asset_id = $1::int, result_asset_ids = made.ids
             FROM (SELECT id, CASE row_number() OVER (ORDER BY id)
                                  WHEN 1 THEN ARRAY[$1::int, $2, $1] ELSE ARRAY[$1::int] END AS ids
                     FROM job WHERE status = 'completed' ORDER BY id LIMIT 2) AS made
            WHERE job.id = made.id""",
        picture,
        sound,
    )
    page = (await library.api.get("/api/pmd/jobs?limit=2", user=library.user)).json
    counted = next(each for each in page["groups"] if each["group_id"] == group)
    assert [counted[name] for name in ("total", "pending", "completed", "failed")] == [5, 2, 2, 1]
    assert counted["results"] == 4, "files, not tasks"
    assert counted["progress"] == pytest.approx(60), "what has failed is done"
    first = await pool.fetchval("SELECT min(started_at) FROM job")
    assert datetime.fromisoformat(counted["started_at"]) == first
    reported = {(item["asset_name"], item["asset_type"], item["asset_format"]) for item in page["items"]}
    assert reported <= {("sprite.png", "image", "png"), ("tone.wav", "audio", "wav")}


async def test_progress_is_in_tenths_of_a_per_cent_and_100_only_at_the_end(
    library: Library, pool: Pool, picture: int
) -> None:
    """The same in lists, groups, events, and the export of a pack."""
    (job_id,) = await library.begin("metadata_extract", picture)
    pack = {"name": "Sea", "license_type": "personal", "assets": [{"asset_id": picture}]}
    pack_id = (await library.api.post("/api/pmd/packs", pack, user=library.user)).json["id"]
    await pool.execute(
        "INSERT INTO job (kind, pack_id, user_id, requested_by) VALUES ('export_pack', $1, $2, $2)",
        pack_id,
        library.user,
    )
    for stored, reported in ((100 / 3, 33.3), (99.99, 99.9)):
        await pool.execute("UPDATE job SET progress = $1", stored)
        page = (await library.api.get("/api/pmd/jobs", user=library.user)).json
        exported = (await library.api.get(f"/api/pmd/packs/{pack_id}", user=library.user)).json
        async with opened(library.api, library.user, path="/api/pmd/sse") as stream:
            events = {event.name: event.data for event in await stream.until("connected")}
        given = [item["progress"] for item in page["items"]] + [page["groups"][0]["progress"]]
        given += [(await library.job(job_id))["progress"], exported["pack"]["export"]["progress"]]
        given += [events["job_update"]["progress"], events["pack_update"]["export"]["progress"]]
        assert set(given) == {reported}


async def test_all_or_nothing_is_begun(library: Library, pool: Pool, picture: int) -> None:
    answer = await library.ask("upscale", picture, 999_999)
    assert (answer.status, answer.json["errors"][0]["path"]) == (400, "$.asset_ids")
    await pool.execute("UPDATE asset SET deleted_at = now() WHERE id = $1", picture)
    assert (await library.ask("upscale", picture)).status == 400
    assert await pool.fetchval("SELECT count(*) FROM job") == 0


async def test_somebody_else_s_file_is_unknown(library: Library, site: Site, picture: int) -> None:
    stranger = Library(library.api, site, await site.add_user("stranger"))
    assert (await stranger.ask("upscale", picture)).status == 400
    answer = await library.api.get(f"/api/pmd/jobs/kinds?asset_id={picture}", user=stranger.user)
    assert answer.status == 404


async def test_somebody_else_s_tasks_are_not_there(library: Library, site: Site, picture: int) -> None:
    stranger = Library(library.api, site, await site.add_user("stranger"))
    (task,) = (await library.ask("upscale", picture)).json["items"]
    assert (await library.api.get(f"/api/pmd/jobs/{task['id']}", user=stranger.user)).status == 404
    for verb in ("cancel", "retry"):
        assert (await stranger.post(f"/{task['id']}/{verb}")).status == 404
    assert (await stranger.post("/cancel", {"group_id": task["group_id"]})).status == 404
    assert (await library.job(task["id"]))["status"] == "pending"


async def test_a_file_of_another_type_is_refused_by_name(library: Library, sound: int) -> None:
    answer = await library.ask("upscale", sound)
    assert answer.status == 422
    assert "“tone.wav” does not fit: this can be done with images." in answer.json["detail"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"factor": 5}, "$.params.factor"),
    ({"factor": "4"}, "$.params.factor"),
    ({"strength": 1}, "$.params"),
    ({"method": "magic"}, "$.params.method"),
]


async def test_wrong_parameters_are_refused_by_their_path(
    library: Library, picture: int, subtests: pytest.Subtests
) -> None:
    for params, path in WRONG:
        with subtests.test(params=params):
            answer = await library.ask("upscale", picture, **params)
            assert (answer.status, answer.json["errors"][0]["path"]) == (422, path)


async def test_operations_are_bounded(library: Library, picture: int) -> None:
    assert (await library.ask("enhance", picture, operations=[])).status == 422
    assert (await library.ask("enhance", picture, operations=[{"op": "sharpen"}] * 9)).status == 422
    assert (await library.ask("enhance", picture, operations=[{"op": "sharpen"}] * 8)).status == 202


async def test_a_pack_is_exported_from_the_pack(library: Library, pool: Pool, picture: int) -> None:
    assert (await library.ask("export_pack", picture)).status == 422
    cancelled = await pool.fetchval(
        """WITH made AS (INSERT INTO pack (user_id, name, slug, license_type) VALUES ($1, 'Sea', 'sea', 'personal')
                         RETURNING id)
           INSERT INTO job (kind, pack_id, user_id, requested_by, params_json, status, completed_at)
           SELECT 'export_pack', id, $1, $1, '{}', 'cancelled', now() FROM made RETURNING id""",
        library.user,
    )
    again = await library.post(f"/{cancelled}/retry")
    assert (again.status, again.json["detail"]) == (409, "Start this build again from the pack itself.")


async def test_somebody_elses_key_is_another_one(library: Library, site: Site, picture: int) -> None:
    key = {"Idempotency-Key": "k1"}
    stranger = await site.add_user("stranger")
    body = {"kind": "upscale", "asset_ids": [await site.add_asset(stranger)]}
    theirs = await library.api.post("/api/pmd/jobs", body, user=stranger, headers=key)
    own = await library.ask("upscale", picture, headers=key)
    assert (theirs.status, own.status) == (202, 202)
    assert theirs.json["group_id"] != own.json["group_id"]


async def test_the_same_key_is_the_same_tasks(library: Library, pool: Pool, picture: int, sound: int) -> None:
    key = {"Idempotency-Key": "k1"}
    first = await library.ask("metadata_extract", picture, sound, headers=key)
    assert (await library.ask("metadata_extract", picture, sound, headers=key)).json == first.json
    assert (await library.ask("metadata_extract", picture, headers=key)).status == 422
    assert (await library.ask("upscale", picture, sound, headers=key)).status == 422
    assert await pool.fetchval("SELECT count(*) FROM job") == 2
    await pool.execute("UPDATE idempotency SET created_at = now() - interval '25 hours'")
    assert (await library.ask("upscale", picture, headers=key)).status == 202, "on another day it is another one"


async def test_so_many_tasks_may_wait(
    library: Library, site: Site, picture: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "MAX_WAITING", 2)
    (job, _) = await library.begin("upscale", picture) + await library.begin("upscale", picture)
    answer = await library.ask("upscale", picture)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "60")
    stranger = await site.add_user("stranger")
    body = {"kind": "upscale", "asset_ids": [await site.add_asset(stranger)]}
    assert (await library.api.post("/api/pmd/jobs", body, user=stranger)).status == 202, "it is nobody else's matter"
    assert (await library.post(f"/{job}/cancel")).status == 200
    assert (await library.ask("upscale", picture)).status == 202
    assert (await library.post(f"/{job}/retry")).status == 429


async def test_what_waits_is_counted_among_many_that_do_not(library: Library, pool: Pool, picture: int) -> None:
    await library.begin("upscale", picture)
    await pool.execute(
        """INSERT INTO job (kind, asset_id, user_id, requested_by, params_json, status, progress, completed_at)
           SELECT kind, asset_id, user_id, requested_by, params_json, 'completed', 100, now()
             FROM job, generate_series(1, 5000)"""
    )
    await pool.execute("VACUUM ANALYZE job")
    viewer = User(id=library.user, sqid="x", handle="x", roles=["user"])
    actor = Actor(viewer=viewer, subject=viewer, token_ends=time.time())
    async with watched(pool) as watching:
        await requests.require_capacity(watching.connection, actor, more=1)
        plan = await watching.plan()
    assert plan.rows_read("job") <= 1, "the one that waits"


async def test_a_method_that_is_not_installed_is_refused(
    library: Library, picture: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kinds, "missing_modules", lambda modules: [name for name in modules if name == "ncnn"])
    answer = await library.ask("upscale", picture, method="model")
    assert answer.status == 422
    assert "not set up here" in answer.json["detail"]
    assert (await library.ask("upscale", picture, method="pixel")).status == 202
    upscale = (await library.api.get("/api/pmd/jobs/kinds", user=library.user)).json["items"][0]
    assert upscale["is_available"]
    assert upscale["params"]["$defs"]["Upscale"]["properties"]["method"]["enum"] == ["auto", "pixel", "smooth"]
    monkeypatch.setattr(kinds, "missing_modules", lambda modules: [*modules])
    assert (await library.ask("upscale", picture)).status == 422
    items = (await library.api.get("/api/pmd/jobs/kinds", user=library.user)).json["items"]
    assert {item["kind"]: item["is_available"] for item in items} == {name: name == "export_pack" for name in KINDS}
    assert all(item["is_available"] or item["reason"] for item in items)


async def test_kinds_are_listed_with_schema_and_estimate(library: Library, picture: int, sound: int) -> None:
    await library.site.pool.execute("UPDATE asset SET width = 1000, height = 500, frame_count = 4, duration_sec = 20")
    items = (await library.api.get(f"/api/pmd/jobs/kinds?asset_id={sound}", user=library.user)).json["items"]
    assert [item["kind"] for item in items] == [
        "denoise_audio",
        "enhance",
        "loop",
        "loudness",
        "export",
        "metadata_extract",
    ]
    # A second to start, and by each kind's own measure for 20 seconds of sound, and for two megapixels of four frames.
    assert [item["estimate_seconds"] for item in items] == [1 + 20 * KINDS[item["kind"]].second for item in items]
    assert items[0]["params"]["$defs"]["Denoise"]["properties"]["strength"]["maximum"] == 100
    items = (await library.api.get(f"/api/pmd/jobs/kinds?asset_id={picture}", user=library.user)).json["items"]
    assert [item["kind"] for item in items] == [
        "upscale",
        "enhance",
        "slice",
        "pack_sprites",
        "palette",
        "export",
        "metadata_extract",
    ]
    assert [item["estimate_seconds"] for item in items] == [
        round(1 + 2 * KINDS[item["kind"]].megapixel, 1) for item in items
    ]


async def test_kinds_of_a_file_have_no_parameter_that_it_is_refused_for(
    library: Library, picture: int, sound: int
) -> None:
    for asset, without, formats in (
        (picture, {"start", "end", "at_keyframes"}, {"wav"}),
        (sound, {"quality", "colours", "longest_side"}, {"png", "mp4"}),
    ):
        items = (await library.api.get(f"/api/pmd/jobs/kinds?asset_id={asset}", user=library.user)).json["items"]
        (export,) = (item for item in items if item["kind"] == "export")
        offered = export["params"]["$defs"]["Export"]["properties"]
        assert {"format", "metadata"} <= offered.keys()
        assert without.isdisjoint(offered)
        assert formats.isdisjoint(offered["format"]["enum"])


async def test_the_list_is_paged_and_filtered(library: Library, picture: int, sound: int) -> None:
    jobs = [job for _ in range(3) for job in await library.begin("metadata_extract", picture, sound)]
    seen, cursor = [], ""
    while True:
        page = (await library.api.get(f"/api/pmd/jobs?limit=4{cursor}", user=library.user)).json
        assert page["total_count"] == 6
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == sorted(jobs, reverse=True)
    await library.post(f"/{jobs[0]}/cancel")
    group = (await library.job(jobs[0]))["group_id"]
    for query, expected in [
        ("status=cancelled", {jobs[0]}),
        ("kind=upscale", set()),
        (f"group_id={group}", set(jobs[:2])),
    ]:
        page = (await library.api.get(f"/api/pmd/jobs?{query}", user=library.user)).json
        assert {item["id"] for item in page["items"]} == expected
    assert (await library.api.get("/api/pmd/jobs?cursor=x", user=library.user)).status == 422
    assert (await library.api.get("/api/pmd/jobs?status=odd", user=library.user)).status == 422


async def test_moderators_actions_on_tasks_are_audited(library: Library, site: Site, picture: int) -> None:
    moderator = await site.add_user("mod", roles=["user", "moderator"])
    target = f"?target_sqid={site.sqid(library.user)}"
    body = {"kind": "upscale", "asset_ids": [picture]}
    begun = await library.api.post(f"/api/pmd/jobs{target}", body, user=moderator)
    job = begun.json["items"][0]["id"]
    for act in ("cancel", "retry"):
        answer = await library.api.call("POST", f"/api/pmd/jobs/{job}/{act}{target}", user=moderator)
        assert answer.status == 200
    for path in (f"/{job}", "", "/kinds"):
        assert (await library.api.get(f"/api/pmd/jobs{path}{target}", user=moderator)).status == 200
    looked, *acts = (await library.api.get("/api/pmd/audit", user=moderator)).json["items"]
    assert looked["action"] == "read_library"
    assert [entry["action"] for entry in acts] == ["retry_task", "cancel_task", "begin_tasks"]
    assert all(entry["asset_ids"] == [picture] for entry in acts)
    # The kinds alone are nobody's; those of a file tell what it is.
    await site.pool.execute("DELETE FROM audit_log")
    for query, read in (("", []), (f"&asset_id={picture}", ["read_library"])):
        assert (await library.api.get(f"/api/pmd/jobs/kinds{target}{query}", user=moderator)).status == 200
        trail = (await library.api.get("/api/pmd/audit", user=moderator)).json["items"]
        assert [each["action"] for each in trail] == read
