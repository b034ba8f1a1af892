"""The scrub is shared: each file is read by one worker a round, and by another if that one is killed or frozen."""

import asyncio
import signal
from collections import Counter

import pytest

from pmd_service.library import scrub as scrubbing
from pmd_service.library.scrub import LIMIT_SECONDS, register_files, scrub
from pmd_service.work.context import WorkerContext

from ..hang import HANG_SECONDS
from ..site import Api, Site
from .conftest import Crew

FILES = 150  # more than two slices

_WAITING = "SELECT count(*) FROM asset_verified WHERE due_at <= now()"
_VERIFIED = "SELECT count(*) FROM asset_verified WHERE verified_at > now() - interval '1 hour'"


@pytest.fixture
async def files(site: Site, worker: WorkerContext) -> None:
    """All of them due."""
    artist = await site.add_user()
    first = await site.add_asset(artist, b"the bytes of all")
    await site.pool.execute("UPDATE asset SET created_at = now() - interval '40 days'")
    await site.pool.execute(
        """INSERT INTO asset (user_id, path, type, hash, crc32, name, mime_type, file_format, size_bytes, width, height,
                              provenance, created_at)
           SELECT $1, path || n, type, encode(sha256(n::text::bytea), 'hex'), crc32, n || name, mime_type, file_format,
                  size_bytes, width, height, provenance, created_at
             FROM asset, generate_series(2, $2) AS n WHERE id = $3""",
        artist,
        FILES,
        first,
    )
    await register_files(worker)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    """How often each file has been read; all are found to be right."""
    read: Counter[int] = Counter()

    async def finds_nothing(_vault: object, file: scrubbing.File) -> None:
        read[file.id] += 1
        await asyncio.sleep(0)

    monkeypatch.setattr(scrubbing, "_find_fault", finds_nothing)
    return read


async def pass_time(site: Site) -> None:
    """Until what a worker has claimed is due again."""
    await site.pool.execute("UPDATE asset_verified SET due_at = due_at - make_interval(secs => $1)", LIMIT_SECONDS + 1)


async def test_scrubs_at_once_read_each_file_once_in_a_round(
    site: Site, worker: WorkerContext, files: None, read: Counter[int]
) -> None:
    await asyncio.gather(*(scrub(worker) for _ in range(4)))
    assert len(read) == FILES
    assert {*read.values()} == {1}
    assert await site.pool.fetchval(_VERIFIED) == FILES
    await scrub(worker)
    assert read.total() == FILES, "none is due"


async def test_killed_workers_slice_is_verified_by_another(
    site: Site, worker: WorkerContext, files: None, crew: Crew, read: Counter[int]
) -> None:
    assert await crew.doom("reading", "kill", who="doomed_scrubber").ended() == -signal.SIGKILL
    waiting = await site.pool.fetchval(_WAITING)
    assert waiting == FILES - scrubbing.SLICE, "it has claimed a slice, and read nothing"
    await scrub(worker)
    assert read.total() == waiting
    await pass_time(site)
    await scrub(worker)
    assert {*read.values()} == {1}
    assert len(read) == FILES


async def test_frozen_scrub_settles_nothing_of_a_slice_it_has_lost(
    site: Site, worker: WorkerContext, files: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen, thawed = asyncio.Event(), asyncio.Event()

    async def freezes(_vault: object, _file: scrubbing.File) -> None:
        frozen.set()
        await thawed.wait()

    monkeypatch.setattr(scrubbing, "_find_fault", freezes)
    monkeypatch.setattr(scrubbing, "PASS_SECONDS", -1.0)
    holder = asyncio.create_task(scrub(worker))
    await frozen.wait()
    await pass_time(site)
    claimed_again = "UPDATE asset_verified SET due_at = now() + interval '30 minutes'"
    await site.pool.execute(claimed_again)
    thawed.set()
    await holder
    assert await site.pool.fetchval(_VERIFIED) == 0
    assert await site.pool.fetchval(_WAITING) == 0, "it releases nothing either: these are another's"


async def test_stopped_scrub_releases_what_it_has_not_read(
    site: Site, worker: WorkerContext, files: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def hangs(_vault: object, _file: scrubbing.File) -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(scrubbing, "_find_fault", hangs)
    due = "SELECT asset_id, due_at FROM asset_verified ORDER BY asset_id"
    before = await site.pool.fetch(due)
    running = asyncio.create_task(scrub(worker))
    async with asyncio.timeout(HANG_SECONDS):
        await begun.wait()
        assert await site.pool.fetchval(_WAITING) == FILES - scrubbing.SLICE
        running.cancel()
        await asyncio.wait([running])
    assert await site.pool.fetch(due) == before, "the longest overdue is still the first"


async def test_metrics_have_how_late_the_scrub_is(site: Site, files: None, api: Api) -> None:
    text = (await api.call("GET", "/metrics")).body.decode()
    (late,) = [line.split()[1] for line in text.splitlines() if line.startswith("pmd_scrub_late_seconds ")]
    assert 9.9 < float(late) / 86_400 < 10.1, "due after thirty days, and forty old"
