"""Stopping an upload while the worker is at it."""

import asyncio
from uuid import UUID

import pytest

from pmd_service.base.database import Pool
from pmd_service.uploads.probe import PROBE
from pmd_service.uploads.settle import fail_lines, lock_upload, received_keys
from pmd_service.vault import Vault
from pmd_service.vault.leftovers import sweep_leftovers
from pmd_service.work import lease
from pmd_service.work.context import WorkerContext
from pmd_service.work.kind import Failed
from pmd_service.work.lease import LEASE_SECONDS
from pmd_service.work.orders import carry_out
from pmd_service.work.sweep import take_over

from ..locks import waits_for_a_lock
from .pictures import picture
from .sender import TUS, Sender, announced


async def test_a_file_that_a_worker_claims_just_then_is_kept(
    sender: Sender, pool: Pool, subtests: pytest.Subtests
) -> None:
    """Its work had been deleted by then: the file was being processed for good, and its upload never ended."""
    contents = {"a.png": picture(1), "b.png": picture(2)}
    for how, expected in (("the upload", 200), ("the file", 423)):
        with subtests.test(how):
            upload = (await sender.announce(*[announced(path, data) for path, data in contents.items()])).json
            taken, waiting = upload["files"]
            assert (await sender.patch(taken["url"], contents["a.png"])).status == 204
            async with pool.acquire() as worker, worker.transaction():
                claimed = await worker.fetchrow(PROBE.claim, LEASE_SECONDS, True, None)
                assert claimed is not None
                assert str(claimed["id"]) == taken["id"]
                stop = (
                    sender.call(upload["id"], "stop")
                    if how == "the upload"
                    else sender.api.call("DELETE", taken["url"], user=sender.user, headers=TUS)
                )
                stopping = asyncio.create_task(stop)
                assert await waits_for_a_lock(pool, stopping)
            assert (await stopping).status == expected
            lines = {line["id"]: line["status"] for line in await sender.lines(upload["id"])}
            assert lines == {taken["id"]: "processing", waiting["id"]: "failed" if expected == 200 else "pending"}
            assert await pool.fetchval("DELETE FROM work RETURNING subject") == taken["id"], "a worker is at it"


async def test_a_stopped_file_that_is_retried_starts_from_zero(sender: Sender, pool: Pool, stored: Vault) -> None:
    """Stopping removed bytes when it had committed: what was tried again at once lost what it had just sent."""
    data = picture(1)
    upload = (await sender.announce(announced("a.png", data))).json
    (line,) = upload["files"]
    assert (await sender.patch(line["url"], data[:20])).status == 204
    async with pool.acquire() as connection, connection.transaction():
        # As if the process were at the end of its stopping, and had not removed anything yet.
        await fail_lines(connection, UUID(upload["id"]), "stopped")
    again = await sender.call(upload["id"], "retry", {})
    assert again.status == 200
    await sweep_leftovers(pool, stored, keys=received_keys([UUID(line["id"])]))
    (line,) = again.json["files"]
    head = await sender.head(line["url"])
    assert head.headers["Upload-Offset"] == "0"
    assert (await sender.patch(line["url"], data)).status == 204


async def test_an_order_that_waits_for_a_removal_holds_up_no_other(
    sender: Sender, pool: Pool, worker: WorkerContext
) -> None:
    """It was tried first each time, and none behind it was carried out, of any kind."""
    upload = (await sender.announce(announced("a.png", picture(1)), announced("b.png", picture(2)))).json
    lines = [line["id"] for line in upload["files"]]
    for line, number in zip(upload["files"], (1, 2), strict=True):
        assert (await sender.patch(line["url"], picture(number))).status == 204
    await pool.execute("UPDATE batch_reports SET status = 'failed', failed_files = 2, completed_at = now()")
    await pool.execute("UPDATE work SET state = 'failed', turn = NULL, ended_at = now()")
    await pool.execute(
        """UPDATE batch_report_files SET processing_status = 'failed', error_code = 'probe_failed',
                  error_message = 'No.', settled_at = now()"""
    )
    removing = "INSERT INTO vault_leftovers (key, removing_until) SELECT unnest($1::text[]), now() + interval '1 hour'"
    await pool.execute(removing, received_keys([UUID(lines[0])]))
    for line in lines:
        order = "INSERT INTO operator_log (via, action, kind, row_id) VALUES ('command', 'retry', 'probe', $1)"
        await pool.execute(order, line)
    assert await carry_out(pool, worker.queues, [PROBE]) == 1
    assert [each["status"] for each in await sender.lines(upload["id"])] == ["failed", "pending"]
    await pool.execute("DELETE FROM vault_leftovers")
    assert await carry_out(pool, worker.queues, [PROBE]) == 1
    assert {each["status"] for each in await sender.lines(upload["id"])} == {"pending"}


@pytest.mark.parametrize(("action", "status"), [("cancel", "failed"), ("retry", "pending")])
async def test_owner_and_operator_at_one_upload_do_not_deadlock(
    sender: Sender, pool: Pool, worker: WorkerContext, action: str, status: str
) -> None:
    """An operator's order locked the work before the upload, which its owner locks first."""
    upload = (await sender.announce(announced("a.png", picture(1)))).json
    (line,) = upload["files"]
    assert (await sender.patch(line["url"], picture(1))).status == 204
    if action == "retry":
        await pool.execute("UPDATE batch_reports SET status = 'failed', failed_files = 1, completed_at = now()")
        await pool.execute("UPDATE work SET state = 'failed', turn = NULL, ended_at = now()")
        await pool.execute(
            """UPDATE batch_report_files
                  SET processing_status = 'failed', error_code = 'probe_failed', error_message = 'No.',
                      settled_at = now()"""
        )
        scan = "INSERT INTO vault_leftovers (key) SELECT unnest($1::text[])"
        await pool.execute(scan, received_keys([UUID(line["id"])]))
    order = "INSERT INTO operator_log (via, action, kind, row_id) VALUES ('command', $1, 'probe', $2)"
    await pool.execute(order, action, line["id"])
    async with pool.acquire() as owner, owner.transaction():
        await lock_upload(owner, UUID(upload["id"]))
        ordered = asyncio.create_task(carry_out(pool, worker.queues, [PROBE]))
        assert await waits_for_a_lock(pool, ordered)
        await owner.execute("SELECT FROM work FOR UPDATE NOWAIT")
    assert await ordered == 1
    assert [each["status"] for each in await sender.lines(upload["id"])] == [status]
    assert await pool.fetchval("SELECT count(*) FROM vault_leftovers") == 0, "what is probed again must not be removed"


async def test_owner_and_a_failing_attempt_do_not_deadlock(sender: Sender, pool: Pool) -> None:
    """An attempt's end locked the work before the upload: an operator who stopped the file then waited for it."""
    upload = (await sender.announce(announced("a.png", picture(1)))).json
    assert (await sender.patch(upload["files"][0]["url"], picture(1))).status == 204
    claimed = await lease.claim(pool, PROBE)
    assert claimed is not None
    async with pool.acquire() as owner, owner.transaction():
        await lock_upload(owner, UUID(upload["id"]))
        failing = asyncio.create_task(lease.fail(pool, PROBE, claimed, Failed("It did not work.")))
        assert await waits_for_a_lock(pool, failing)
        await owner.execute("SELECT FROM work FOR UPDATE NOWAIT")
    await failing
    assert (await sender.upload(upload["id"]))["status"] == "failed"


async def test_owner_and_sweep_that_gives_up_uploads_do_not_deadlock(sender: Sender, pool: Pool) -> None:
    """The sweep ended lines of several uploads, and those that follow them, when it had locked one upload only."""
    uploads = []
    for number in (1, 2):
        twins = [announced(f"{name}{number}.png", picture(number)) for name in "ab"]
        uploads.append((await sender.announce(*twins)).json)
        assert (await sender.patch(uploads[-1]["files"][0]["url"], picture(number))).status == 204
        assert await lease.claim(pool, PROBE) is not None
    await pool.execute(
        "UPDATE work SET lease_until = now() - interval '1 second', expired = $1", PROBE.max_expired_leases
    )
    last = max(UUID(upload["id"]) for upload in uploads)
    async with pool.acquire() as owner, owner.transaction():
        await lock_upload(owner, last)
        sweeping = asyncio.create_task(take_over(pool, PROBE))
        assert await waits_for_a_lock(pool, sweeping)
        await owner.execute("SELECT FROM work FOR UPDATE NOWAIT")
        assert len(await fail_lines(owner, last, "stopped")) == 1, "the one that follows"
    await sweeping
    for upload in uploads:
        assert [line["status"] for line in await sender.lines(upload["id"])] == ["failed", "failed"]
        assert (await sender.upload(upload["id"]))["status"] == "failed"
