"""Workers that are killed, frozen, doubled and stopped (SPEC section 10)."""

import asyncio
import signal
from uuid import UUID

import pytest

from pmd_service.work.queue import Queue

from ..conftest import WorkOff
from ..site import Api, Site
from .conftest import Crew, Ward
from .doomed_worker import MAILED, STEPS


async def request_download(site: Site, api: Api, artworks: int = 3, *, send_email: bool = False) -> UUID:
    artist = await site.add_user()
    body = {"post_ids": await site.add_posts(artist, artworks), "send_email": send_email}
    accepted = await api.post("/api/pmd/bdr", body, user=artist)
    return UUID(accepted.json["id"])


async def row_of(site: Site, bdr_id: UUID) -> dict[str, object]:
    row = await site.pool.fetchrow("SELECT * FROM batch_download_requests WHERE id = $1", bdr_id)
    assert row is not None
    return dict(row)


@pytest.mark.parametrize("step", STEPS)
async def test_worker_killed_at_any_step_loses_nothing(
    site: Site, api: Api, crew: Crew, ward: Ward, work_off: WorkOff, step: str
) -> None:
    bdr_id = await request_download(site, api, send_email=step in MAILED)
    killed = crew.doom(step, "kill")
    assert await killed.ended() == -signal.SIGKILL
    await ward.end_leases()
    await ward.sweep()
    await work_off()
    row = await row_of(site, bdr_id)
    assert row["status"] == "ready"
    assert row["attempt"] == (1 if step in ("claiming", "published") else 2)
    await ward.check_invariants()


@pytest.mark.parametrize("step", ["claimed", "artwork written", "archive sealed", "publishing"])
async def test_worker_frozen_past_its_lease_publishes_nothing(
    site: Site, api: Api, crew: Crew, ward: Ward, step: str
) -> None:
    bdr_id = await request_download(site, api)
    zombie = crew.doom(step, "freeze")
    await zombie.frozen()
    await ward.end_leases()
    await ward.sweep()
    crew.hire()
    await ward.all_ended()
    before = await row_of(site, bdr_id)
    archive = site.vault / str(before["file_path"])
    published = (archive.stat().st_ino, archive.read_bytes())
    zombie.send(signal.SIGCONT)
    await zombie.until_logged("bdr_lease_lost")
    assert await row_of(site, bdr_id) == before
    assert (archive.stat().st_ino, archive.read_bytes()) == published
    await ward.check_invariants()


async def test_worker_frozen_while_locking_its_row_publishes_afterwards(
    site: Site, api: Api, crew: Crew, ward: Ward
) -> None:
    """Between the guarded UPDATE and the commit no other can take the request over: the row is locked."""
    bdr_id = await request_download(site, api, send_email=True)
    sleeper = crew.doom("row marked", "freeze")
    await sleeper.frozen()
    taking_over = asyncio.create_task(ward.sweep())
    sleeper.send(signal.SIGCONT)
    await ward.all_ended()
    await taking_over
    assert (await row_of(site, bdr_id))["attempt"] == 1
    await ward.check_invariants()


async def test_doubled_tickets_build_a_request_once(site: Site, api: Api, crew: Crew, ward: Ward) -> None:
    bdr_id = await request_download(site, api)
    await ward.queues.put(Queue.DOWNLOADS, 5)
    for _ in range(2):
        crew.hire()
    await ward.all_ended()
    row = await row_of(site, bdr_id)
    assert (row["status"], row["attempt"]) == ("ready", 1)
    await ward.check_invariants()


async def test_two_workers_build_each_request_once(site: Site, api: Api, crew: Crew, ward: Ward) -> None:
    requested = [await request_download(site, api) for _ in range(12)]
    for _ in range(2):
        crew.hire()
    await ward.all_ended()
    for bdr_id in requested:
        row = await row_of(site, bdr_id)
        assert (row["status"], row["attempt"]) == ("ready", 1)
    await ward.check_invariants()


async def test_stopping_worker_ends_its_build_or_hands_it_over(site: Site, api: Api, crew: Crew, ward: Ward) -> None:
    bdr_id = await request_download(site, api)
    stopped = crew.doom("artwork written", "freeze")
    await stopped.frozen()
    stopped.send(signal.SIGTERM)
    stopped.send(signal.SIGCONT)
    await stopped.ended()
    row = await row_of(site, bdr_id)
    assert row["status"] in ("ready", "pending"), "it did not keep the lease for a dead worker"
    crew.hire()
    await ward.sweep()
    await ward.all_ended()
    assert (await row_of(site, bdr_id))["status"] == "ready"
    await ward.check_invariants()


async def test_cancelling_stops_a_running_build(site: Site, api: Api, crew: Crew, ward: Ward) -> None:
    bdr_id = await request_download(site, api)
    artist = await site.pool.fetchval("SELECT user_id FROM batch_download_requests")
    worker = crew.doom("artwork written", "freeze")
    await worker.frozen()
    cancelled = await api.call("POST", f"/api/pmd/bdr/{bdr_id}/cancel", user=artist)
    assert cancelled.status == 200, cancelled
    worker.send(signal.SIGCONT)
    await worker.until_logged("bdr_lease_lost")
    row = await row_of(site, bdr_id)
    assert (row["status"], row["error_message"]) == ("failed", "Cancelled by you")
    await ward.check_invariants()
