"""tus clients as they come from npm and PyPI: whole, in chunks, through cuts, and after a death."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from tusclient.client import TusClient

from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.vault import Vault

from ..site import Api
from .conftest import Run, TusJs
from .push.test_push import Cutter

SIZE = 3_000_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "drache.png"
    path.write_bytes(os.urandom(SIZE))
    return path


def endpoint(server: TestServer) -> str:
    return str(server.make_url("/api/pmd/uploads/tus"))


def received(settings: Settings) -> bytes:
    (path,) = (settings.vault_path / "incoming").iterdir()
    return path.read_bytes()


async def whole(pool: Pool, stored: Vault, name: str = "drache ä.png") -> bytes:
    """What has been received of a file, all of which is there."""
    file_id = await pool.fetchval("SELECT id FROM batch_report_files WHERE file_name = $1 AND is_received", name)
    async with stored.incoming(file_id).local() as path:
        return path.read_bytes()


@pytest.mark.parametrize("chunk", ["whole", "700000"])
async def test_tus_js_client_sends_whole_and_in_chunks(
    tus_js: TusJs, server: TestServer, api: Api, artist: int, file: Path, settings: Settings, chunk: str
) -> None:
    code, report = await tus_js(endpoint(server), file, api.token(artist), chunk)
    assert code == 0, report
    assert received(settings) == file.read_bytes()
    uploads = (await api.get("/api/pmd/uploads", user=artist)).json
    assert (uploads["total_count"], uploads["items"][0]["received_bytes"]) == (1, SIZE)


async def test_tus_js_client_goes_on_after_cuts(
    tus_js: TusJs, server: TestServer, api: Api, artist: int, file: Path, settings: Settings
) -> None:
    cutter = Cutter(str(server.make_url("/")), every=800_000, times=3)
    proxy = await cutter.start()
    url = f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}/api/pmd/uploads/tus"
    code, report = await tus_js(url, file, api.token(artist))
    proxy.close()
    assert (code, cutter.left) == (0, 0), report
    assert received(settings) == file.read_bytes()


async def test_tus_js_client_goes_on_after_its_own_death(
    tus_js: TusJs, server: TestServer, api: Api, artist: int, file: Path, settings: Settings
) -> None:
    code, _ = await tus_js(endpoint(server), file, api.token(artist), "500000", "1500000")
    assert code == 9
    code, report = await tus_js(endpoint(server), file, api.token(artist), "500000")
    assert code == 0, report
    assert report["log"][0] == "HEAD 200"
    assert received(settings) == file.read_bytes()


async def test_two_clients_that_send_the_same_file_at_once_store_it_whole(
    tus_js: TusJs, server: TestServer, api: Api, artist: int, file: Path, settings: Settings
) -> None:
    await tus_js(endpoint(server), file, api.token(artist), "500000", die_at="600000")
    both = await asyncio.gather(*(tus_js(endpoint(server), file, api.token(artist)) for _ in range(2)))
    assert [code for code, _ in both] == [0, 0], both
    assert {report["url"] for _, report in both} == {both[0][1]["url"]}
    assert received(settings) == file.read_bytes()


@pytest.mark.stores
async def test_tus_js_client_sends_parts_side_by_side(
    tus_js: TusJs, server: TestServer, api: Api, artist: int, file: Path, pool: Pool, stored: Vault
) -> None:
    code, report = await tus_js(endpoint(server), file, api.token(artist), parallelUploads=3)
    assert code == 0, report
    assert sorted(report["log"]) == ["PATCH 204"] * 3 + ["POST 201"] * 4
    assert await whole(pool, stored) == file.read_bytes()


@pytest.mark.stores
async def test_tus_js_client_sends_a_deferred_length_when_known(
    tus_js: TusJs, server: TestServer, api: Api, artist: int, file: Path, pool: Pool, stored: Vault
) -> None:
    code, report = await tus_js(endpoint(server), file, api.token(artist), "700000", uploadLengthDeferred=True)
    assert code == 0, report
    assert await whole(pool, stored) == file.read_bytes()


async def test_tus_js_client_sends_by_post_where_patch_does_not_get_through(
    tus_js: TusJs, server: TestServer, api: Api, artist: int, file: Path, settings: Settings
) -> None:
    code, report = await tus_js(endpoint(server), file, api.token(artist), overridePatchMethod=True)
    assert (code, report["log"]) == (0, ["POST 201", "POST 204"])
    assert received(settings) == file.read_bytes()


async def test_tus_js_client_reports_why_an_empty_file_is_refused(
    tus_js: TusJs, server: TestServer, api: Api, artist: int, tmp_path: Path
) -> None:
    (empty := tmp_path / "empty.png").touch()
    code, report = await tus_js(endpoint(server), empty, api.token(artist))
    assert code == 1
    assert "This file is empty." in report["error"]


@pytest.mark.stores
@pytest.mark.parametrize("parts", ["1", "3"])
async def test_uppy_sends_files_whole_and_in_parts(
    node: Run, server: TestServer, api: Api, artist: int, tmp_path: Path, pool: Pool, stored: Vault, parts: str
) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path in paths:
        path.write_bytes(os.urandom(SIZE // 10))
    code, report = await node("uppy.mjs", endpoint(server), api.token(artist), parts, *map(str, paths))
    assert (code, len(report["urls"])) == (0, 3), report
    for path in paths:
        assert await whole(pool, stored, path.name) == path.read_bytes()


@pytest.mark.parametrize("parts", [1, 3])
async def test_tuspy_sends_what_it_has_summed_up(
    server: TestServer, api: Api, artist: int, file: Path, settings: Settings, parts: int
) -> None:
    """tuspy knows SHA-1 alone."""

    def send() -> None:
        client: Any = TusClient(endpoint(server), headers=api.sign(artist))
        chunk = -(-SIZE // parts)
        with file.open("rb") as stream:  # by its path, it opens the file again and again, and closes it never
            client.uploader(
                file_stream=stream, chunk_size=chunk, metadata={"filename": "a.png"}, upload_checksum=True
            ).upload()

    await asyncio.to_thread(send)
    assert received(settings) == file.read_bytes()


async def test_tuspy_sends_in_chunks_and_resumes(
    server: TestServer, api: Api, artist: int, file: Path, settings: Settings
) -> None:
    def send() -> None:
        client: Any = TusClient(endpoint(server), headers=api.sign(artist))
        with file.open("rb") as stream:
            first = client.uploader(file_stream=stream, chunk_size=1_000_000, metadata={"filename": "drache ä.png"})
            first.upload_chunk()
            again = client.uploader(file_stream=stream, chunk_size=1_000_000, url=first.url)
            assert again.offset == 1_000_000
            again.upload()

    await asyncio.to_thread(send)
    assert received(settings) == file.read_bytes()
