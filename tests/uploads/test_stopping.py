"""Stopping an upload while the worker is at it."""

import asyncio

from pmd_service.database import Pool

from ..locks import waits_for_a_lock
from .pictures import picture
from .sender import Sender, announced

_CLAIM = """
UPDATE batch_report_files
   SET processing_status = 'processing', lease_token = gen_random_uuid(), lease_expires_at = now() + interval '1 minute'
 WHERE id = $1
"""


async def test_a_file_that_the_worker_takes_up_just_then_is_in(sender: Sender, pool: Pool) -> None:
    contents = {"a.png": picture(1), "b.png": picture(2)}
    upload = (await sender.announce(*[announced(path, data) for path, data in contents.items()])).json
    taken, waiting = upload["files"]
    assert (await sender.patch(taken["url"], contents["a.png"])).status == 204
    async with pool.acquire() as worker, worker.transaction():
        await worker.execute(_CLAIM, taken["id"])
        stopping = asyncio.create_task(sender.call(upload["id"], "stop"))
        assert await waits_for_a_lock(pool, stopping)
    stopped = (await stopping).json
    assert (stopped["status"], stopped["failed_files"]) == ("processing", 1)
    lines = {line["id"]: line["processing_status"] for line in await sender.lines(upload["id"])}
    assert lines == {taken["id"]: "processing", waiting["id"]: "failed"}
