"""What a process that was killed has left of half-received files goes, and nothing of what is being received."""

import asyncio
import os
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from pmd_service.base.database import Pool
from pmd_service.uploads.sweep import _SCHEDULE_ORPHANS, FORM_SECONDS, schedule_orphans
from pmd_service.vault import Vault
from pmd_service.vault.leftovers import sweep_leftovers
from pmd_service.work.context import WorkerContext

from ..locks import waits_for_a_lock
from .sender import Sender, announced

DATA = b"half of it"


@pytest.fixture
def incoming(stored: Vault, tmp_path: Path) -> Path:
    return tmp_path / "vault" / "incoming"


async def receive(vault: Vault, file_id: object) -> None:
    """Bytes that nobody has removed."""
    writer = await vault.incoming(file_id).open(0)  # type: ignore[arg-type]
    await writer.write([DATA])
    await writer.flush()
    await writer.close()


def lying(incoming: Path) -> set[str]:
    return {path.name.partition(".")[0] for path in incoming.iterdir()}


async def swept(worker: WorkerContext) -> None:
    await schedule_orphans(worker)
    await sweep_leftovers(worker.pool, worker.vault)


async def test_old_received_bytes_without_a_line_are_removed(worker: WorkerContext, incoming: Path) -> None:
    young, old = uuid4(), uuid4()
    for file_id in (young, old):
        await receive(worker.vault, file_id)
    for path in incoming.glob(f"{old}*"):
        os.utime(path, (0, path.stat().st_mtime - FORM_SECONDS - 60))
    await swept(worker)
    assert lying(incoming) == {str(young)}, "a form writes its lines after its files"


async def test_bytes_of_ended_files_go_and_those_of_active_files_stay(
    sender: Sender, worker: WorkerContext, pool: Pool, incoming: Path
) -> None:
    upload = (await sender.announce(announced("a.png", DATA * 2), announced("b.png", DATA * 3))).json
    for line in upload["files"]:
        assert (await sender.patch(line["url"], DATA)).status == 204
    ended, going_on = (line["id"] for line in upload["files"])
    await pool.execute(
        """UPDATE batch_report_files
              SET processing_status = 'failed', error_code = 'stopped', error_message = 'Stopped.', settled_at = now()
            WHERE id = $1""",
        ended,
    )
    await swept(worker)
    assert lying(incoming) == {going_on}


async def test_a_retried_line_loses_nothing_to_a_sweep(
    sender: Sender, worker: WorkerContext, pool: Pool, incoming: Path
) -> None:
    upload = (await sender.announce(announced("a.png", DATA * 2))).json
    file_id = upload["files"][0]["id"]
    assert (await sender.patch(upload["files"][0]["url"], DATA)).status == 204
    await sender.call(upload["id"], "stop", {})
    await asyncio.to_thread(incoming.mkdir, exist_ok=True)
    await receive(worker.vault, file_id)  # the server was killed before it had removed it
    await schedule_orphans(worker)
    await pool.execute("UPDATE vault_leftovers SET removing_until = now() + interval '1 minute'")
    assert (await sender.call(upload["id"], "retry", {})).status == 503, "a sweep is at it just now"
    await pool.execute("UPDATE vault_leftovers SET removing_until = NULL")
    again = await sender.call(upload["id"], "retry", {})
    assert again.status == 200
    assert lying(incoming) == set()
    assert (await sender.patch(again.json["files"][0]["url"], DATA)).status == 204
    await sweep_leftovers(worker.pool, worker.vault)
    assert lying(incoming) == {file_id}


@pytest.mark.parametrize("is_first", [True, False])
async def test_a_scan_beside_a_retry_schedules_none_of_its_bytes(
    sender: Sender, worker: WorkerContext, pool: Pool, incoming: Path, is_first: bool
) -> None:
    """The scan saw the ended line, and scheduled its bytes behind the retry that had looked for that."""
    upload = (await sender.announce(announced("a.png", DATA * 2))).json
    file_id = upload["files"][0]["id"]
    await sender.call(upload["id"], "stop", {})
    await asyncio.to_thread(incoming.mkdir, exist_ok=True)
    await receive(worker.vault, file_id)
    async with pool.acquire() as other, other.transaction():
        if is_first:
            assert await other.fetch(_SCHEDULE_ORPHANS, [UUID(file_id)], [0.0], FORM_SECONDS)
        else:
            await other.execute("SELECT FROM batch_report_files FOR UPDATE")
        retrying = asyncio.create_task(sender.call(upload["id"], "retry", {}))
        assert await waits_for_a_lock(pool, retrying)
        if not is_first:
            await schedule_orphans(worker)
    assert (await retrying).status == 200
    assert await pool.fetchval("SELECT count(*) FROM vault_leftovers") == 0
