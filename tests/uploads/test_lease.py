"""The upload lease: whichever request ends, at whatever moment, the next one can take over the file."""

import asyncio
from contextlib import nullcontext
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp.test_utils import TestServer

from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.events.listener import Listener
from pmd_service.http.errors import ProblemError
from pmd_service.uploads import lease
from pmd_service.uploads.bodies import BODY_SLOTS
from pmd_service.uploads.lease import UploadFile, UploadLease, UploadLeases

from ..hang import HANG_SECONDS
from ..plans import recorded
from .sender import Sender, announced


@pytest.fixture
async def awaited(sender: Sender, artist: int) -> UploadFile:
    """A file that is awaited."""
    url: str = (await sender.announce(announced("red.png", b"red"))).json["files"][0]["url"]
    _, _, _, _, upload_id, _, file_id = url.split("/")
    return UploadFile(artist, UUID(upload_id), UUID(file_id))


async def test_a_client_that_disconnects_on_release_leaves_its_file_free(pool: Pool, awaited: UploadFile) -> None:
    leases, acquired, leave = UploadLeases(), asyncio.Event(), asyncio.Event()

    async def receive() -> None:
        async with leases.lease(pool, awaited, turn=nullcontext):
            acquired.set()
            await leave.wait()

    task = asyncio.create_task(receive())
    await acquired.wait()
    leave.set()
    await asyncio.sleep(0)  # it is on its way out, and waits there
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    async with leases.lease(pool, awaited, turn=nullcontext) as held:
        assert isinstance(held, UploadLease)


async def test_who_comes_while_a_lease_is_being_taken_is_let_in(
    pool: Pool, awaited: UploadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    leases, taking, may_take = UploadLeases(), asyncio.Event(), asyncio.Event()
    take = leases._try_acquire

    async def slowly(pool: Pool, file: UploadFile) -> UploadLease | None:
        taking.set()
        await may_take.wait()
        return await take(pool, file)

    async def receive() -> None:
        async with leases.lease(pool, awaited, turn=nullcontext) as held:
            assert isinstance(held, UploadLease)
            await held.ended.wait()

    monkeypatch.setattr(leases, "_try_acquire", slowly)
    async with asyncio.timeout(HANG_SECONDS), asyncio.TaskGroup() as tasks:
        first = tasks.create_task(receive())
        await taking.wait()
        second = tasks.create_task(receive())
        await asyncio.sleep(0)  # it waits in line
        may_take.set()
        await first
        while not second.done():
            leases.end(awaited)
            await asyncio.sleep(0.01)


async def test_a_holder_that_lost_its_lease_is_interrupted_and_takes_none(pool: Pool, awaited: UploadFile) -> None:
    async with UploadLeases().lease(pool, awaited, turn=nullcontext) as held:
        assert isinstance(held, UploadLease)
        await pool.execute("UPDATE batch_report_files SET lease_token = $1", other := uuid4())
        async with asyncio.timeout(HANG_SECONDS):
            await held.ended.wait()
    assert await pool.fetchval("SELECT lease_token FROM batch_report_files") == other


async def test_a_dead_holders_lease_ends_though_the_clock_was_set_back(pool: Pool, awaited: UploadFile) -> None:
    until = "UPDATE batch_report_files SET lease_token = $1, lease_until = now() + interval '1 day'"
    await pool.execute(until, uuid4())
    async with asyncio.timeout(HANG_SECONDS), UploadLeases().lease(pool, awaited, turn=nullcontext) as held:
        assert isinstance(held, UploadLease)


class _Recorder:
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


async def test_a_client_that_disconnects_on_acquire_leaves_its_file_free(pool: Pool, awaited: UploadFile) -> None:
    recorder = _Recorder(pool)

    async def receive() -> None:
        async with UploadLeases().lease(recorder, awaited, turn=nullcontext):  # type: ignore[arg-type]
            pytest.fail("it had gone")

    task = asyncio.create_task(receive())
    await recorder.done.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert await pool.fetchval("SELECT lease_token FROM batch_report_files") is None


async def test_requests_waiting_for_a_lease_do_not_poll_the_database(pool: Pool, awaited: UploadFile) -> None:
    leases, waiting = UploadLeases(), 20
    taken: list[int] = []

    async def wait(number: int) -> None:
        async with leases.lease(pool, awaited, turn=nullcontext):
            taken.append(number)

    async with recorded(pool) as sent:
        async with leases.lease(pool, awaited, turn=nullcontext) as held:
            tasks = []
            for number in range(waiting):
                tasks.append(asyncio.create_task(wait(number)))
                await asyncio.sleep(0)
            assert isinstance(held, UploadLease)
            assert held.ended.is_set()
            before = len(sent)
        await asyncio.gather(*tasks)
    assert before == 1, "the holder's own"
    assert taken == list(range(waiting)), "in their order"
    # Each takes it and lets go of it; on a slow day some renew their hold.
    take, let_go, renew = (" ".join(statement.split()) for statement in (lease._ACQUIRE, lease._RELEASE, lease._RENEW))
    statements = [" ".join(each.query.split()) for each in sent]
    assert [statement for statement in statements if statement != renew] == [take, let_go] * (waiting + 1)


async def test_a_stranger_who_knows_a_file_interrupts_nobody(pool: Pool, awaited: UploadFile) -> None:
    leases = UploadLeases()
    async with leases.lease(pool, awaited, turn=nullcontext) as held:
        with pytest.raises(ProblemError) as refused:
            async with leases.lease(pool, awaited._replace(user_id=awaited.user_id + 1), turn=nullcontext):
                pytest.fail("it is another's")
        assert refused.value.problem.status == 404
        leases.end(awaited._replace(user_id=awaited.user_id + 1))
        assert isinstance(held, UploadLease)
        assert not held.ended.is_set()


async def test_servers_notify_each_other_of_a_request_and_of_a_release(
    pool: Pool, settings: Settings, awaited: UploadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the notifications it would ask again only after a time that this test does not wait for."""
    for name in ("ASK_SECONDS", "WAIT_SECONDS", "RENEW_SECONDS"):
        monkeypatch.setattr(lease, name, 10 * HANG_SECONDS)
    monkeypatch.setattr(lease, "LEASE_SECONDS", 30 * HANG_SECONDS)
    here, there = UploadLeases(), UploadLeases()
    listeners = [
        Listener(settings.listen_dsn, on_change=each.notified, on_gap=_nothing_is_read) for each in (here, there)
    ]
    for listener in listeners:
        await listener.start()

    async def wait() -> None:
        async with there.lease(pool, awaited, turn=nullcontext) as got:
            assert isinstance(got, UploadLease)
            assert not got.ended.is_set(), "it was the other one that was asked"

    try:
        async with asyncio.timeout(HANG_SECONDS):
            async with here.lease(pool, awaited, turn=nullcontext) as held:
                waiting = asyncio.create_task(wait())
                assert isinstance(held, UploadLease)
                await held.ended.wait()
                assert not waiting.done(), "the holder lets go by itself"
            await waiting
    finally:
        for listener in listeners:
            await listener.stop()


async def _nothing_is_read() -> None:
    pass


async def test_an_interrupted_body_is_answered_and_is_no_error_of_ours(
    sender: Sender, server: TestServer, caplog: pytest.LogCaptureFixture
) -> None:
    url = (await sender.announce(announced("red.png", bytes(100)))).json["files"][0]["url"]
    headers = {"Host": "makapix.club", "Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Length": "100"}
    headers |= {"Content-Type": "application/offset+octet-stream"} | sender.api.sign(sender.user)
    reader, client = await asyncio.open_connection(server.host, server.port)
    client.write("\r\n".join([f"PATCH {url} HTTP/1.1", *map(": ".join, headers.items()), "", "half"]).encode())
    async with asyncio.timeout(HANG_SECONDS):
        while not server.app[BODY_SLOTS].count:
            await asyncio.sleep(0.01)
        await sender.patch(url, b"", offset=4)
        assert (await reader.read()).startswith(b"HTTP/1.1 204")
    client.close()
    assert [record for record in caplog.records if record.name == "aiohttp.server"] == []
