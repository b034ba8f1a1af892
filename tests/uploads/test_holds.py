"""Who receives a file: whoever goes, at whatever moment, the next one can take it."""

import asyncio
from contextlib import nullcontext
from typing import Any
from uuid import UUID, uuid4

import pytest

from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.events.listener import Listener
from pmd_service.http.errors import ProblemError
from pmd_service.uploads import held, holds
from pmd_service.uploads.held import Hold, Wanted
from pmd_service.uploads.holds import Receivers

from ..hang import HANG_SECONDS
from ..plans import recorded
from .sender import Sender, announced


@pytest.fixture
async def awaited(sender: Sender, artist: int) -> Wanted:
    """A file that is awaited."""
    url: str = (await sender.announce(announced("red.png", b"red"))).json["files"][0]["url"]
    _, _, _, _, upload_id, _, file_id = url.split("/")
    return Wanted(artist, UUID(upload_id), UUID(file_id))


async def test_a_client_that_disconnects_while_its_file_is_released_leaves_it_free(pool: Pool, awaited: Wanted) -> None:
    receivers, held, leave = Receivers(), asyncio.Event(), asyncio.Event()

    async def receive() -> None:
        async with receivers.hold(pool, awaited, turn=nullcontext):
            held.set()
            await leave.wait()

    task = asyncio.create_task(receive())
    await held.wait()
    leave.set()
    await asyncio.sleep(0)  # it is on its way out, and waits there
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    async with receivers.hold(pool, awaited, turn=nullcontext) as hold:
        assert isinstance(hold, Hold)


async def test_a_holder_that_lost_its_file_is_interrupted_and_takes_it_from_no_one(pool: Pool, awaited: Wanted) -> None:
    async with Receivers().hold(pool, awaited, turn=nullcontext) as hold:
        assert isinstance(hold, Hold)
        await pool.execute("UPDATE batch_report_files SET receiver = $1", other := uuid4())
        async with asyncio.timeout(HANG_SECONDS):
            await hold.interrupted.wait()
    assert await pool.fetchval("SELECT receiver FROM batch_report_files") == other


async def test_a_dead_holder_s_file_is_free_after_the_database_s_clock_was_set_back(
    pool: Pool, awaited: Wanted
) -> None:
    until = "UPDATE batch_report_files SET receiver = $1, receiver_until = now() + interval '1 day'"
    await pool.execute(until, uuid4())
    async with asyncio.timeout(HANG_SECONDS), Receivers().hold(pool, awaited, turn=nullcontext) as hold:
        assert isinstance(hold, Hold)


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


async def test_a_client_that_disconnects_while_it_acquires_a_file_leaves_it_free(pool: Pool, awaited: Wanted) -> None:
    told = _Told(pool)

    async def receive() -> None:
        async with Receivers().hold(told, awaited, turn=nullcontext):  # type: ignore[arg-type]
            pytest.fail("it had gone")

    task = asyncio.create_task(receive())
    await told.done.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert await pool.fetchval("SELECT receiver FROM batch_report_files") is None


async def test_waiting_requests_do_not_query_the_database_until_the_file_is_free(pool: Pool, awaited: Wanted) -> None:
    receivers, waiting = Receivers(), 20
    taken: list[int] = []

    async def wait(number: int) -> None:
        async with receivers.hold(pool, awaited, turn=nullcontext):
            taken.append(number)

    async with recorded(pool) as sent:
        async with receivers.hold(pool, awaited, turn=nullcontext) as hold:
            tasks = []
            for number in range(waiting):
                tasks.append(asyncio.create_task(wait(number)))
                await asyncio.sleep(0)
            assert isinstance(hold, Hold)
            assert hold.interrupted.is_set()
            before = len(sent)
        await asyncio.gather(*tasks)
    assert before == 1, "the holder's own"
    assert taken == list(range(waiting)), "in their order"
    # Each takes it and lets go of it; on a slow day some renew their hold.
    take, let_go, renew = (" ".join(statement.split()) for statement in (holds._ACQUIRE, held._RELEASE, held._RENEW))
    said = [" ".join(each.query.split()) for each in sent]
    assert [statement for statement in said if statement != renew] == [take, let_go] * (waiting + 1)


async def test_a_stranger_who_knows_a_file_interrupts_nobody(pool: Pool, awaited: Wanted) -> None:
    receivers = Receivers()
    async with receivers.hold(pool, awaited, turn=nullcontext) as hold:
        with pytest.raises(ProblemError) as refused:
            async with receivers.hold(pool, awaited._replace(user_id=awaited.user_id + 1), turn=nullcontext):
                pytest.fail("it is another's")
        assert refused.value.problem.status == 404
        receivers.interrupt(awaited._replace(user_id=awaited.user_id + 1))
        assert isinstance(hold, Hold)
        assert not hold.interrupted.is_set()


async def test_another_server_is_notified_that_a_file_is_released(
    pool: Pool, settings: Settings, awaited: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the notification it would ask again only after a time that this test does not wait for."""
    monkeypatch.setattr(holds, "ASK_SECONDS", 10 * HANG_SECONDS)
    monkeypatch.setattr(holds, "WAIT_SECONDS", 10 * HANG_SECONDS)
    here, there = Receivers(), Receivers()
    listener = Listener(settings.listen_dsn, on_change=there.notified, on_gap=_nothing_is_read)
    await listener.start()

    async def wait() -> None:
        async with there.hold(pool, awaited, turn=nullcontext):
            pass

    try:
        async with asyncio.timeout(HANG_SECONDS):
            async with here.hold(pool, awaited, turn=nullcontext) as hold:
                waiting = asyncio.create_task(wait())
                assert isinstance(hold, Hold)
                await hold.interrupted.wait()
                assert not waiting.done(), "who holds it lets go by itself"
            await waiting
    finally:
        await listener.stop()


async def _nothing_is_read() -> None:
    pass
