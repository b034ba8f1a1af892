"""The vault's store refuses, breaks off or is away: faults that pass, and never “missing” (SPEC 13)."""

import asyncio
import signal
from typing import Any

import aiohttp
import pytest
from aiobotocore.client import AioBaseClient
from botocore.exceptions import ClientError

from pmd_service.base.settings import Settings
from pmd_service.ops.doctor import diagnose
from pmd_service.vault.s3_store import S3Store

from ..conftest import Serve, WorkOff
from ..s3 import Fault, Proxy
from ..site import Api, Site
from ..uploads.sender import Sender, announced
from .conftest import Crew, Ward
from .test_workers import request_download, row_of


@pytest.fixture
def vault_kind() -> str:
    return "s3"


async def add_request(site: Site, api: Api, artist: int, data: bytes = b"pixels") -> str:
    posts = [await site.add_post(artist, data=data) for _ in range(3)]
    answer = await api.post("/api/pmd/bdr", {"post_ids": posts}, user=artist)
    return str(answer.headers["Location"])


@pytest.mark.parametrize("fault", ["away", "500", "503", "skewed", "expired"])
async def test_unavailable_store_is_503_and_loses_nothing(
    site: Site, serve: Serve, through_proxy: Settings, proxy: Proxy, artist: int, work_off: WorkOff, fault: Fault
) -> None:
    server = await serve(through_proxy)
    async with Api(server.make_url("/"), through_proxy) as api:
        location = await add_request(site, api, artist)
        await work_off()
        await proxy.fail(fault)
        for method, path in (("GET", "/download"), ("HEAD", "/download"), ("POST", "/retry")):
            answer = await api.call(method, location + path, user=artist)
            assert (answer.status, answer.headers["Retry-After"]) == (503, "5"), (method, path)
        assert (await api.get(location, user=artist)).json["status"] == "ready"
        ready = await api.call("GET", "/readyz")
        assert (ready.status, ready.json["checks"]["vault"]) == (200, "failing")
        await proxy.fail("none")
        assert (await api.get(f"{location}/download", user=artist)).status == 200


@pytest.mark.parametrize("fault", ["away", "skewed", "expired"])
async def test_store_outage_spends_no_retry_and_builds_continue_afterwards(
    site: Site, api: Api, through_proxy: Settings, proxy: Proxy, crew: Crew, ward: Ward, fault: Fault
) -> None:
    """Each attempt spent a retry: what waited longer than a minute and a half for its store had failed, for good."""
    artists = [await site.add_user(f"artist{number}") for number in range(6)]
    locations = [await add_request(site, api, artist) for artist in artists]
    await proxy.fail(fault)
    worker = crew.hire(vault_url=through_proxy.vault_url)
    await worker.until_logged("breaker_opened")
    await asyncio.sleep(2)  # some probes more
    rows = await site.pool.fetch(
        """SELECT missing, faults, work.attempt
             FROM batch_download_requests AS request JOIN work ON subject = request.id::text"""
    )
    assert {(row["missing"] == [], row["faults"]) for row in rows} == {(True, 0)}
    assert sum(row["attempt"] for row in rows) <= len(artists), "no row is tried meanwhile"
    await proxy.fail("none")
    await ward.all_ended()
    for artist, location in zip(artists, locations, strict=True):
        item = (await api.get(location, user=artist)).json
        assert (item["status"], item["missing_count"]) == ("ready", 0)
    await ward.check_invariants()


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("skewed", "RequestTimeTooSkewed. This host's clock is wrong: run NTP."),
        ("expired", "ExpiredToken. The credentials have expired: renew them; what is in no file takes a restart."),
    ],
)
async def test_doctor_says_why_a_store_refuses_everything(
    through_proxy: Settings, proxy: Proxy, fault: Fault, reason: str
) -> None:
    await proxy.fail(fault)
    (vault,) = [finding for finding in await diagnose(through_proxy) if finding.name == "vault"]
    assert (vault.is_well, vault.detail) == (False, f"The object store refuses ListObjectsV2: {reason}")


async def test_full_bucket_is_507_and_uploads_resume(api: Api, artist: int, monkeypatch: pytest.MonkeyPatch) -> None:
    call = AioBaseClient._make_api_call

    async def refuse(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        if operation == "PutObject":
            answer = {"Error": {"Code": "QuotaExceeded"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
            raise ClientError(answer, operation)
        return await call(client, operation, parameters)

    sender, data = Sender(api, artist), b"x" * 3000
    url = (await sender.announce(announced("red.png", data))).json["files"][0]["url"]
    form = aiohttp.FormData()
    form.add_field("files[]", data, filename="red.png")
    with monkeypatch.context() as full:
        full.setattr(AioBaseClient, "_make_api_call", refuse)
        for refused in (
            await sender.patch(url, data),
            await api.call("POST", "/api/pmd/uploads/form", user=artist, data=form),
        ):
            assert (refused.status, refused.headers["Retry-After"]) == (507, "600")
        assert (await sender.head(url)).headers["Upload-Offset"] == "0"
    assert (await sender.patch(url, data)).status == 204


async def test_store_failure_during_a_build_costs_one_attempt(
    site: Site, api: Api, through_proxy: Settings, proxy: Proxy, artist: int, crew: Crew, ward: Ward
) -> None:
    location = await add_request(site, api, artist, data=b"x" * 6_000_000)
    await proxy.fail("cut")
    worker = crew.hire(vault_url=through_proxy.vault_url)
    await worker.until_logged("bdr_retry")
    await proxy.fail("none")
    await ward.sweep_until_ended()
    assert (await api.get(location, user=artist)).json["missing_count"] == 0
    await ward.check_invariants()


async def test_interrupted_download_is_resumed(
    site: Site, serve: Serve, through_proxy: Settings, proxy: Proxy, artist: int, work_off: WorkOff
) -> None:
    server = await serve(through_proxy)
    async with Api(server.make_url("/"), through_proxy) as api:
        location = await add_request(site, api, artist, data=b"x" * 3_000_000)
        await work_off()
        whole = await api.get(f"{location}/download", user=artist)
        await proxy.fail("cut")
        proxy.cut_after = 1_000_000  # of one answer: each artwork is requested by itself
        received = b""
        with pytest.raises(aiohttp.ClientError):
            async with api.session.get(f"{location}/download", headers=api.sign(artist)) as response:
                async for chunk in response.content.iter_any():
                    received += chunk
        assert 0 < len(received) < len(whole.body), "a reader must notice that there is more to come"
        await proxy.fail("none")
        rest = {"Range": f"bytes={len(received)}-", "If-Range": whole.headers["ETag"]}
        answer = await api.get(f"{location}/download", user=artist, headers=rest)
        assert (answer.status, received + answer.body) == (206, whole.body)


async def test_multipart_uploads_of_a_killed_worker_are_aborted(
    site: Site, api: Api, artist: int, crew: Crew, ward: Ward
) -> None:
    await add_request(site, api, artist, data=b"x" * 12_000_000)
    killed = crew.doom("artwork written", "kill")
    assert await killed.ended() == -signal.SIGKILL
    await ward.end_leases()
    await ward.sweep()
    crew.hire()
    await ward.all_ended()
    await ward.check_invariants()
    assert isinstance(site.stored.store, S3Store)
    assert list(await site.stored.store.uploads("")) == []


@pytest.mark.parametrize("step", ["artwork written", "publishing"])
async def test_two_workers_and_a_frozen_one_build_one_correct_archive(
    site: Site, api: Api, crew: Crew, ward: Ward, step: str
) -> None:
    bdr_id = await request_download(site, api)
    zombie = crew.doom(step, "freeze")
    await zombie.frozen()
    await ward.end_leases()
    for _ in range(2):
        crew.hire()
    await ward.sweep_until_ended()
    before = await row_of(site, bdr_id)
    async with site.stored.local(str(before["file_path"])) as archive:
        published = archive.read_bytes()
    zombie.send(signal.SIGCONT)
    await zombie.until_logged("bdr_lease_lost")
    assert await row_of(site, bdr_id) == before
    async with site.stored.local(str(before["file_path"])) as archive:
        assert archive.read_bytes() == published
    await asyncio.gather(*(ward.sweep() for _ in range(2)))
    await ward.check_invariants()


@pytest.mark.parametrize("vault_kind", ["files"])
async def test_unmounted_vault_is_503_and_loses_nothing(site: Site, api: Api, artist: int, work_off: WorkOff) -> None:
    location = await add_request(site, api, artist)
    await work_off()
    away = site.vault.with_name("away")
    site.vault.rename(away)
    for method in ("GET", "HEAD"):
        answer = await api.call(method, f"{location}/download", user=artist)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    away.rename(site.vault)
    assert (await api.get(f"{location}/download", user=artist)).status == 200
