"""Uploads in parts, while the store is slower than what is written."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from pmd_service.vault import s3_part
from pmd_service.vault.s3_part import PARTS_IN_FLIGHT, S3Part

from ..hang import HANG_SECONDS


class SlowStore:
    """Takes a part when it is let."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.takes = asyncio.Event()
        self.in_flight = self.most = 0

    async def put_object(self, key: str, data: bytes) -> str:
        raise NotImplementedError

    async def begin_upload(self, key: str) -> str:
        return "upload"

    @asynccontextmanager
    async def counted(self) -> AsyncIterator[None]:
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        yield
        self.in_flight -= 1

    async def upload_part(self, key: str, upload_id: str, number: int, data: bytes) -> str:
        async with self.counted():
            await self.takes.wait()
        return str(number)

    async def complete_upload(self, key: str, upload_id: str, etags: list[str]) -> str:
        return ",".join(etags)

    async def abort_upload(self, key: str, upload_id: str) -> None:
        raise NotImplementedError


async def test_a_slow_store_holds_up_what_writes_and_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_part, "PART_BYTES", 10)
    store = SlowStore()
    part = S3Part(store, "key")

    def write() -> str:
        for _ in range(8):
            part.write(b"x" * 10)
        return part.seal().etag or ""

    writing = asyncio.create_task(asyncio.to_thread(write))
    async with asyncio.timeout(HANG_SECONDS):
        while store.in_flight < PARTS_IN_FLIGHT:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert not writing.done()
    store.takes.set()
    assert await writing == "1,2,3,4,5,6,7,8"
    assert store.most == PARTS_IN_FLIGHT
