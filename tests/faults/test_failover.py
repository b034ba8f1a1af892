"""Postgres' primary is killed, and its standby promoted: the service goes on there by itself.

That nothing is lost by synchronous replication, test_cluster.py shows.
"""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pmd_service.base import hosts
from pmd_service.base.hosts import NoPrimaryError, connect, find_primary
from pmd_service.base.settings import Settings
from pmd_service.demo.stack import Stack
from pmd_service.jobs import KINDS
from pmd_service.ops import vault_check
from pmd_service.ops.doctor import diagnose, standbys
from pmd_service.ops.vault_check import Check
from pmd_service.webhooks.feed import feed_webhooks
from pmd_service.work.context import WorkerContext
from pmd_service.work.sweep import take_over

from ..conftest import Serve
from ..databases import connected
from ..events.sse import opened
from ..hang import HANG_SECONDS
from ..nodes import Pair, nodes_folder, paired
from ..site import Api, Site
from ..uploads.pictures import picture
from ..uploads.sender import Sender, announced
from .conftest import Crew, Ward

pytestmark = pytest.mark.own_tables


@pytest.fixture
async def pair(migrated_data: Path, stack: Stack) -> AsyncIterator[Pair]:
    with nodes_folder(stack) as folder:
        async with paired(migrated_data, folder, stack) as opened_pair:
            yield opened_pair


@pytest.fixture
def site_url(pair: Pair) -> str:
    return pair.url


async def all_done(ward: Ward) -> None:
    """Do what half a minute of silence and the sweep would, until no work is left."""
    await ward.end_leases()
    for kind in KINDS:
        await take_over(ward.pool, kind)
    async with asyncio.timeout(HANG_SECONDS):
        while await ward.pool.fetchval("SELECT EXISTS (SELECT FROM work WHERE state <> 'failed')"):
            await ward.sweep()
            await asyncio.sleep(0.2)


async def until_served(api: Api, user: int) -> None:
    async with asyncio.timeout(HANG_SECONDS):
        while (await api.get("/api/pmd/bdr", user=user)).status == 503:
            await asyncio.sleep(0.05)


async def test_asynchronous_failover_loses_the_last_moments_and_no_more(
    pair: Pair, site: Site, artist: int, serve: Serve, settings: Settings, crew: Crew, ward: Ward,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(vault_check, "YOUNG_SECONDS", -60.0)
    posts = await site.add_posts(artist, 2)
    for queue in ("WorkerSettings", "MediaSettings"):
        await crew.hire(queue).until_logged("worker_started")
    server = await serve(settings)
    async with Api(server.make_url("/"), settings) as api, opened(api, artist) as stream:
        await stream.until("connected")

        async def request(key: str) -> str:
            answer = await api.post("/api/pmd/bdr", {"post_ids": posts}, user=artist, headers={"Idempotency-Key": key})
            assert answer.status == 202, answer
            return str(answer.headers["Location"])

        async def found(location: str) -> Any:
            return (await api.get(location, user=artist)).json.get("status")

        kept = await request("kept")
        sender, data = Sender(api, artist), picture(1)
        url = (await sender.announce(announced("half.png", data))).json["files"][0]["url"]
        assert (await sender.patch(url, data[:20])).status == 204
        await all_done(ward)
        await pair.until_equal()
        await pair.between.fail("hang")

        lost = await request("lost")
        assert (await sender.patch(url, data[20:40], 20)).status == 204
        await ward.all_ended()
        assert (await found(kept), await found(lost)) == ("ready", "ready")
        cursor = (await api.get("/api/pmd/changes", user=artist)).json["next_cursor"]
        # Without a checkpoint, the new primary's control file has the old timeline.
        pair.second.send(signal.SIGSTOP, "checkpointer")
        await pair.fail_over()

        await until_served(api, artist)
        assert (await found(kept), (await api.get(lost, user=artist)).status) == ("ready", 404)
        # Transactions are counted again: a cursor that has seen lost ones would pass over new ones.
        await site.pool.execute("DO 'BEGIN FOR i IN 1..500 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END'")
        assert (await api.get(f"/api/pmd/changes?cursor={cursor}", user=artist)).status == 410
        pair.second.send(signal.SIGCONT, "checkpointer")
        async with connected(pair.second.url()) as connection:
            check = Check(connection, ward.pool, ward.vault, scrub_days=30, report=lambda _: None)
            result = await check.run(repair=False, read=True)
        assert (result.lost, result.other_bytes, result.orphaned) == (0, 0, 1), "the archive that no row names"
        # Clients repeat what they do not find.
        again = await request("lost")
        at = int((await sender.head(url)).headers["Upload-Offset"])
        assert (await sender.patch(url, data[at:], at)).status == 204
        await all_done(ward)
        assert (again != lost, await found(again)) == (True, "ready")
        # The stream was open before; its listening connection is one to the new primary.
        while (await stream.until_status("ready")).data["id"] != again.rpartition("/")[2]:
            pass
        assert await site.pool.fetchval("SELECT count(*) FROM asset") == 1
    assert all(worker.process.is_alive() for worker in crew.workers)


async def test_webhook_events_before_a_failover_are_sent_after_it(
    pair: Pair, site: Site, artist: int, serve: Serve, settings: Settings, worker: WorkerContext
) -> None:
    post = await site.add_post(artist)
    server = await serve(msgspec.structs.replace(settings, user_webhooks="anywhere"))
    async with Api(server.make_url("/"), settings) as api:
        webhook = {"url": "http://127.0.0.1:1/", "events": ["post.hidden"]}
        assert (await api.post("/api/pmd/webhooks", webhook, user=artist)).status == 201
        assert (await api.post("/api/pmd/action", {"action": "hide", "post_ids": [post]}, user=artist)).status == 200
        await pair.until_equal()
        await pair.fail_over()
        await until_served(api, artist)
    async with connected(pair.second.url()) as connection:
        await connection.execute("CHECKPOINT")
    await site.pool.expire_connections()
    await feed_webhooks(worker)
    assert await site.pool.fetchval("SELECT array_agg(event) FROM webhook_deliveries") == ["post.hidden"]


async def found_by_doctor(settings: Settings, name: str) -> str:
    (finding,) = [each for each in await diagnose(settings) if each.name == name]
    return finding.detail


async def test_doctor_names_hosts_without_a_primary(pair: Pair, settings: Settings) -> None:
    await asyncio.to_thread(pair.first.kill)
    detail = await found_by_doctor(settings, "postgres")
    assert f"127.0.0.1:{pair.second.port} is a standby, 127.0.0.1:{pair.first.port} fails" in detail


async def test_doctor_names_what_ails_a_standby(
    pair: Pair, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = f"127.0.0.1:{pair.second.port}"
    assert await found_by_doctor(settings, "standbys") == f"127.0.0.1:{pair.first.port} is the primary; others follow."
    await pair.between.fail("hang")
    monkeypatch.setattr(standbys, "LATE_BYTES", 1 << 20)
    async with connected(pair.first.url()) as connection:
        await connection.execute("SELECT pg_logical_emit_message(false, '', repeat('x', 3 << 20))")
    late = await found_by_doctor(settings, "standbys")
    assert late == f"{place} is 3 MiB of WAL behind: if it is promoted, these are lost."
    await asyncio.to_thread(pair.second.kill)
    away = await found_by_doctor(settings, "standbys")
    assert away.startswith(f"{place} cannot be promoted: Postgres cannot be reached at {place}: ")


async def test_replaced_primary_that_comes_back_is_used_by_nobody(
    pair: Pair, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a supervisor starts it again: both can be written now."""
    await pair.fail_over()
    await asyncio.to_thread(pair.first.start)
    first, second = f"127.0.0.1:{pair.first.port}", f"127.0.0.1:{pair.second.port}"
    monkeypatch.setattr(hosts, "_latest", {})  # a process that starts now
    for url in (pair.url, pair.url.replace(f"{second},{first}", f"{first},{second}")):
        assert await find_primary(url) == pair.second.url()
    two = await found_by_doctor(settings, "standbys")
    assert two == f"{first} is a primary, too: another one was promoted in its place. End it, or make it a standby."
    # It is not used by those either who have met its successor, should they see it alone.
    await asyncio.to_thread(pair.second.kill)
    with pytest.raises(NoPrimaryError, match=f"{first} was replaced by a later primary"):
        await connect(pair.url)
