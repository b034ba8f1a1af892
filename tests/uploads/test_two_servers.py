"""Two servers receive the same file at once: no byte is lost, and what was acknowledged is durable (SPEC 13)."""

import asyncio
import hashlib
import itertools
from collections.abc import AsyncIterator

import pytest

from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings

from ..conftest import Serve, WorkOff
from ..hang import HANG_SECONDS
from ..site import Answer, Api
from .pictures import picture
from .sender import Sender, announced

pytestmark = pytest.mark.stores

DATA = picture(1) + bytes(range(256)) * 4096
STEP = 190_000
TURNS = 40


@pytest.fixture
async def senders(sender: Sender, serve: Serve, settings: Settings) -> AsyncIterator[list[Sender]]:
    """The artist's client at one server, and another at another."""
    other = await serve(settings)
    async with Api(other.make_url("/"), settings) as api:
        yield [sender, Sender(api, sender.user)]


async def in_pieces(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 50_000):
        yield data[start : start + 50_000]
        await asyncio.sleep(0)


def acknowledged(answers: list[Answer | BaseException]) -> int:
    """The highest offset that a server has acknowledged."""
    whole = [answer for answer in answers if not isinstance(answer, BaseException) and answer.status == 204]
    return max((int(answer.headers["Upload-Offset"]) for answer in whole), default=0)


async def test_both_servers_receive_the_same_bytes_and_store_them_once(
    senders: list[Sender], pool: Pool, work_off: WorkOff
) -> None:
    announcement = (await senders[0].announce(announced("a.png", DATA))).json
    url = announcement["files"][0]["url"]
    offset = 0
    for turn in range(TURNS):
        if offset == len(DATA):
            break
        # Of different lengths, so that each ends where the other does not.
        ends = [offset + STEP + 10_000 * turn, offset + 2 * STEP]
        answers = await asyncio.gather(
            *(
                sender.patch(url, in_pieces(DATA[offset:end]), offset)
                for sender, end in zip(senders, ends, strict=True)
            ),
            return_exceptions=True,
        )
        heads = [int((await sender.head(url)).headers["Upload-Offset"]) for sender in senders]
        assert heads[0] == heads[1] >= max(offset, acknowledged(answers))
        offset = heads[0]
    assert offset == len(DATA), "somebody gets on at every turn"
    await work_off()
    assert (await senders[1].upload(announcement["id"]))["status"] == "completed"
    assert await pool.fetchval("SELECT hash FROM asset") == hashlib.sha256(DATA).hexdigest()


async def test_a_digest_from_before_another_server_continued_is_discarded(
    senders: list[Sender], pool: Pool, work_off: WorkOff
) -> None:
    upload = (await senders[0].announce(announced("a.png", DATA))).json
    steps = (0, 400_000, 700_000, len(DATA))
    for turn, (start, end) in enumerate(itertools.pairwise(steps)):
        sent = await senders[turn % 2].patch(upload["files"][0]["url"], DATA[start:end], start)
        assert sent.status == 204
        assert await pool.fetchval("SELECT received_hash FROM batch_report_files") is None
    await work_off()
    assert await pool.fetchval("SELECT hash FROM asset") == hashlib.sha256(DATA).hexdigest()


async def test_a_server_that_lost_its_lease_overwrites_nothing(
    senders: list[Sender], pool: Pool, work_off: WorkOff, vault_kind: str
) -> None:
    if vault_kind == "files":
        pytest.skip("a file is locked by its writer, whatever the row says")
    lost, owner = senders
    announcement = (await lost.announce(announced("a.png", DATA))).json
    url = announcement["files"][0]["url"]
    go_on = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield DATA[:600_000]
        await go_on.wait()
        yield DATA[600_000:700_000]

    receiving = asyncio.create_task(lost.patch(url, slowly()))
    async with asyncio.timeout(HANG_SECONDS):
        while await pool.fetchval("SELECT lease_token FROM batch_report_files") is None:
            await asyncio.sleep(0.01)
    # What a quarter of a minute of silence would do: the first server was frozen, or cut off from the database.
    await pool.execute("UPDATE batch_report_files SET lease_token = NULL, lease_until = NULL")
    reached = 0
    for end in (STEP, 2 * STEP, len(DATA), len(DATA)):
        # 409: the first one's last bytes have come in between.
        answer = await owner.patch(url, in_pieces(DATA[reached : max(reached, end)]), reached)
        assert answer.status in (204, 409)
        go_on.set()
        await asyncio.gather(receiving, return_exceptions=True)
        now = int((await owner.head(url)).headers["Upload-Offset"])
        assert now >= max(reached, acknowledged([answer]))
        reached = now
    assert reached == len(DATA)
    await work_off()
    assert (await owner.upload(announcement["id"]))["status"] == "completed"
    assert await pool.fetchval("SELECT hash FROM asset") == hashlib.sha256(DATA).hexdigest()
