"""Who receives a file: whoever goes, at whatever moment, the next one can take it."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from pmd_service.base.database import Pool
from pmd_service.uploads.holds import Hold, Receivers

from ..hang import HANG_SECONDS
from .sender import Sender, announced


@pytest.fixture
async def awaited(sender: Sender) -> dict[str, UUID]:
    """The ids of a file that is awaited."""
    url: str = (await sender.announce(announced("red.png", b"red"))).json["files"][0]["url"]
    _, _, _, _, upload_id, _, file_id = url.split("/")
    return {"upload_id": UUID(upload_id), "file_id": UUID(file_id)}


async def test_a_client_that_goes_while_its_file_is_let_go_leaves_it_free(
    pool: Pool, artist: int, awaited: dict[str, UUID]
) -> None:
    receivers, held, leave = Receivers(), asyncio.Event(), asyncio.Event()

    async def receive() -> None:
        async with receivers.hold(pool, user_id=artist, **awaited):
            held.set()
            await leave.wait()

    task = asyncio.create_task(receive())
    await held.wait()
    leave.set()
    await asyncio.sleep(0)  # it is on its way out, and waits there
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    async with receivers.hold(pool, user_id=artist, **awaited) as hold:
        assert isinstance(hold, Hold)


async def test_who_has_lost_a_file_hears_of_it_and_takes_it_from_nobody(
    pool: Pool, artist: int, awaited: dict[str, UUID]
) -> None:
    async with Receivers().hold(pool, user_id=artist, **awaited) as hold:
        assert isinstance(hold, Hold)
        await pool.execute("UPDATE batch_report_files SET receiver = $1", other := uuid4())
        async with asyncio.timeout(HANG_SECONDS):
            await hold.interrupted.wait()
    assert await pool.fetchval("SELECT receiver FROM batch_report_files") == other


class _Told:
    """The database, whose answer is on its way when the client goes."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.done = asyncio.Event()

    async def fetchrow(self, *args: Any) -> None:
        await self.pool.fetchrow(*args)
        self.done.set()
        await asyncio.Event().wait()

    async def execute(self, *args: Any) -> str:
        return await self.pool.execute(*args)


async def test_a_client_that_goes_while_its_file_is_being_taken_leaves_it_free(
    pool: Pool, artist: int, awaited: dict[str, UUID]
) -> None:
    told = _Told(pool)

    async def receive() -> None:
        async with Receivers().hold(told, user_id=artist, **awaited):  # type: ignore[arg-type]
            pytest.fail("it had gone")

    task = asyncio.create_task(receive())
    await told.done.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert await pool.fetchval("SELECT receiver FROM batch_report_files") is None
