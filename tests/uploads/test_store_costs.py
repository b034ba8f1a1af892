"""What an upload costs at an object store: calls that store and list, and bytes that cross."""

import asyncio
import io
import os
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from aiobotocore.client import AioBaseClient
from PIL import Image

from pmd_service.base.database import Pool
from pmd_service.uploads.tus import append

from ..conftest import WorkOff
from ..site import Site
from .pictures import picture
from .sender import Sender, announced

# What stores bill as PUT, COPY, POST or LIST.
PUT_CLASS = {
    "PutObject",
    "CopyObject",
    "ListObjectsV2",
    "CreateMultipartUpload",
    "UploadPart",
    "UploadPartCopy",
    "CompleteMultipartUpload",
    "ListMultipartUploads",
}
MIB = 1 << 20


@pytest.fixture
def vault_kind() -> str:
    return "s3"


class Costs:
    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.bytes_in = 0

    @property
    def put_class(self) -> int:
        return sum(count for name, count in self.calls.items() if name in PUT_CLASS)


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> Costs:
    """Every call of the store, by any process' part that runs in this one, from now on."""
    reported, call = Costs(), AioBaseClient._make_api_call

    async def counted(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        reported.calls[operation] += 1
        reported.bytes_in += len(parameters.get("Body", b""))
        return await call(client, operation, parameters)

    monkeypatch.setattr(AioBaseClient, "_make_api_call", counted)
    return reported


def large_picture(size: int) -> bytes:
    """A picture of noise, which no format makes smaller."""
    side = int((size / 3) ** 0.5)
    target = io.BytesIO()
    Image.frombytes("RGB", (side, side), os.urandom(3 * side * side)).save(target, "PNG", compress_level=0)
    return target.getvalue()


async def pieces_of(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), MIB):
        yield data[at : at + MIB]


async def stored_bytes(site: Site, pool: Pool) -> bytes:
    path = await pool.fetchval("SELECT path FROM asset")
    async with site.stored.local(path.removeprefix("/vault/")) as copy:
        return copy.read_bytes()


async def test_a_small_picture_is_four_calls_at_most(
    sender: Sender, costs: Costs, work_off: WorkOff, pool: Pool, site: Site
) -> None:
    data = picture()
    upload = (await sender.announce(announced("red.png", data))).json
    before = costs.put_class
    await sender.patch(upload["files"][0]["url"], data)
    await work_off()
    assert await pool.fetchval("SELECT count(*) FROM asset") == 1
    assert costs.put_class - before <= 4, costs.calls
    assert await stored_bytes(site, pool) == data
    assert await site.keys("incoming/") == []


async def test_a_large_files_bytes_cross_to_the_store_once(
    sender: Sender, costs: Costs, work_off: WorkOff, pool: Pool, site: Site
) -> None:
    data = large_picture(20 * MIB)
    upload = (await sender.announce(announced("noise.png", data))).json
    before, pieces = costs.put_class, len(data) // (8 * MIB) + 1
    await sender.patch(upload["files"][0]["url"], pieces_of(data))
    assert costs.calls["PutObject"] == pieces
    assert costs.bytes_in == len(data)
    await work_off()
    assert costs.bytes_in < len(data) + 4 * MIB, "its previews are all that came to it"
    assert costs.calls["UploadPartCopy"] == pieces
    previews = costs.calls["PutObject"] - pieces
    assert costs.put_class - before == 2 * pieces + 3 + previews, costs.calls
    assert await stored_bytes(site, pool) == data
    assert await site.keys("incoming/") == []


async def test_a_slow_body_does_not_write_an_object_each_second(
    sender: Sender, costs: Costs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(append, "PROGRESS_SECONDS", 0)
    data = os.urandom(MIB)
    upload = (await sender.announce(announced("slow.png", data))).json

    async def slowly() -> AsyncIterator[bytes]:
        for at in range(0, len(data), 50_000):
            yield data[at : at + 50_000]
            await asyncio.sleep(0.01)

    url = upload["files"][0]["url"]
    assert (await sender.patch(url, slowly())).headers["Upload-Offset"] == str(len(data))
    assert costs.calls["PutObject"] == 1
    assert (await sender.head(url)).status == 200


async def test_a_request_that_continues_a_file_is_two_calls(
    sender: Sender, costs: Costs, work_off: WorkOff, pool: Pool, site: Site
) -> None:
    """A list and a PUT; and no byte is stored more than twice, however small the requests are."""
    data = large_picture(10 * MIB)
    upload = (await sender.announce(announced("noise.png", data))).json
    url, step, before = upload["files"][0]["url"], MIB, costs.put_class
    requests = range(0, len(data), step)
    for at in requests:
        sent = await sender.patch(url, data[at : at + step], at)
        assert sent.headers["Upload-Offset"] == str(min(at + step, len(data)))
    assert costs.put_class - before <= 2 * len(requests)
    assert costs.bytes_in <= 2 * len(data)
    assert len(await site.keys("incoming/")) <= 4, "the first part, and a tail"
    await work_off()
    assert await stored_bytes(site, pool) == data
    assert await site.keys("incoming/") == []


async def test_an_acknowledged_offset_is_durable_in_the_store(sender: Sender, site: Site) -> None:
    upload = (await sender.announce(announced("noise.png", data := os.urandom(MIB)))).json
    url = upload["files"][0]["url"]
    assert (await sender.patch(url, data[:1000])).status == 204
    async with site.stored.incoming(UUID(upload["files"][0]["id"])).local() as copy:
        assert copy.read_bytes() == data[:1000], "nothing waits on the server"
    for wrong in (0, 999, 1001):
        refused = await sender.patch(url, data[wrong:2000], wrong)
        assert (refused.status, refused.headers["Upload-Offset"]) == (409, "1000")

    async def too_many() -> AsyncIterator[bytes]:
        yield data[1000:2000]
        yield data[1000:]

    too_much = await sender.patch(url, too_many(), 1000)
    assert (too_much.status, (await sender.head(url)).headers["Upload-Offset"]) == (413, "1000")


async def test_pieces_too_small_for_parts_become_the_object_all_the_same(
    sender: Sender, work_off: WorkOff, pool: Pool, site: Site
) -> None:
    data = picture()
    upload = (await sender.announce(announced("red.png", data))).json
    url = upload["files"][0]["url"]
    for at in range(0, len(data), len(data) // 3):
        await sender.patch(url, data[at : at + len(data) // 3], at)
    await work_off()
    assert await stored_bytes(site, pool) == data
    assert await site.keys("incoming/") == []
