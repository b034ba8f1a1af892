"""The console's overview: dependencies, the load of each kind, and the disk."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
import redis
from aiohttp import web
from msgspec import Meta

from ...base.database import POOL, Connection, Pool, find_one
from ...base.settings import SETTINGS
from ...vault import VAULT
from ...work.breaker_board import OpenBreaker, list_open_breakers
from ...work.missing_workers import missing_workers
from ...work.queue import QUEUES, Queues
from ...work.registry import Load, RegisteredKind, format_count, measure_load, read_kinds
from ..health import CHECK_SECONDS, READINESS


class KindOfWork(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of work; counts stop at 10,000, and ``late`` is how overdue its first row is, in seconds."""

    name: Annotated[str, Meta(examples=["probe"])]
    waiting: Annotated[int, Meta(examples=[88])]
    running: Annotated[int, Meta(examples=[2])]
    failed: Annotated[int, Meta(examples=[1])]
    late: float
    paused_at: datetime | None
    waits_for: Annotated[
        Sequence[str], Meta(examples=[["store"]], description="Its dependencies that are unavailable.")
    ]


class Dependency(msgspec.Struct, frozen=True, kw_only=True):
    """A dependency; if it is unavailable, since when, and when a worker probes it again.

    ``answer_ms``: how long it took to answer just now.
    """

    name: Annotated[str, Meta(examples=["store"])]
    state: Annotated[Literal["well", "trying", "away", "off"], Meta(examples=["well"])]
    since: datetime | None = None
    next_try_at: datetime | None = None
    error_message: str | None = None
    answer_ms: Annotated[float | None, Meta(examples=[1.2])] = None
    detail: Annotated[str | None, Meta(examples=["schema 0123"])] = None


class Disk(msgspec.Struct, frozen=True, kw_only=True):
    """The use of the vault's disk, in bytes; ``free`` is null on an object store."""

    files: int
    previews: int
    editions: int
    archives: int
    scratch: Annotated[int, Meta(description="Of uploads in progress.")]
    reserved: Annotated[int, Meta(description="Announced but not yet received.")]
    free: int | None = None


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """The console's overview."""

    kinds: Sequence[KindOfWork]
    needs: Sequence[Dependency]
    disk: Disk
    notes: Sequence[str]
    as_of: datetime


# The sums of every library's ledger (``assets/allowance.py`` has one library's), and the archives.
_DISK = """
SELECT coalesce(sum(size_bytes), 0)::bigint AS files, coalesce(sum(preview_bytes), 0)::bigint AS previews,
       (SELECT coalesce(sum(coalesce(stored_bytes, size_bytes)), 0)::bigint FROM pack_edition) AS editions,
       (SELECT coalesce(sum(coalesce(stored_bytes, file_size_bytes)), 0)::bigint
          FROM batch_download_requests WHERE status = 'ready') AS archives,
       greatest(coalesce(sum(reserved_bytes - awaited_bytes), 0), 0)::bigint AS scratch,
       coalesce(sum(awaited_bytes), 0)::bigint AS reserved
  FROM library_usage
"""


async def read_disk(connection: Connection | Pool, free: int | None) -> Disk:
    disk = await find_one(connection, Disk, _DISK)
    assert disk is not None
    return msgspec.structs.replace(disk, free=free)


async def read_kinds_of_work(connection: Connection | Pool, board: Sequence[OpenBreaker]) -> Sequence[KindOfWork]:
    kinds = await read_kinds(connection)
    loads = await measure_load(connection)
    return [_kind(kind, loads[kind.name], board) for kind in kinds]


def _kind(kind: RegisteredKind, load: Load, board: Sequence[OpenBreaker]) -> KindOfWork:
    return KindOfWork(
        name=kind.name,
        waiting=load.waiting,
        running=load.running,
        failed=load.failed,
        late=load.late,
        paused_at=kind.paused_at,
        waits_for=[breaker.dependency for breaker in board if breaker.dependency in kind.needs],
    )


async def read_overview(app: web.Application) -> Overview:
    """The current overview; the stores' states are those of the readiness check."""
    pool, ready = app[POOL], await app[READINESS].get()
    board = await list_open_breakers(pool)
    checks = {"postgres": "postgres", "redis": "redis", "store": "vault"}
    needs = [_dependency(name, ready.checks[check] == "ok", board) for name, check in checks.items()]
    facts = {"postgres": lambda: _schema(pool), "redis": lambda: _memory(app[QUEUES])}
    needs = [await _with_facts(need, facts.get(need.name)) for need in needs]
    kinds = await read_kinds_of_work(pool, board)
    waiting = sum(kind.waiting for kind in kinds if kind.name == "email")
    has_mail = app[SETTINGS].smtp_url is not None
    mail = _dependency("mail", True, board) if has_mail else Dependency(name="mail", state="off")
    needs.append(msgspec.structs.replace(mail, detail=f"{format_count(waiting)} waiting"))
    return Overview(
        kinds=kinds,
        needs=needs,
        disk=await read_disk(pool, await app[VAULT].free_bytes()),
        notes=await missing_workers(app),
        as_of=datetime.now(UTC),
    )


async def _with_facts(need: Dependency, describe: Callable[[], Awaitable[str]] | None) -> Dependency:
    """Adds details of a healthy dependency; one that fails just now is reported by the next readiness check."""
    if describe is None or need.state != "well":
        return need
    began = time.perf_counter()
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            detail = await describe()
    except (TimeoutError, OSError, redis.RedisError):
        return need
    return msgspec.structs.replace(need, detail=detail, answer_ms=1000 * (time.perf_counter() - began))


async def _schema(pool: Pool) -> str:
    return f"schema {await pool.fetchval('SELECT max(version) FROM schema_migrations')}"


async def _memory(queues: Queues) -> str:
    info = await queues.redis.info("memory")
    used, limit = info["used_memory"] >> 20, info.get("maxmemory", 0) >> 20
    return f"{used:,} of {limit:,} MB" if limit else f"{used:,} MB"


def _dependency(name: str, is_well: bool, board: Sequence[OpenBreaker]) -> Dependency:
    breaker = next((each for each in board if each.dependency == name), None)
    if breaker is None:
        return Dependency(name=name, state="well" if is_well else "away")
    state: Literal["away", "trying"] = "away" if breaker.state == "open" else "trying"
    return Dependency(
        name=name, state=state, since=breaker.since, next_try_at=breaker.probe_at, error_message=breaker.error
    )
