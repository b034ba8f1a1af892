"""``pmd-admin doctor``: every dependency is checked, and each problem is reported once with what to do."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pmd_service.base import pooler
from pmd_service.base.settings import Settings
from pmd_service.demo.stack import free_port
from pmd_service.media import sandbox
from pmd_service.media.messages import Faulted, Refused
from pmd_service.media.probe import Candidate, probe_files
from pmd_service.media.probe_result import ProbeResult
from pmd_service.media.sandbox import active_layers
from pmd_service.ops.doctor import CHECKS, diagnose, diagnosis, files, finding, host, media
from pmd_service.vault import VaultFaultError
from pmd_service.vault.s3_store import S3Store
from pmd_service.work import queue as work_queue
from pmd_service.work.queue import Queue, Queues

from ..databases import connected
from ..hang import HANG_SECONDS
from ..site import Site


async def findings(settings: Settings) -> dict[str, tuple[bool | None, str]]:
    return {finding.name: (finding.is_well, finding.detail) for finding in await diagnose(settings)}


async def troubles(settings: Settings) -> dict[str, str]:
    return {name: detail for name, (is_well, detail) in (await findings(settings)).items() if is_well is False}


@pytest.fixture
def settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """With ports of its own: another program may have the usual one. A busy machine may take its time."""
    monkeypatch.setattr(diagnosis, "CHECK_SECONDS", HANG_SECONDS)
    port = free_port()
    return msgspec.structs.replace(settings, port=port, base_url=f"http://127.0.0.1:{port}")


@pytest.fixture
async def workers(settings: Settings) -> AsyncIterator[Queues]:
    """Queues that all have a worker's health key."""
    async with aclosing(Queues.connect(settings.redis_url)) as queues:
        for queue in Queue:
            await queues.redis.set(queue.health_key, b"alive")
        yield queues


@pytest.fixture(autouse=True)
def built_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether this checkout's page has been built, and /tmp is on a disk, is not the question."""
    monkeypatch.setattr(host, "find_built", lambda _name: Path())
    monkeypatch.setattr(files, "NO_DISKS", files.NO_DISKS - {files.kind_of(tmp_path)})


async def test_doctor_passes_a_complete_service(settings: Settings, workers: Queues) -> None:
    found = await findings(settings)
    assert set(found) == set(CHECKS)
    assert all(is_well for is_well, _ in found.values()), found


# A wrong setting, and the only problem that is reported for it.
BAD_SETTINGS: dict[str, tuple[dict[str, Any], str, str]] = {
    "postgres away": ({"database_url": "postgresql://u@127.0.0.1:1/x"}, "postgres", "at 127.0.0.1:1: Connect call"),
    "no such database": ({"database_url": "{database}_not"}, "postgres", "does not exist"),
    "redis away": ({"redis_url": "redis://127.0.0.1:1/0"}, "redis", "127.0.0.1:1"),
    "vault away": ({"vault_path": Path("/nowhere")}, "vault", "/nowhere is not a folder that"),
    "vault too full": ({"bdr_max_bytes": 1024 * 1024**3}, "vault", "less than one archive may have (BDR_MAX_BYTES)"),
    "mail away": ({"smtp_url": "smtp://127.0.0.1:1", "mail_from": "pmd@makapix.club"}, "mail", "127.0.0.1"),
}  # fmt: skip


@pytest.mark.parametrize("trouble", BAD_SETTINGS)
async def test_doctor_reports_each_unreachable_dependency_once(
    trouble: str, settings: Settings, workers: Queues
) -> None:
    changes, name, sentence = BAD_SETTINGS[trouble]
    bare, _, options = settings.database_url.partition("?")
    given = {
        key: f"{bare}_not?{options}" if value == "{database}_not" else value
        for key, value in changes.items()
    }  # fmt: skip
    found = await troubles(msgspec.structs.replace(settings, **given))
    assert list(found) == [name], found
    assert sentence in found[name]


# What is done to the database, and the only problem that is reported for it.
FAILING_DATABASES = {
    "read-only": ("ALTER DATABASE {} SET default_transaction_read_only = on", "postgres", "is read-only"),
    "migrations missing": ("DELETE FROM schema_migrations WHERE version = '0010'", "schema", "run “pmd-admin migrate”"),
    "a newer schema": ("INSERT INTO schema_migrations VALUES ('9999')", "schema", "of a newer release"),
    "a site's table missing": (
        "ALTER TABLE reactions RENAME TO hidden",
        "site",
        "do not match: there is no reactions.",
    ),
    "late downloads": (
        """INSERT INTO work (kind, subject, user_id, title, due_at)
           SELECT 'bdr', gen_random_uuid()::text, id, '1 artwork', now() - interval '1 hour' FROM users""",
        "work",
        "overdue: bdr for 36",
    ),
    "late mails": (
        """INSERT INTO work (kind, subject, user_id, title, due_at)
           SELECT 'email', '1', id, 'takeout ended', now() - interval '1 hour' FROM users""",
        "work",
        "overdue: email for 36",
    ),
}


@pytest.mark.own_tables
@pytest.mark.parametrize("trouble", FAILING_DATABASES)
async def test_doctor_reports_database_problems_once(
    trouble: str, site: Site, settings: Settings, site_url: str, workers: Queues
) -> None:
    await site.add_user()
    statement, name, sentence = FAILING_DATABASES[trouble]
    async with connected(site_url) as connection:
        database = await connection.fetchval("SELECT current_database()")
        await connection.execute(statement.format(database))
    found = await troubles(settings)
    assert list(found) == [name], found
    assert sentence in found[name]


# What is set in Redis, what it is set back to, and what is reported.
FAILING_REDIS = {
    "full": ({"maxmemory": "1mb"}, {"maxmemory": "0"}, "Redis is full: give it more memory (maxmemory)."),
    "evicting": ({"maxmemory-policy": "allkeys-lru"}, {"maxmemory-policy": "noeviction"}, "Set it to noeviction."),
}


@pytest.mark.parametrize("trouble", FAILING_REDIS)
async def test_doctor_reports_a_full_or_evicting_redis_once(trouble: str, settings: Settings, workers: Queues) -> None:
    wrong, right, sentence = FAILING_REDIS[trouble]
    await workers.redis.set("filling", b"x" * (2 << 20))
    try:
        for name, value in wrong.items():
            await workers.redis.config_set(name, value)
        found = await troubles(settings)
    finally:
        for name, value in right.items():
            await workers.redis.config_set(name, value)
    assert list(found) == ["redis"], found
    assert sentence in found["redis"]


MEDIA = "start “pmd-admin worker” or “arq worker.MediaSettings”, with the extra “media”."
MISSING_WORKERS = {
    "all": ({*Queue}, "No worker is running: start “pmd-admin worker”."),
    "media": (
        {Queue.PROBES, Queue.TASKS, Queue.PACKS, Queue.IMPORTS, Queue.PUBLISHING},
        f"No worker processes uploads, runs tasks, builds packs, imports archives, publishes drafts: {MEDIA}",
    ),
    "tasks": ({Queue.TASKS}, f"No worker runs tasks: {MEDIA}"),
    "downloads": (
        {Queue.DOWNLOADS},
        "No worker builds downloads: start “pmd-admin worker” or “arq worker.WorkerSettings”.",
    ),
    "messages": ({Queue.MAILS}, "No worker sends messages: start any worker."),
}  # fmt: skip


@pytest.mark.parametrize("trouble", MISSING_WORKERS)
async def test_doctor_reports_queues_without_worker(trouble: str, settings: Settings, workers: Queues) -> None:
    queues, sentence = MISSING_WORKERS[trouble]
    for queue in queues:
        await workers.redis.delete(queue.health_key)
    assert await troubles(settings) == {"worker": sentence}


async def test_doctor_waits_for_health_keys_after_a_redis_flush(settings: Settings, workers: Queues) -> None:
    async def say_again() -> None:
        await asyncio.sleep(0.2)
        for queue in Queue:
            await workers.redis.set(queue.health_key, b"alive")

    await workers.redis.delete(*(queue.health_key for queue in Queue))
    async with workers.redis.pubsub() as calls, asyncio.TaskGroup() as working:
        await calls.subscribe(Queue.TASKS.channel)
        working.create_task(say_again())
        assert await troubles(settings) == {}


async def test_doctor_reports_a_stuck_worker_as_missing(
    settings: Settings, workers: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_queue, "HEARTBEAT_GAP_SECONDS", 0.1)
    async with workers.redis.pubsub() as calls:
        await calls.subscribe(Queue.TASKS.channel)
        await workers.redis.delete(Queue.TASKS.health_key)
        assert await troubles(settings) == {"worker": f"No worker runs tasks: {MEDIA}"}


async def test_doctor_reports_clock_differences(
    settings: Settings, workers: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "CLOCK_SECONDS", -1.0)
    found = await troubles(settings)
    assert list(found) == ["clocks", "redis"]
    assert "clock and Postgres' are" in found["clocks"]
    assert "clock and Redis' are" in found["redis"]
    assert all(sentence.endswith("Run NTP.") for sentence in found.values())


async def test_doctor_reports_an_old_postgres_in_one_line_first(
    settings: Settings, workers: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pooler, "OLDEST_POSTGRES", 99)
    found = await troubles(settings)
    assert list(found) == ["postgres"]
    assert found["postgres"].endswith("is too old: this service needs 99 or later")
    with pytest.raises(pooler.PostgresTooOldError):
        await pooler.require_sessions(settings.database_url)


async def test_doctor_reports_an_unbuilt_page(
    settings: Settings, workers: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "find_built", lambda _name: None)
    assert await troubles(settings) == {"page": "The page is not built: run “make page”, or install the wheel."}


async def test_doctor_lists_the_sandbox_layers(settings: Settings) -> None:
    is_well, detail = (await findings(settings))["media"]
    assert is_well
    assert detail.startswith("Files are decoded behind limits")
    assert all(wall in detail for wall in active_layers())


async def test_doctor_reports_why_the_sandbox_cannot_decode(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library is there, and cannot be loaded by the child."""
    broken = tmp_path / "PIL"
    broken.mkdir()
    (broken / "__init__.py").write_text("raise ImportError('libjpeg.so.62: cannot open shared object file')")
    monkeypatch.syspath_prepend(tmp_path)
    is_well, detail = (await findings(settings))["media"]
    assert not is_well
    assert detail == "The sandboxed child cannot decode: ImportError: libjpeg.so.62: cannot open shared object file."


@pytest.mark.parametrize(("wrong", "kind"), [(0, "PNG"), (1, "WAV")])
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Refused(0, "broken", "This file is damaged."), "a valid one was refused. This file is damaged."),
        (Refused(0, "broken", "Damaged.", "TypeError: open()"), "a valid one was refused. TypeError: open()"),
        (Faulted(0, "KeyError: 'x'", "bug"), "KeyError: 'x'."),
        (ProbeResult(type="other", mime_type="text/plain", file_format="txt"), "it was measured as txt, {"),
    ],
)
async def test_doctor_reports_a_wrongly_probed_known_file(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    wrong: int,
    kind: str,
    answer: ProbeResult | Refused | Faulted,
    reason: str,
) -> None:
    """One library reads pictures, another one sounds."""

    async def answers(candidates: Sequence[Candidate], folder: Path) -> AsyncIterator[ProbeResult | Refused | Faulted]:
        async with aclosing(probe_files(candidates, folder)) as probed:
            place = 0
            async for probe in probed:
                yield answer if place == wrong else probe
                place += 1

    monkeypatch.setattr(media, "probe_files", answers)
    is_well, detail = (await findings(settings))["media"]
    assert not is_well
    assert detail.startswith(f"The sandboxed child cannot decode a {kind}: {reason}")


async def test_doctor_reports_a_missing_sandbox_layer_unless_allowed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "landlock_version", lambda: 0)
    is_well, detail = (await findings(settings))["media"]
    assert not is_well
    assert "Landlock is missing" in detail
    is_well, detail = (await findings(msgspec.structs.replace(settings, media_sandbox="partial")))["media"]
    assert is_well
    assert "missing: Landlock" in detail


async def test_doctor_names_missing_extras(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "MODEL_MODULES", ("no_such_model",))
    monkeypatch.setattr(media, "SPEECH_MODULES", ("no_such_voice",))
    detail = (await findings(settings))["media"][1]
    assert "missing no_such_model (extra “ai”)" in detail
    assert "missing no_such_voice (extra “ai”)" in detail
    monkeypatch.setattr(media, "missing_modules", lambda *_: ["av"])
    assert (await findings(settings))["media"] == (
        False,
        "Uploads and tasks cannot work: missing av. Install the extra “media”.",
    )


@pytest.mark.stores
async def test_doctor_reports_a_store_that_cannot_be_listed(
    settings: Settings, workers: Queues, vault_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the object store: what upkeep needs beside writing and reading."""
    if vault_kind == "files":
        pytest.skip("a folder that can be written can be listed")

    async def refused(*_: object) -> None:
        raise VaultFaultError("The object store refuses: AccessDenied.")

    monkeypatch.setattr(S3Store, "uploads", refused)
    assert await troubles(settings) == {"vault": "The object store refuses: AccessDenied."}
