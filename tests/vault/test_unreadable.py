"""One object that cannot be read is distinguished from a store that is away, or refuses all access."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from pmd_service.base.faults import is_disk_full
from pmd_service.vault import (
    ArtworkUnavailableError,
    ObjectUnreadableError,
    Vault,
    VaultFaultError,
    local_vault,
    store_vault,
)
from pmd_service.vault.base import Slice
from pmd_service.work.blame import retry_of

from .test_local import UNREADABLE, as_somebody_without_rights
from .test_protocol import read

KEY = "art/a.png"


class Store:
    """Answers as S3 does: for the bucket, and for the one object that it has."""

    def __init__(self) -> None:
        self.bucket = self.head = self.body = 200
        self.etag = "first"
        self.code = ""
        self.ignores_ranges = False
        self.data = b"pixels" * 20_000

    async def answer(self, request: web.Request) -> web.Response:
        if request.path.count("/") == 1:
            return web.Response(status=self.bucket)
        is_head = request.method == "HEAD"
        status, data = self.head if is_head else self.body, self.data
        if status >= 400:
            return web.Response(
                status=status, text="" if is_head else f"<Error><Code>{self.code or f'Code{status}'}</Code></Error>"
            )
        headers = {"ETag": f'"{self.etag}"', "Last-Modified": "Sun, 22 Nov 2026 10:00:00 GMT"}
        if "Range" in request.headers and not self.ignores_ranges:
            headers["Content-Range"] = f"bytes 0-{len(data[:65536]) - 1}/{len(data)}"
            status, data = 206, data[:65536]
        return web.Response(status=status, body=data, headers=headers)


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
async def s3(store: Store, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Vault]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", store.answer)
    async with TestServer(app) as server, store_vault(f"s3://bucket?endpoint={server.make_url('')}") as vault:
        yield vault


async def test_an_object_that_a_healthy_store_refuses_is_reported_by_name(s3: Vault, store: Store) -> None:
    store.head = store.body = 403
    with pytest.raises(ObjectUnreadableError) as raised:
        await s3.find(KEY)
    assert raised.value.key == KEY
    (located,) = await s3.locate_artworks([f"/vault/{KEY}"])
    assert isinstance(located, ArtworkUnavailableError)
    assert str(located) == UNREADABLE


@pytest.mark.parametrize("status", [403, 404, 416])
async def test_an_object_whose_read_is_refused_is_reported_by_name(s3: Vault, store: Store, status: int) -> None:
    source = await s3.find(KEY)
    store.body = status
    with pytest.raises(ObjectUnreadableError, match=f"Code{status}"):
        await read(source)


@pytest.mark.parametrize(("bucket", "head"), [(403, 403), (404, 404), (200, 500), (200, 503), (200, 429), (500, 403)])
async def test_a_store_that_fails_or_lets_nobody_in_is_no_objects_fault(
    s3: Vault, store: Store, bucket: int, head: int
) -> None:
    store.bucket, store.head, store.body = bucket, head, head
    for attempt in (s3.find(KEY), s3.locate_artworks([f"/vault/{KEY}"])):
        with pytest.raises(VaultFaultError) as raised:
            await attempt
        assert not isinstance(raised.value, ObjectUnreadableError)


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (403, "AccessDenied", (False, "machine")),
        (429, "TooManyRequests", (False, "machine")),
        (403, "QuotaExceeded", (False, None)),
        (507, "XMinioStorageFull", (False, None)),
        (409, "OperationAborted", (True, None)),
    ],
)
async def test_no_work_is_blamed_for_what_a_store_refuses_to_all(
    s3: Vault, store: Store, status: int, code: str, outcome: tuple[bool, str | None]
) -> None:
    store.body, store.code = status, code
    with pytest.raises(VaultFaultError, match=code) as raised:
        await s3.put(KEY, b"pixels")
    retry = retry_of(raised.value)
    assert (retry.is_fault, retry.cause) == outcome
    assert is_disk_full(raised.value) == (outcome == (False, None)) == ("raise its quota" in str(raised.value))


async def test_a_throttled_read_of_many_objects_is_no_works_fault(s3: Vault, store: Store) -> None:
    store.head = store.body = 429
    with pytest.raises(VaultFaultError) as raised:
        await s3.locate_artworks([f"/vault/{KEY}", "/vault/art/b.png"])
    assert retry_of(raised.value).cause == "machine"


async def test_a_range_is_never_confused_with_the_whole_object(s3: Vault, store: Store) -> None:
    store.ignores_ranges = True
    with pytest.raises(VaultFaultError, match="another range"):
        await s3.read(Slice(key=KEY, positions=range(6, 12)))


async def test_an_object_that_is_not_there_is_not_there(s3: Vault, store: Store) -> None:
    store.head = store.body = 404
    assert await s3.find(KEY) is None


@pytest.mark.parametrize(("etag", "data"), [("second", b"pixels" * 20_000), ("first", b"pixel" * 20_000)])
async def test_other_bytes_than_those_that_were_found_never_leave_the_store(
    s3: Vault, store: Store, etag: str, data: bytes
) -> None:
    source = await s3.find(KEY)
    store.etag, store.data = etag, data
    with pytest.raises(ObjectUnreadableError):
        await read(source)


async def test_an_object_of_another_size_is_reported_by_name(vault: Vault) -> None:
    await vault.put(KEY, b"x" * 100_000)
    source = await vault.find(KEY)
    for size in (99_999, 100_001):
        await vault.put(KEY, b"x" * size)
        with pytest.raises(ObjectUnreadableError) as raised:
            await read(source)
        assert raised.value.key == KEY


async def test_a_missing_file_is_reported_by_name_and_a_missing_disk_is_not(tmp_path: Path) -> None:
    vault = local_vault(tmp_path / "vault")
    await vault.put(KEY, b"pixels")
    source = await vault.find(KEY)
    await vault.put("art/b.png", b"pixels")
    await vault.remove(KEY)
    with pytest.raises(ObjectUnreadableError):
        await read(source)
    (tmp_path / "vault").rename(tmp_path / "unmounted")
    with pytest.raises(OSError, match=r"a\.png") as raised:
        await read(source)
    assert not isinstance(raised.value, ObjectUnreadableError)


async def test_an_unreadable_file_is_reported_by_name() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        (root / "a.png").write_bytes(b"pixels")
        (root / "a.png").chmod(0)
        with as_somebody_without_rights(), pytest.raises(ObjectUnreadableError) as raised:
            await local_vault(root).find("a.png")
    assert raised.value.key == "a.png"
