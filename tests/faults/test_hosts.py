"""Several hosts that share Postgres, Valkey and an object store, and no folder: each in a namespace of its own."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
from yarl import URL

from pmd_service.base.settings import Settings
from pmd_service.demo.object_store import ObjectStore
from pmd_service.demo.stack import Stack

from ..hang import HANG_SECONDS
from ..s3 import proxied
from ..site import Site
from ..uploads.sender import Sender, announced
from .conftest import Ward
from .hosts import Host, Hosts


@pytest.fixture
def vault_kind() -> str:
    return "s3"


@pytest.fixture
async def shared(settings: Settings, stack: Stack, object_store: ObjectStore, hosts: Hosts) -> AsyncIterator[Settings]:
    """The settings of all hosts: the stores as they are reached over the bridge."""
    assert settings.vault_url is not None
    assert stack.valkey is not None
    async with (
        proxied(object_store.port, hosts.listen()) as store,
        proxied(stack.valkey.port, hosts.listen()) as valkey,
    ):
        yield msgspec.structs.replace(
            settings,
            vault_url=object_store.vault_url(URL(settings.vault_url).path.strip("/"), endpoint=store.endpoint),
            vault_direct="on",
            redis_url=f"redis://{valkey.address}:{valkey.port}/0",
        )


async def test_request_build_and_download_at_three_hosts(
    site: Site, shared: Settings, hosts: Hosts, tmp_path: Path, ward: Ward
) -> None:
    first, second, third = [Host(hosts, letter, shared, tmp_path) for letter in "abc"]
    artist = await site.add_user()
    posts = await site.add_posts(artist, 5)
    try:
        await asyncio.gather(first.serve(), third.serve())
        async with AsyncExitStack() as open_apis:
            at_first, at_third = [await open_apis.enter_async_context(host.api) for host in (first, third)]
            location = (await at_first.post("/api/pmd/bdr", {"post_ids": posts}, user=artist)).headers["Location"]
            second.work()
            await ward.all_ended()
            fetched = await at_third.get(f"{location}/download", user=artist)
            assert fetched.status == 200
            assert fetched.body.startswith(b"PK")

            data = os.urandom(1_500_000)
            url = await _announced(Sender(at_first, artist), data)
            assert (await Sender(at_first, artist).patch(url, data[:700_000])).status == 204
            first.kill()
            elsewhere = Sender(at_third, artist)
            head = await elsewhere.head(url)
            assert head.headers["Upload-Offset"] == "700000", "what was acknowledged is in the store"
            assert (await elsewhere.patch(url, data[700_000:], 700_000)).status == 204
        await ward.check_invariants()
    finally:
        for host in (first, second, third):
            host.kill()


async def _announced(sender: Sender, data: bytes) -> str:
    address: str = (await sender.announce(announced("red.png", data))).json["files"][0]["url"]
    return address


async def test_host_killed_during_a_build_loses_nothing(
    site: Site, shared: Settings, hosts: Hosts, tmp_path: Path, ward: Ward
) -> None:
    doomed, other = [Host(hosts, letter, shared, tmp_path) for letter in "ab"]
    artist = await site.add_user()
    posts = [await site.add_post(artist, data=b"x" * 9_000_000) for _ in range(2)]
    try:
        await other.serve()
        async with other.api as api:
            location = (await api.post("/api/pmd/bdr", {"post_ids": posts}, user=artist)).headers["Location"]
            worker = doomed.start("tests.faults.doomed_worker", "artwork written", "kill")
            await asyncio.to_thread(worker.join, HANG_SECONDS)
            doomed.kill()
            await ward.end_leases()
            other.work()
            await ward.sweep_until_ended()
            item: dict[str, Any] = (await api.get(location, user=artist)).json
            assert (item["status"], item["missing_count"]) == ("ready", 0)
            assert (await api.get(f"{location}/download", user=artist)).status == 200
        await ward.check_invariants()
    finally:
        for host in (doomed, other):
            host.kill()
