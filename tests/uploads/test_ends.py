"""How an upload ends when not all of it came, or nobody wants it: stopped, undone, given up, forgotten."""

import pytest

from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.jobs import opened_worker
from pmd_service.uploads.sweep import sweep_uploads
from pmd_service.vault import Vault
from pmd_service.vault.leftovers import sweep_leftovers

from ..conftest import WorkOff
from .conftest import add_known
from .pictures import picture
from .sender import Sender, announced, lying, send_all


@pytest.mark.stores
async def test_what_is_stopped_keeps_what_is_in_and_can_be_tried_again(
    sender: Sender, work_off: WorkOff, stored: Vault
) -> None:
    contents = {"a.png": picture(1), "b.png": picture(2), "twin.png": picture(2)}
    upload = (await sender.announce(*[announced(path, data) for path, data in contents.items()])).json
    await sender.patch(upload["files"][0]["url"], contents["a.png"])
    await work_off()
    await sender.patch(upload["files"][1]["url"], contents["b.png"][:10])
    stopped = (await sender.call(upload["id"], "stop")).json
    assert (stopped["status"], stopped["cancelled"]) == ("partial", True)
    assert (stopped["successful_files"], stopped["failed_files"]) == (1, 2)
    assert await lying(stored) == []
    assert (await sender.call(upload["id"], "stop")).status == 409
    assert (await sender.create("more.png", 10, upload=upload["id"])).status == 409
    one = [upload["files"][1]["id"]]
    again = (await sender.call(upload["id"], "retry", {"file_ids": one})).json
    assert (again["status"], again["cancelled"], again["failed_files"]) == ("processing", False, 1)
    await send_all(sender, again, contents)
    await work_off()
    assert (await sender.upload(upload["id"]))["status"] == "partial"
    rest = (await sender.call(upload["id"], "retry")).json
    assert (rest["status"], rest["files"][2]["outcome"]) == ("completed", "already_there")
    assert (await sender.call(upload["id"], "retry")).status == 409
    assert (await sender.call(upload["id"], "retry", {"file_ids": one})).status == 422


async def test_undo_takes_back_what_was_added_and_nobody_has_touched(
    sender: Sender, work_off: WorkOff, pool: Pool, artist: int
) -> None:
    contents = {f"{number}.png": picture(number) for number in range(5)}
    await add_known(pool, artist, picture(4))
    upload = (await sender.announce(*[announced(path, data) for path, data in contents.items()])).json
    assert (await sender.call(upload["id"], "undo")).status == 409
    await send_all(sender, upload, contents)
    await work_off()
    lines = await sender.lines(upload["id"])
    await pool.execute("UPDATE asset SET approved = true, updated_at = now() WHERE id = $1", lines[0]["asset_id"])
    named = {"asset_ids": [lines[1]["asset_id"]], "set": {"name": "dragon.png"}}
    assert (await sender.api.post("/api/pmd/assets/edit", named, user=artist)).status == 200
    undone = (await sender.call(upload["id"], "undo")).json
    assert (undone["affected_count"], undone["kept_count"]) == (2, 2)
    left = await pool.fetch("SELECT id FROM asset WHERE deleted_at IS NULL ORDER BY id")
    assert {row["id"] for row in left} == {lines[number]["asset_id"] for number in (0, 1, 4)}
    assert (await sender.call(upload["id"], "undo")).json["affected_count"] == 0
    assert (await sender.upload(upload["id"]))["undone_at"] is not None


async def test_files_never_sent_fail_in_the_end_and_free_their_quota(
    sender: Sender, work_off: WorkOff, pool: Pool, settings: Settings, stored: Vault
) -> None:
    contents = {"a.png": picture(1), "b.png": picture(2), "twin.png": picture(2)}
    upload = (await sender.announce(*[announced(path, data) for path, data in contents.items()])).json
    await sender.patch(upload["files"][0]["url"], contents["a.png"])
    await sender.patch(upload["files"][1]["url"], contents["b.png"][:10])
    await pool.execute("UPDATE batch_reports SET expires_at = now()")
    await _sweep(settings)
    await work_off()
    settled = await sender.upload(upload["id"])
    assert (settled["status"], settled["failed_files"]) == ("partial", 2)
    assert {line["error_code"] for line in await sender.lines(upload["id"], status="failed")} == {"not_sent"}
    assert (await sender.check(announced("c.png", b"c")))["allowance"]["reserved_bytes"] == 0
    assert await lying(stored) == []


async def test_files_without_a_byte_free_their_quota_after_an_hour(
    sender: Sender, pool: Pool, settings: Settings
) -> None:
    small = [announced(f"{number}.png", bytes(number)) for number in range(1, 4)]
    idle = (await sender.announce(*small, announced("twin.png", bytes(3)))).json
    assert (await sender.patch(idle["files"][0]["url"], b"")).status == 204
    await pool.execute("UPDATE batch_report_files SET received_bytes = 1 WHERE id = $1", idle["files"][1]["id"])
    going = (await sender.announce({"path": "a.png", "size_bytes": 9}, {"path": "b.png", "size_bytes": 9})).json
    fresh = (await sender.announce({"path": "c.png", "size_bytes": 9})).json
    # An hour passes: of one upload nothing came, of the other something just now.
    await pool.execute(
        "UPDATE batch_reports SET expires_at = expires_at - interval '1 hour' WHERE id <> $1", fresh["id"]
    )
    await pool.execute(
        "UPDATE batch_report_files SET received_at = now() - interval '61 min' WHERE received_at IS NOT NULL"
    )
    await pool.execute("UPDATE batch_report_files SET received_at = now() WHERE id = $1", going["files"][0]["id"])
    await _sweep(settings)
    failed = [line["path"] for line in await sender.lines(idle["id"], status="failed")]
    assert failed == ["1.png", "3.png", "twin.png"], "what has begun stays, and so does all of what is going on"
    assert {line["error_code"] for line in await sender.lines(idle["id"], status="failed")} == {"not_sent"}
    assert await sender.lines(going["id"], status="failed") == []
    assert await sender.lines(fresh["id"], status="failed") == []
    assert (await sender.check(*small))["allowance"]["reserved_bytes"] == 2 + 9 + 9 + 9
    assert (await sender.call(idle["id"], "retry", {})).status == 200
    await _sweep(settings)
    assert await sender.lines(idle["id"], status="failed") == [], "it is open again"


async def _sweep(settings: Settings) -> None:
    async with opened_worker(settings) as worker:
        await sweep_uploads(worker)
        await sweep_leftovers(worker.pool, worker.vault)


async def test_a_page_ends_with_410_and_is_forgotten_later(
    sender: Sender, pool: Pool, settings: Settings, work_off: WorkOff
) -> None:
    data = picture(1)
    upload = (await sender.announce(announced("a.png", data))).json
    await send_all(sender, upload, {"a.png": data})
    await work_off()
    report_id = (await sender.lines(upload["id"]))[0]["report_id"]
    await pool.execute("UPDATE batch_reports SET expires_at = now()")
    for path in ("", "/files", "/files.csv"):
        answer = await sender.api.get(f"/api/pmd/uploads/{upload['id']}{path}", user=sender.user)
        assert answer.status == 410
    assert (await sender.call(upload["id"], "retry", {})).status == 410
    listed = (await sender.api.get("/api/pmd/uploads", user=sender.user)).json
    assert (listed["items"], listed["total_count"]) == ([], 0)
    await pool.execute("UPDATE batch_reports SET expires_at = now() - interval '15 days'")
    await _sweep(settings)
    assert await pool.fetchval("SELECT count(*) FROM batch_report_files") == 0
    assert (await sender.api.get(f"/api/pmd/reports/{report_id}", user=sender.user)).status == 200
