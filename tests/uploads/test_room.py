"""Whether there is room for what is announced: on the disk, in the library, and without waiting for anybody else's."""

import asyncio

import msgspec
import pytest

from pmd_service.assets import disk
from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.vault import Vault

from ..conftest import Serve
from ..hang import HANG_SECONDS
from ..locks import waits_for_a_lock
from ..site import Api, Site
from .sender import TUS, Sender

GIB = 1 << 30


async def test_the_room_on_the_disk_is_promised_once(
    sender: Sender, site: Site, stored: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = await stored.free_bytes()
    assert free is not None
    # So much that what others write on this disk meanwhile makes no difference.
    monkeypatch.setattr(disk, "DISK_RESERVE_BYTES", free - 9 * GIB // 4)
    other = Sender(sender.api, await site.add_user("other"))
    assert (await sender.announce({"path": "a.mp4", "size_bytes": GIB})).status == 201
    assert (await other.announce({"path": "b.mp4", "size_bytes": GIB})).status == 507
    assert await site.pool.fetchval("SELECT count(*) FROM batch_reports") == 1, "nothing of it is left"


async def test_one_user_reserves_at_most_three_quarters_of_the_free_disk(
    sender: Sender, site: Site, stored: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = await stored.free_bytes()
    assert free is not None
    monkeypatch.setattr(disk, "DISK_RESERVE_BYTES", free - 9 * GIB // 2)
    other = Sender(sender.api, await site.add_user("other"))
    assert [(await sender.create(f"{n}.mp4", GIB)).status for n in range(4)] == [201, 201, 201, 507]
    assert (await other.announce({"path": "b.mp4", "size_bytes": GIB})).status == 201


# As if this many seconds had passed for what is reserved.
_LATER = """
UPDATE library_usage SET awaited_until = awaited_until - make_interval(secs => $1),
                         announced_at = announced_at - make_interval(secs => $1)
"""


@pytest.fixture
async def narrow(stored: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk with room for 2.25 GiB."""
    free = await stored.free_bytes()
    assert free is not None
    monkeypatch.setattr(disk, "DISK_RESERVE_BYTES", free - 9 * GIB // 4)


@pytest.mark.usefixtures("narrow")
async def test_what_is_announced_right_after_a_file_came_reserves_the_disk(sender: Sender, site: Site) -> None:
    other = Sender(sender.api, await site.add_user("other"))
    await site.add_asset(sender.user)
    assert (await sender.create("a.mp4", GIB)).status == 201
    assert (await other.create("b.mp4", GIB)).status == 507


@pytest.mark.usefixtures("narrow")
async def test_announced_files_not_sent_reserve_the_disk_for_one_minute(sender: Sender, site: Site, pool: Pool) -> None:
    """It can still be sent, if there is room by then."""
    other = Sender(sender.api, await site.add_user("other"))
    url = (await sender.announce({"path": "a.mp4", "size_bytes": GIB})).json["files"][0]["url"]
    await pool.execute(_LATER, 59)
    assert (await other.create("b.mp4", GIB)).status == 507
    await pool.execute(_LATER, 1)
    others = await other.create("b.mp4", GIB)
    assert others.status == 201, "the first user's reservation has lapsed"

    refused = await sender.patch(url, b"x")
    assert (refused.status, refused.headers["Retry-After"]) == (507, "600")
    head = await sender.head(url)
    assert (head.status, head.headers["Upload-Offset"]) == (200, "0")
    assert (await sender.patch(url, b"")).status == 204, "without a byte, nothing is reserved"

    await other.api.call("DELETE", others.headers["Location"], user=other.user, headers=TUS)
    assert (await sender.patch(url, b"x")).status == 204
    assert (await other.create("c.mp4", GIB)).status == 507, "it is reserved again"
    await pool.execute(_LATER, 60)
    assert (await other.create("c.mp4", GIB)).status == 201, "and lapses again"


@pytest.mark.usefixtures("narrow")
async def test_bytes_of_one_file_keep_the_room_for_all_files_of_its_user(
    sender: Sender, site: Site, pool: Pool
) -> None:
    other = Sender(sender.api, await site.add_user("other"))
    files = [{"path": f"{n}.mp4", "size_bytes": GIB // 2} for n in range(2)]
    first, _second = (line["url"] for line in (await sender.announce(*files)).json["files"])
    await pool.execute(_LATER, 50)
    assert (await sender.patch(first, b"x")).status == 204
    await pool.execute(_LATER, 50)
    assert (await other.create("b.mp4", GIB)).status == 507
    await pool.execute(_LATER, 10)
    assert (await other.create("b.mp4", GIB)).status == 201


@pytest.mark.usefixtures("narrow")
async def test_nobody_keeps_others_out_by_announcing_again_and_again(sender: Sender, site: Site, pool: Pool) -> None:
    """An account's announcements count for one minute an hour, until some bytes have arrived."""
    other = Sender(sender.api, await site.add_user("other"))
    for _ in range(2):
        upload = (await sender.announce({"path": "a.mp4", "size_bytes": GIB})).json
        await pool.execute(_LATER, 30)
        assert (await sender.call(upload["id"], "stop")).status == 200
    silent = await sender.announce({"path": "a.mp4", "size_bytes": GIB})
    assert (await other.create("b.mp4", GIB)).status == 201

    assert (await sender.call(silent.json["id"], "stop")).status == 200
    small = (await sender.create("c.mp4", 2)).headers["Location"]
    assert (await sender.patch(small, b"x")).status == 204
    await pool.execute("DELETE FROM batch_reports WHERE user_id = $1", other.user)
    assert (await sender.announce({"path": "d.mp4", "size_bytes": GIB})).status == 201
    assert (await other.create("e.mp4", GIB)).status == 507, "a sender may announce"


async def test_two_concurrent_announcements_do_not_both_reserve_the_disk(
    api: Api, site: Site, pool: Pool, artist: int, stored: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = await stored.free_bytes()
    assert free is not None
    monkeypatch.setattr(disk, "DISK_RESERVE_BYTES", free - 9 * GIB // 4)
    senders = [Sender(api, artist), Sender(api, await site.add_user("other"))]
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(x'75706c'::int, 0)")
        both = [asyncio.create_task(sender.announce({"path": "a.mp4", "size_bytes": GIB})) for sender in senders]
        async with asyncio.timeout(HANG_SECONDS):
            while await pool.fetchval(_WAITING) < 2:
                await asyncio.sleep(0)
    assert sorted([answer.status for answer in await asyncio.gather(*both)]) == [201, 507]


_WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


async def test_nobody_who_announces_waits_for_another_users_library(
    api: Api, site: Site, pool: Pool, artist: int
) -> None:
    other = Sender(api, await site.add_user("other"))
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(x'6c6962'::int, $1)", artist)
        waiting = asyncio.create_task(Sender(api, artist).announce({"path": "a.png", "size_bytes": 1}))
        assert await waits_for_a_lock(pool, waiting)
        assert (await other.announce({"path": "a.png", "size_bytes": 1})).status == 201
        assert (await other.create("b.png", 1)).status == 201
        assert not waiting.done()
    assert (await waiting).status == 201


async def test_a_library_has_a_maximum_number_of_files(serve: Serve, settings: Settings, site: Site) -> None:
    artist = await site.add_user()
    await site.add_asset(artist)
    small = msgspec.structs.replace(settings, library_max_files=3)
    async with Api((await serve(small)).make_url("/"), small) as api:
        sender = Sender(api, artist)
        files = [{"path": f"{number}.png", "size_bytes": 1} for number in range(3)]
        answer = await sender.announce(*files)
        assert (answer.status, answer.json["type"]) == (422, "urn:pmd:problem:library-full")
        assert "2 more files, but these are 3" in answer.json["detail"]
        assert (await sender.announce(*files[:2])).status == 201
        assert (await sender.create("c.png", 1)).status == 422
