"""What is the same for everybody is made once, and what operators ask is found out once for all who ask."""

import asyncio
import gzip
from contextlib import AsyncExitStack
from types import SimpleNamespace

import pytest
from aiohttp.test_utils import TestServer

from pmd_service.base.database import POOL
from pmd_service.http import ready_made
from pmd_service.http.ready_made import Refreshed
from pmd_service.vault import VAULT

from ..hang import HANG_SECONDS
from ..plans import statements_of
from ..site import Api

STATIC = ("/api/license", "/api/openapi.json")


async def test_a_static_response_is_made_once_without_a_query(api: Api, server: TestServer) -> None:
    first = {path: await api.call("GET", path) for path in STATIC}
    async with statements_of(server.app[POOL]) as sent:
        for path in STATIC:
            again = await api.call("GET", path)
            assert (again.body, again.headers["ETag"]) == (first[path].body, first[path].headers["ETag"])
            known = await api.call("GET", path, headers={"If-None-Match": again.headers["ETag"]})
            assert (known.status, known.body, known.headers["ETag"]) == (304, b"", again.headers["ETag"])
            other = await api.call("GET", path, headers={"If-None-Match": 'W/"another"'})
            assert (other.status, other.body) == (200, again.body)
    assert sent == []


async def test_a_static_answer_goes_out_in_the_form_that_its_reader_takes(api: Api) -> None:
    async with api.session.get("/api/openapi.json", headers={"Accept-Encoding": "identity"}) as plain:
        whole = await plain.read()
        assert "Content-Encoding" not in plain.headers
    async with api.session.get(
        "/api/openapi.json", headers={"Accept-Encoding": "gzip"}, auto_decompress=False
    ) as smaller:
        assert smaller.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(await smaller.read()) == whole
        assert "Accept-Encoding" in smaller.headers["Vary"]


async def test_a_server_whose_connections_are_all_taken_is_ready(api: Api, server: TestServer) -> None:
    pool = server.app[POOL]
    async with asyncio.timeout(HANG_SECONDS), AsyncExitStack() as held:
        for _ in range(pool.get_max_size()):
            await held.enter_async_context(pool.acquire())
        assert (await api.call("GET", "/readyz")).status == 200


async def test_concurrent_requests_compute_a_cached_value_once(
    api: Api, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    async def check() -> None:
        asked.append(1)

    monkeypatch.setattr(server.app[VAULT], "check", check)
    monkeypatch.setattr(ready_made, "time", SimpleNamespace(monotonic=lambda: 5.0))
    answers = await asyncio.gather(*(api.call("GET", "/readyz") for _ in range(30)))
    assert {answer.status for answer in answers} == {200}
    assert len(asked) == 1


async def test_a_stale_or_failed_value_is_computed_again_after_a_cancel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, found, begun, go = 100.0, [], asyncio.Event(), asyncio.Event()
    monkeypatch.setattr(ready_made, "time", SimpleNamespace(monotonic=lambda: now))

    async def find_out() -> int:
        found.append(1)
        begun.set()
        await go.wait()
        if len(found) == 2:
            raise OSError("away")
        return len(found)

    kept = Refreshed(find_out, seconds=1)
    gone, stays = (asyncio.create_task(kept.get()) for _ in range(2))
    await begun.wait()
    gone.cancel()
    go.set()
    assert await stays == 1
    now = 100.9
    assert await kept.get() == 1
    now = 101.0
    with pytest.raises(OSError, match="away"):
        await kept.get()
    assert await kept.get() == 3
