"""A store that accepts and does not answer: requests for it fail in time, and no others wait (SPEC 13)."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from pmd_service.base.settings import Settings
from pmd_service.ops.doctor import diagnose

from ..conftest import Serve, WorkOff
from ..hang import HANG_SECONDS
from ..s3 import Fault, Proxy
from ..site import Answer, Api, Site
from ..uploads.sender import Sender, announced
from .conftest import Crew, Ward

FAULTS: list[Fault] = ["hang", "drip"]
DATA = b"x" * 3000
PICTURE = b"\x89PNG\r\n\x1a\n" + b"x" * 1000
MANY = 40  # more than one user's requests have turns


@pytest.fixture
def vault_kind() -> str:
    return "s3"


def patient_for(settings: Settings, seconds: int) -> Settings:
    return msgspec.structs.replace(settings, vault_url=f"{settings.vault_url}&timeout={seconds}")


@pytest.fixture
def hasty(through_proxy: Settings) -> Settings:
    """A service that waits a second for its store, and meets it only when it is silent."""
    return patient_for(through_proxy, 1)


@pytest.fixture
async def posts(site: Site, artist: int) -> list[int]:
    return [await site.add_post(artist, data=PICTURE) for _ in range(3)]


@pytest.fixture
async def ready(api: Api, artist: int, posts: list[int], work_off: WorkOff) -> str:
    """A request whose archive is there."""
    answer = await api.post("/api/pmd/bdr", {"post_ids": posts}, user=artist)
    await work_off()
    return str(answer.headers["Location"])


@pytest.fixture
async def begun(api: Api, artist: int) -> str:
    """An upload of which a third is there."""
    sender = Sender(api, artist)
    url: str = (await sender.announce(announced("red.png", DATA))).json["files"][0]["url"]
    await sender.patch(url, DATA[:1000])
    return url


@pytest.fixture
async def silent(serve: Serve, hasty: Settings, proxy: Proxy) -> AsyncIterator[Api]:
    """A server beside the first one, whose store does not answer it."""
    server = await serve(hasty)
    async with Api(server.make_url("/"), hasty) as opened:
        yield opened


def is_later(answer: Answer) -> bool:
    return answer.status == 503 and answer.headers.get("Retry-After") == "5"


@pytest.mark.parametrize("fault", FAULTS)
async def test_silent_store_answers_503_and_marks_nothing_missing(
    api: Api, silent: Api, proxy: Proxy, artist: int, posts: list[int], ready: str, begun: str, fault: Fault
) -> None:
    await proxy.fail(fault)
    for method, path in (
        ("GET", f"{ready}/download"),
        ("HEAD", f"{ready}/download"),
        ("POST", f"{ready}/retry"),
        ("GET", f"/api/pmd/posts/{posts[0]}/art"),
    ):
        answer = await silent.call(method, path, user=artist)
        assert is_later(answer), (method, path, answer)
    sender = Sender(silent, artist)
    assert is_later(await sender.head(begun))
    assert is_later(await sender.patch(begun, DATA[1000:], 1000))
    assert (await silent.get(ready, user=artist)).json["status"] == "ready"
    checks = (await silent.call("GET", "/readyz")).json["checks"]
    assert [name for name, well in checks.items() if well != "ok"] == ["vault"]
    # The other server, whose store answers, goes on where this one could not.
    assert (await api.get(f"{ready}/download", user=artist)).status == 200
    assert (await Sender(api, artist).head(begun)).headers["Upload-Offset"] == "1000"
    assert (await Sender(api, artist).patch(begun, DATA[1000:], 1000)).status == 204


async def test_silent_store_gets_no_redirects(
    serve: Serve, hasty: Settings, proxy: Proxy, artist: int, ready: str
) -> None:
    settings = msgspec.structs.replace(hasty, vault_direct="on")
    await proxy.fail("hang")
    server = await serve(settings)
    async with Api(server.make_url("/"), settings) as api:
        answer = await api.get(f"{ready}/download", user=artist, allow_redirects=False)
    assert is_later(answer)


async def test_doctor_reports_a_silent_store(hasty: Settings, proxy: Proxy) -> None:
    await proxy.fail("hang")
    (vault,) = [finding for finding in await diagnose(hasty) if finding.name == "vault"]
    assert (vault.is_well, vault.detail) == (False, "The object store does not answer: TimeoutError.")


async def test_silent_store_is_probed_once_and_others_fail_at_once(
    silent: Api, proxy: Proxy, artist: int, posts: list[int]
) -> None:
    await proxy.fail("hang")
    path = f"/api/pmd/posts/{posts[0]}/art"
    answers = await asyncio.gather(*(silent.get(path, user=artist) for _ in range(MANY)))
    assert all(is_later(answer) for answer in answers)
    assert proxy.accepted < MANY / 2, "each would have waited its own second, four at a time"
    await proxy.fail("none")
    # The last request may still have met the silence.
    async with asyncio.timeout(HANG_SECONDS):
        while (await silent.get(path, user=artist)).status != 200:
            pass


async def test_silent_store_delays_no_request_that_does_not_need_it(
    serve: Serve, through_proxy: Settings, proxy: Proxy, site: Site, artist: int, ready: str, begun: str
) -> None:
    await proxy.fail("hang")
    settings = patient_for(through_proxy, 99)
    server = await serve(settings)
    async with Api(server.make_url("/"), settings) as api:
        sender = Sender(api, artist)
        waiting = [
            *(asyncio.create_task(api.get(f"{ready}/download", user=artist)) for _ in range(MANY)),
            *(asyncio.create_task(sender.patch(begun, DATA[1000:], 1000)) for _ in range(3)),
        ]
        async with asyncio.timeout(HANG_SECONDS):
            while not proxy.accepted:
                await asyncio.sleep(0.01)
        other = await site.add_user("other")
        theirs = await site.add_post(other)
        for _ in range(5):
            assert (await api.get("/api/pmd/posts", user=other)).status == 200
            assert (await api.get("/api/pmd/bdr", user=other)).status == 200
        assert (await api.post("/api/pmd/bdr", {"post_ids": [theirs]}, user=other)).status == 202
        assert (await api.call("GET", "/healthz")).status == 200
        assert not any(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_silent_store_build_is_retried_without_missing_artworks(
    api: Api, hasty: Settings, proxy: Proxy, site: Site, artist: int, posts: list[int], crew: Crew, ward: Ward
) -> None:
    location = (await api.post("/api/pmd/bdr", {"post_ids": posts}, user=artist)).headers["Location"]
    await proxy.fail("hang")
    worker = crew.hire(vault_url=hasty.vault_url)
    await worker.until_logged("breaker_opened")
    await worker.until_logged("bdr_retry")
    row = await site.pool.fetchrow("SELECT missing, faults FROM batch_download_requests, work")
    assert row is not None
    assert (row["missing"], row["faults"]) == ([], 0)
    crew.dismiss()
    crew.hire()
    await ward.sweep_until_ended()
    item = (await api.get(location, user=artist)).json
    assert (item["status"], item["missing_count"]) == ("ready", 0)
    await ward.check_invariants()
