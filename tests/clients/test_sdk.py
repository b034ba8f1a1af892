"""The Python client (clients/python): it is what the API's document says, and keeps its promises on bad lines."""

import asyncio
import hashlib
import inspect
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from pmd_sdk import AsyncClient, Client, Event, PmdError, apages, awith_etag, models, pages
from pmd_sdk.aio import CHUNK_BYTES, SMALL_BYTES
from pmd_sdk.async_calls import AsyncCalls
from pmd_sdk.calls import Calls
from pmd_sdk.files import part_for

from ..dashboard.types import api_document
from ..hang import HANG_SECONDS
from ..origin import Origin
from ..site import Site
from ..uploads.pictures import picture
from .conftest import Pmd
from .python_sdk import FOLDER, SKIPPED_MEDIA, SKIPPED_METHODS, SKIPPED_TAGS, modules


def test_generated_modules_are_current() -> None:
    for name, text in modules(api_document()).items():
        assert (FOLDER / name).read_text() == text, f"{name}: run make types"


def test_every_operation_is_a_method_of_both_clients() -> None:
    wanted = {
        operation["operationId"].lower()
        for methods in api_document()["paths"].values()
        for method, operation in methods.items()
        if method not in SKIPPED_METHODS and SKIPPED_TAGS.isdisjoint(operation["tags"])
        if SKIPPED_MEDIA.isdisjoint(operation.get("requestBody", {}).get("content", {}))
    }
    for calls in (AsyncCalls, Calls):
        found = {name.replace("_", "") for name, _ in inspect.getmembers(calls, inspect.isfunction)}
        assert wanted <= found, wanted - found
    assert set(dir(AsyncCalls)) == set(dir(Calls))


async def test_synchronous_client_lists_uploads_and_downloads(
    pmd: Pmd, site: Site, artist: int, tmp_path: Path
) -> None:
    await site.add_asset(artist, picture(1), name="one.png")
    assert pmd.key is not None
    key = pmd.key

    def use() -> list[bytes]:
        with Client(pmd.url, key) as client:
            (asset,) = pages(client.get_assets, limit=1)
            client.get_asset_file(asset.id).save(tmp_path / "one.png")
            return [client.get_asset_file(asset.id).read(), (tmp_path / "one.png").read_bytes()]

    assert await asyncio.to_thread(use) == [picture(1)] * 2


async def test_pages_of_changes_end_where_there_are_no_more(site: Site, pmd: Pmd, artist: int) -> None:
    async with AsyncClient(pmd.url, pmd.key) as client:
        begin = await client.get_changes()
        posts = await site.add_posts(artist, 3)
        async with asyncio.timeout(HANG_SECONDS):
            found = apages(client.get_changes, cursor=begin.next_cursor, limit=2)
            assert {each.id async for each in found if each.kind == "post"} == {*posts}


async def test_error_has_the_status_the_code_and_the_services_sentence(pmd: Pmd) -> None:
    async with AsyncClient(pmd.url, pmd.key) as client:
        with pytest.raises(PmdError, match="cannot be found") as error:
            await client.post_action(action="hide", post_ids=[999])
        assert (error.value.status, error.value.code, error.value.faults[0][0]) == (400, "bad-request", "$.post_ids[0]")
        with pytest.raises(PmdError) as error:
            await client.get_pack(999)
        assert (error.value.status, error.value.code) == (404, "not-found")


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    async with Origin() as opened:
        yield opened


@pytest.fixture
async def client(origin: Origin) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(origin.url("/"), "k", retry_seconds=30) as opened:
        yield opened


class Answers:
    """One answer after the other, the last one for ever; what was asked."""

    def __init__(self, *answers: web.StreamResponse | type[Exception]) -> None:
        self._answers = [*answers]
        self.asked: list[web.BaseRequest] = []

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        self.asked.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, web.StreamResponse):
            return answer
        assert request.transport is not None
        request.transport.abort()
        raise answer


ACCEPTED = (
    b'{"id":"5fc748e0-afbd-4b96-bbc1-510fc1adff30","status":"pending","artwork_count":1,'
    b'"created_at":"2026-11-21T03:48:02Z","message":"ok"}'
)


async def test_call_is_repeated_after_retry_after_by_the_services_clock(client: AsyncClient, origin: Origin) -> None:
    """Its dates are compared with its own, as this machine's clock may be off by years."""
    headers = {"Date": "Wed, 25 Nov 2036 10:00:00 GMT", "Retry-After": "Wed, 25 Nov 2036 10:00:01 GMT"}
    answers = Answers(web.Response(status=503, headers=headers), web.json_response({"total_count": 7}))
    origin.on("/api/pmd/posts/count", answers)
    began = asyncio.get_running_loop().time()
    assert (await client.get_count()).total_count == 7
    assert 1 <= asyncio.get_running_loop().time() - began < 25


async def test_call_does_not_wait_for_longer_than_its_patience(client: AsyncClient, origin: Origin) -> None:
    problem = {"detail": "All 8 downloads of today are used.", "type": "urn:pmd:problem:daily-limit"}
    answers = Answers(web.json_response(problem, status=429, headers={"Retry-After": "72717"}))
    origin.on("/api/pmd/bdr", answers)
    with pytest.raises(PmdError, match="All 8 downloads of today") as error:
        await client.post_bdr(post_ids=[1])
    assert (error.value.code, error.value.retry_after, len(answers.asked)) == ("daily-limit", 72717, 1)


async def test_creating_call_is_repeated_with_the_same_key_after_a_cut(client: AsyncClient, origin: Origin) -> None:
    answers = Answers(ConnectionResetError, web.Response(body=ACCEPTED, status=202))
    origin.on("/api/pmd/bdr", answers)
    assert (await client.post_bdr(post_ids=[1])).artwork_count == 1
    first, second = (request.headers["Idempotency-Key"] for request in answers.asked)
    assert first == second


async def test_call_without_a_key_is_not_repeated_after_a_cut(client: AsyncClient, origin: Origin) -> None:
    """It may have arrived."""
    answers = Answers(ConnectionResetError, web.json_response({}))
    origin.on("/api/pmd/license", answers)
    with pytest.raises(PmdError, match="cannot be reached") as error:
        await client.post_license(post_ids=[1], license_id=1)
    assert (error.value.status, error.value.code, len(answers.asked)) == (None, "unreachable", 1)


async def test_any_call_waits_for_a_service_that_is_restarting() -> None:
    """Where no connection was made nothing has arrived, so that even a change without a key is sent again."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    waits: list[str] = []
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        async with AsyncClient(f"http://127.0.0.1:{unused.getsockname()[1]}", "k", on_retry=waits.append) as client:
            call = asyncio.create_task(client.post_license(post_ids=[1], license_id=1))
            while not waits and not call.done():
                await asyncio.sleep(0.01)
            async with await asyncio.start_server(refuse, sock=unused):
                with pytest.raises(PmdError, match="403 Forbidden"):
                    await call


async def test_answer_of_a_newer_service_is_understood(client: AsyncClient, origin: Origin) -> None:
    newer = json.loads(ACCEPTED) | {"status": "waiting for a friend", "mood": "calm"}
    origin.on("/api/pmd/bdr", Answers(web.json_response(newer)))
    assert (await client.post_bdr(post_ids=[1])).status == "waiting for a friend"


async def test_answer_of_something_else_is_a_sentence(client: AsyncClient, origin: Origin) -> None:
    origin.on("/api/pmd/posts", Answers(web.Response(text="<html>It works!</html>")))
    with pytest.raises(PmdError, match="something else than this client expects"):
        await client.get_posts()
    origin.on("/api/pmd/sse", Answers(web.Response(text="<html>Pay for your network first</html>")))
    with pytest.raises(PmdError, match="this is no event stream"):
        await anext(client.get_sse())
    origin.on("/file", Answers(web.Response()))
    with pytest.raises(PmdError, match="this is no answer of tus"):
        await client.send_file("/file", Path(__file__), 9)
    origin.redirects("/api/pmd/packs", "https://makapix.club/api/pmd/packs")
    with pytest.raises(PmdError, match=r"has moved to https://makapix\.club/api/pmd/packs"):
        await client.get_packs()
    origin.on("/api/pmd/tags", Answers(web.json_response({}, headers={"Content-Encoding": "gzip"})))
    with pytest.raises(PmdError, match="something else than this client expects"):
        await client.get_tags()
    origin.on("/api/pmd/posts/count", Answers(web.Response(body=b'{"detail": "\xe9"}', status=400)))
    with pytest.raises(PmdError, match="400 Bad Request"):
        await client.get_count()
    origin.redirects("/api/pmd/packs/1/download", "/api/pmd/packs/1/download")
    with pytest.raises(PmdError, match="redirects in a circle"):
        await client.get_pack_download(1).read()


async def test_file_that_has_arrived_in_part_is_gone_on_with(pmd: Pmd, tmp_path: Path) -> None:
    """Also by who does not know that: after a crash, with the line as it was announced."""
    file = tmp_path / "one.png"
    file.write_bytes(picture(1))
    size, sha256 = file.stat().st_size, hashlib.sha256(file.read_bytes()).hexdigest()
    async with AsyncClient(pmd.url, pmd.key) as client:
        upload = await client.post_upload(files=[models.AnnouncedFile(path="one.png", size_bytes=size, sha256=sha256)])
        url = upload.files[0].url
        assert url is not None
        headers = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
        async with client.opened("PATCH", url, headers=headers, content=file.read_bytes()[:9]):
            pass
        moved: list[int] = []
        assert await client.send_file(url, file, size, progress=moved.append)
        assert sum(moved) == size


@pytest.mark.parametrize("received", [0, 3, 9])
async def test_file_that_has_arrived_is_not_sent(
    client: AsyncClient, origin: Origin, tmp_path: Path, received: int
) -> None:
    """Not even an empty rest: also where it is not known that all of it is there."""
    (tmp_path / "file").write_bytes(b"all of it")

    async def answer(request: web.Request) -> web.Response:
        if request.method == "PATCH" and received:
            return web.Response(status=500)
        status = 409 if request.method == "PATCH" else 200
        return web.Response(status=status, headers={"Upload-Offset": "9"})

    origin.on("/file", answer)
    moved: list[int] = []
    assert await client.send_file("/file", tmp_path / "file", 9, received=received, progress=moved.append)
    assert received + sum(moved) == 9


async def test_progress_of_a_large_file_moves_while_it_is_sent(pmd: Pmd, tmp_path: Path) -> None:
    file = tmp_path / "large.png"
    file.write_bytes(picture(1) + bytes(2 * SMALL_BYTES))
    size, sha256 = file.stat().st_size, hashlib.sha256(file.read_bytes()).hexdigest()
    async with AsyncClient(pmd.url, pmd.key) as client:
        announced = models.AnnouncedFile(path="large.png", size_bytes=size, sha256=sha256)
        url = (await client.post_upload(files=[announced])).files[0].url
        assert url is not None
        moved: list[int] = []
        assert await client.send_file(url, file, size, progress=moved.append)
    assert (sum(moved), max(moved)) == (size, CHUNK_BYTES)


async def test_a_change_of_what_another_has_changed_is_refused(pmd: Pmd) -> None:
    async with AsyncClient(pmd.url, pmd.key) as client:
        made = await client.post_smart_folder(name="Sea", filter=models.SavedFilter(q="sea"))
        folder, etag = await awith_etag(client.get_smart_folder, made.id)
        assert (await client.patch_smart_folder(folder.id, name="Ocean", if_match=etag)).name == "Ocean"
        with pytest.raises(PmdError) as error:
            await client.patch_smart_folder(folder.id, name="Lake", if_match=etag)
        assert (error.value.status, error.value.code) == (412, "changed-since")


async def test_stream_connects_again_after_the_last_event(client: AsyncClient, origin: Origin) -> None:
    first = web.Response(text="retry: 10\n\nid: 4\nevent: x\ndata: 1\n\ndata: half", content_type="text/event-stream")
    second = web.Response(text="id: 5\ndata: 2\n\n", content_type="text/event-stream")
    revoked = web.json_response({"detail": "The key is revoked."}, status=401)
    answers = Answers(first, ConnectionResetError, second, revoked)
    origin.on("/api/pmd/sse", answers)
    found: list[Event] = []
    with pytest.raises(PmdError, match="The key is revoked"):
        async for event in client.get_sse():
            found.append(event)
    assert found == [Event(event="x", data="1", id="4"), Event(event="message", data="2", id="5")]
    assert [request.headers.get("Last-Event-ID") for request in answers.asked] == [None, "4", "4", "5"]


async def test_stream_waits_as_long_as_the_service_asks_for(client: AsyncClient, origin: Origin) -> None:
    """Its limit of streams would be met again and again."""
    first, second = (
        web.Response(text=f"retry: 10\n\ndata: {number}\n\n", content_type="text/event-stream") for number in (1, 2)
    )
    busy = web.json_response({"detail": "Too many streams."}, status=503, headers={"Retry-After": "2"})
    origin.on("/api/pmd/sse", Answers(first, busy, second))
    began = asyncio.get_running_loop().time()
    async for event in client.get_sse():
        if event.data == "2":
            break
    assert asyncio.get_running_loop().time() - began >= 2


async def test_saved_file_goes_on_while_its_version_is_the_same(
    client: AsyncClient, origin: Origin, tmp_path: Path
) -> None:
    data, ranges = bytes(range(256)) * 4000, []
    etag = '"one"'

    async def answer(request: web.Request) -> web.StreamResponse:
        ranges.append((request.headers.get("Range"), request.headers.get("If-Range")))
        goes_on = request.headers.get("If-Range") == etag
        start = request.http_range.start if goes_on and request.http_range.start else 0
        response = web.StreamResponse(status=206 if goes_on else 200, headers={"ETag": etag})
        response.content_length = len(data) - start
        await response.prepare(request)
        await response.write(data[start : start + 400_000])
        if start + 400_000 < len(data):
            assert request.transport is not None
            while sum(moved) <= start:  # until some of it has arrived
                await asyncio.sleep(0.01)
            request.transport.abort()
            raise ConnectionResetError
        return response

    origin.on("/api/pmd/assets/1/file", answer)
    moved: list[int] = []
    assert await client.get_asset_file(1).save(tmp_path / "file", progress=moved.append) == etag
    assert (tmp_path / "file").read_bytes() == data
    assert sum(moved) == len(data)
    assert len(ranges) >= 3
    assert all(each == etag for _, each in ranges[1:])
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    (tmp_path / "file").rename(part_for(tmp_path / "file", etag))  # all has arrived, and it was killed then
    ranges.clear()
    assert await client.get_asset_file(1).save(tmp_path / "file") == etag
    assert ((tmp_path / "file").read_bytes(), ranges) == (data, [(f"bytes={len(data) - 1}-", etag)])


async def test_a_hurried_call_ends_where_the_service_is_silent(client: AsyncClient, origin: Origin) -> None:
    """Its patience was the client's own: a minute of silence, and as long again of repeating."""
    asked: list[web.BaseRequest] = []
    end = asyncio.Event()

    async def hang(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(request)
        await end.wait()
        return web.json_response({"total_count": 7})

    origin.on("/api/pmd/posts/count", hang)
    with pytest.raises(PmdError, match="cannot be reached") as error:
        await client.within(0.2).get_count()
    assert (error.value.status, error.value.code) == (None, "unreachable")
    assert len(asked) == 1, "not again, after that time"
    asyncio.get_running_loop().call_later(0.5, end.set)
    assert (await client.get_count()).total_count == 7, "the others have their own patience"
