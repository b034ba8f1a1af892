"""tus 1.0: streamed, durable before it is acknowledged, resumed anywhere, and one receiver at a time."""

import asyncio
import base64
import hashlib
import zlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.uploads import bodies
from pmd_service.vault import Vault

from ..conftest import Serve
from ..hang import HANG_SECONDS
from ..site import Api, Site
from .conftest import add_known
from .sender import BYTES, TUS, Sender, announced

DATA = bytes(range(256)) * 4096  # 1 MiB


@pytest.fixture
async def url(sender: Sender) -> str:
    """Where a file of ``DATA`` is awaited."""
    answer = await sender.announce(announced("red.png", DATA))
    address: str = answer.json["files"][0]["url"]
    return address


async def row_of(pool: Pool) -> Any:
    return await pool.fetchrow("SELECT * FROM batch_report_files")


def id_of(url: str) -> UUID:
    return UUID(url.rpartition("/")[2])


async def held(stored: Vault, url: str) -> bytes:
    """What has been received."""
    async with stored.incoming(id_of(url)).local() as path:
        return path.read_bytes()


@pytest.mark.stores
async def test_a_file_is_hashed_while_received_and_waits_for_its_probe(
    sender: Sender, url: str, pool: Pool, stored: Vault
) -> None:
    answer = await sender.patch(url, DATA)
    assert (answer.status, answer.headers["Upload-Offset"]) == (204, str(len(DATA)))
    assert await held(stored, url) == DATA
    row = await row_of(pool)
    assert (row["received_bytes"], row["lease_token"]) == (len(DATA), None)
    assert (row["received_hash"], row["received_crc32"]) == (hashlib.sha256(DATA).hexdigest(), zlib.crc32(DATA))
    head = await sender.head(url)
    assert (head.status, head.headers["Upload-Offset"], head.headers["Upload-Length"]) == (200, *[str(len(DATA))] * 2)
    assert head.headers["Cache-Control"] == "no-store"
    assert (await sender.patch(url, b"x", len(DATA))).status == 409, "there is no more to come"
    assert (await sender.patch(url, b"", len(DATA))).status == 204


async def test_a_wrong_offset_is_a_conflict_with_the_right_offset(sender: Sender, url: str, stored: Vault) -> None:
    await sender.patch(url, DATA[:1000])
    for offset in (0, 999, 1001):
        answer = await sender.patch(url, b"x", offset)
        assert (answer.status, answer.headers["Upload-Offset"]) == (409, "1000")
    assert await held(stored, url) == DATA[:1000]


async def test_more_bytes_than_announced_are_refused_with_or_without_length(sender: Sender, url: str) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield DATA[:1000]

    shorter: str = (await sender.announce(announced("shorter.png", DATA[:-1]))).json["files"][0]["url"]
    assert (await sender.patch(shorter, DATA)).status == 413
    assert (await sender.head(shorter)).headers["Upload-Offset"] == "0", (
        "the length was announced, and none of the bytes are taken"
    )
    await sender.patch(url, DATA[:-1])
    last = len(DATA) - 1
    assert (await sender.patch(url, b"xy", last)).status == 413
    assert (await sender.patch(url, endless(), last)).status == 413
    assert (await sender.head(url)).headers["Upload-Offset"] == str(last)


async def test_requests_that_are_not_tus_are_refused(sender: Sender, url: str, subtests: pytest.Subtests) -> None:
    for headers, status in (
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Content-Type": "application/octet-stream"}, 415),
        ({"Upload-Offset": "-1"}, 400),
        ({"Upload-Offset": "1e3"}, 400),
        ({"Upload-Checksum": "md5 AAAA"}, 400),
        ({"Upload-Checksum": "sha256 !!!"}, 400),
        ({"Upload-Checksum": f"sha1 !{'A' * 27}="}, 400),
    ):
        with subtests.test(**headers):
            answer = await sender.patch(url, b"x", headers=headers)
            assert (answer.status, answer.headers["Tus-Resumable"]) == (status, "1.0.0")
            assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.stores
async def test_a_body_with_a_checksum_counts_whole_or_not_at_all(
    sender: Sender, url: str, pool: Pool, stored: Vault
) -> None:
    first, rest = DATA[:400_000], DATA[400_000:]
    assert (await sender.patch(url, first)).status == 204
    wrong = base64.b64encode(hashlib.sha256(b"else").digest()).decode()
    answer = await sender.patch(url, rest, len(first), headers={"Upload-Checksum": f"sha256 {wrong}"})
    assert (answer.status, answer.json["title"]) == (460, "Checksum Mismatch")
    assert int((await sender.head(url)).headers["Upload-Offset"]) == len(first)
    right = base64.b64encode(hashlib.sha256(rest).digest()).decode()
    answer = await sender.patch(url, rest, len(first), headers={"Upload-Checksum": f"sha256 {right}"})
    assert answer.status == 204
    assert await held(stored, url) == DATA


class HalfOpen:
    """A PATCH whose client has sent a part and then says nothing, without closing."""

    def __init__(self, sender: Sender, url: str, part: bytes) -> None:
        self.sender, self.url, self.part = sender, url, part
        self.go_on = asyncio.Event()

    async def body(self) -> AsyncIterator[bytes]:
        yield self.part
        await self.go_on.wait()

    async def start(self, pool: Pool, headers: dict[str, str] | None = None) -> asyncio.Task[Any]:
        task = asyncio.create_task(self.sender.patch(self.url, self.body(), headers=headers))
        async with asyncio.timeout(HANG_SECONDS):
            while (await row_of(pool))["lease_token"] is None:
                await asyncio.sleep(0.01)
        return task


@pytest.fixture
async def half_open(sender: Sender, url: str) -> HalfOpen:
    return HalfOpen(sender, url, DATA[:500_000])


@pytest.mark.stores
async def test_the_next_request_interrupts_a_half_open_one(
    sender: Sender, url: str, half_open: HalfOpen, stored: Vault, pool: Pool
) -> None:
    task = await half_open.start(pool)
    offset = int((await sender.head(url)).headers["Upload-Offset"])
    assert (await sender.patch(url, DATA[offset:], offset)).status == 204
    assert await held(stored, url) == DATA
    half_open.go_on.set()
    await asyncio.gather(task, return_exceptions=True)


async def test_an_interrupted_body_with_checksum_is_no_mismatch(
    sender: Sender, url: str, half_open: HalfOpen, pool: Pool
) -> None:
    right = base64.b64encode(hashlib.sha256(DATA).digest()).decode()
    task = await half_open.start(pool, {"Upload-Checksum": f"sha256 {right}"})
    assert (await sender.head(url)).headers["Upload-Offset"] == "0"
    answer = await task
    assert (answer.status, answer.headers["Upload-Offset"]) == (204, "0")
    half_open.go_on.set()


@pytest.mark.stores
async def test_another_server_interrupts_it_too_and_continues(
    sender: Sender,
    url: str,
    half_open: HalfOpen,
    settings: Settings,
    serve: Serve,
    artist: int,
    pool: Pool,
    stored: Vault,
) -> None:
    task = await half_open.start(pool)
    other = await serve(settings)
    async with Api(other.make_url("/"), settings) as api:
        there = Sender(api, artist)
        offset = int((await there.head(url)).headers["Upload-Offset"])
        assert (await there.patch(url, DATA[offset:], offset)).status == 204
    assert await held(stored, url) == DATA
    row = await row_of(pool)
    # The first half was hashed elsewhere: the worker hashes it again.
    assert (row["received_bytes"], row["received_hash"]) == (len(DATA), None if offset else row["received_hash"])
    half_open.go_on.set()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.stores
async def test_two_requests_at_once_never_mix(sender: Sender, url: str, stored: Vault) -> None:
    answers = await asyncio.gather(*[sender.patch(url, DATA) for _ in range(2)], return_exceptions=True)
    statuses = [answer.status for answer in answers if not isinstance(answer, BaseException)]
    assert set(statuses) <= {204, 409}
    offset = int((await sender.head(url)).headers["Upload-Offset"])
    assert (await sender.patch(url, DATA[offset:], offset)).status == 204
    assert await held(stored, url) == DATA


async def test_a_file_received_before_its_server_died_is_complete(
    sender: Sender, url: str, pool: Pool, stored: Vault
) -> None:
    writer = await stored.incoming(id_of(url)).open(0)
    await writer.write([DATA])
    await writer.flush()
    await writer.close()
    assert (await sender.head(url)).headers["Upload-Offset"] == str(len(DATA))
    row = await row_of(pool)
    assert (row["received_bytes"], row["received_hash"]) == (len(DATA), None)
    assert row["is_received"]


async def test_creation_opens_an_upload_or_adds_to_one(sender: Sender, pool: Pool) -> None:
    alone = await sender.create("Drache ä.png", 10)
    assert alone.status == 201
    assert alone.headers["Location"].startswith("/api/pmd/uploads/")
    assert "Upload-Expires" in alone.headers
    upload_id = alone.headers["Location"].split("/")[4]
    added = await sender.create("b.png", 5, b"12345", upload=upload_id, relativePath="dragons/b.png")
    assert (added.status, added.headers["Upload-Offset"]) == (201, "5")
    assert [line["path"] for line in await sender.lines(upload_id)] == ["Drache ä.png", "dragons/b.png"]
    assert (await sender.upload(upload_id))["total_files"] == 2


async def test_creation_needs_no_bytes_for_what_is_there(sender: Sender, pool: Pool, artist: int) -> None:
    await add_known(pool, artist, b"known")
    there = await sender.create("k.png", 5, sha256=hashlib.sha256(b"known").hexdigest())
    assert (there.status, there.headers["Upload-Offset"]) == (201, "5")
    assert (await sender.head(there.headers["Location"])).headers["Upload-Offset"] == "5"


async def test_creation_refuses_what_would_not_get_in(sender: Sender) -> None:
    assert (await sender.create("a.png", 65 << 20)).status == 413
    assert (await sender.create("a.html", 10)).status == 422
    assert (await sender.create("../a.png", 10)).status == 422
    assert (await sender.create("", 10)).status == 400
    assert (await sender.create("a.png", 10, upload="x")).status == 400


async def test_termination_stops_the_file_and_nothing_is_left(sender: Sender, url: str, site: Site) -> None:
    await sender.patch(url, DATA[:1000])
    answer = await sender.api.call("DELETE", url, user=sender.user, headers=TUS)
    assert answer.status == 204
    assert await site.keys("incoming/") == []
    assert (await sender.head(url)).status == 410
    assert (await sender.patch(url, DATA[1000:], 1000)).status == 410
    (line,) = await sender.lines(url.split("/")[4])
    assert (line["error_code"], line["url"]) == ("stopped", None)


async def test_an_address_ends_with_its_upload(sender: Sender, url: str, pool: Pool) -> None:
    await pool.execute("UPDATE batch_reports SET expires_at = now() - interval '1 second'")
    assert (await sender.head(url)).status == 410
    assert (await sender.patch(url, DATA)).status == 410


async def test_another_users_file_is_not_found(sender: Sender, url: str, site: Site, api: Api) -> None:
    stranger = Sender(api, await site.add_user("stranger"))
    assert (await stranger.head(url)).status == 404
    assert (await stranger.patch(url, DATA)).status == 404
    assert (await api.call("DELETE", url, user=stranger.user, headers=TUS)).status == 404
    upload_id = url.split("/")[4]
    assert (await stranger.create("a.png", 1, upload=upload_id)).status == 404
    own: str = (await stranger.create("own.png", 1)).headers["Location"]
    theirs_by_own = f"{own.rpartition('/')[0]}/{id_of(url)}"
    assert (await api.call("DELETE", theirs_by_own, user=stranger.user, headers=TUS)).status == 404


async def test_too_many_bodies_are_503(
    sender: Sender, url: str, half_open: HalfOpen, monkeypatch: pytest.MonkeyPatch, pool: Pool
) -> None:
    monkeypatch.setattr(bodies, "MAX_BODIES_OF_USER", 1)
    task = await half_open.start(pool)
    answer = await sender.patch(url, DATA)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    half_open.go_on.set()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_cut_keeps_what_arrived_however_slowly(
    sender: Sender, url: str, settings: Settings, artist: int, stored: Vault
) -> None:
    _, writer = await asyncio.open_connection(sender.api.root.host, sender.api.root.port)
    lines = [f"PATCH {url} HTTP/1.1", "Host: x", f"Content-Length: {len(DATA)}", f"Content-Type: {BYTES}"]
    lines += ["Upload-Offset: 0", *[f"{name}: {value}" for name, value in (TUS | sender.api.sign(artist)).items()]]
    writer.write("\r\n".join([*lines, "", ""]).encode() + DATA[:300_000])
    sent = 300_000
    path = settings.vault_path / "incoming" / url.rpartition("/")[2]
    # Too little for a write of the usual size, in too few pieces: it is written all the same, because time passes.
    async with asyncio.timeout(HANG_SECONDS):
        while not (path.exists() and path.stat().st_size):
            writer.write(DATA[sent : sent + 1000])
            sent += 1000
            await asyncio.sleep(0.1)
    writer.transport.abort()
    offset = int((await sender.head(url)).headers["Upload-Offset"])
    assert 0 < offset <= sent
    assert await held(stored, url) == DATA[:offset]
    assert (await sender.patch(url, DATA[offset:], offset)).status == 204
