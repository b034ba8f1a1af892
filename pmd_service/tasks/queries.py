"""The ``job`` row: reading tasks, and the statements of their requests."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from ..database import Connection, Pool
from ..http.wire import Cursor
from .kinds import Name

Status = Literal["pending", "running", "completed", "failed", "cancelled"]

NEWEST = 20


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One task, as the API and the event stream tell it. ``progress`` is per cent, 100 only when it is completed."""

    id: int
    kind: Name
    asset_id: int | None
    pack_id: int | None
    group_id: UUID | None
    status: Status
    progress: float
    step: str | None
    error_code: str | None
    error_message: str | None
    result_asset_id: int | None
    result_bytes: int | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None


class JobPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of tasks, newest first; ``next_cursor`` is null on the last one."""

    items: Sequence[Job]
    next_cursor: str | None
    total_count: int


_COLUMNS = ", ".join(Job.__struct_fields__)


async def find_job(connection: Connection | Pool, *, user_id: int, job_id: int) -> Job | None:
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM job WHERE id = $1 AND user_id = $2", job_id, user_id)
    return Job(**row) if row else None


async def find_group(connection: Connection | Pool, *, user_id: int, group_id: UUID) -> list[Job]:
    """The tasks that were asked for together, in their order."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM job WHERE group_id = $1 AND user_id = $2 ORDER BY id", group_id, user_id
    )
    return [Job(**row) for row in rows]


_WANTED = """
 WHERE user_id = $1 AND ($2::text IS NULL OR status = $2) AND ($3::text IS NULL OR kind = $3)
   AND ($4::uuid IS NULL OR group_id = $4)
"""


async def list_jobs(
    connection: Connection | Pool,
    *,
    user_id: int,
    status: Status | None,
    kind: Name | None,
    group_id: UUID | None,
    limit: int,
    after: Cursor,
) -> JobPage:
    """A page of the user's tasks by ``(created_at, id)``, newest first."""
    wanted = (user_id, status, kind, group_id)
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM job {_WANTED} AND (created_at, id) < ($5, $6)"
        " ORDER BY created_at DESC, id DESC LIMIT $7",
        *wanted,
        after.created_at,
        min(after.id, 2**31 - 1),
        limit + 1,
    )
    jobs = [Job(**row) for row in rows[:limit]]
    return JobPage(
        items=jobs,
        next_cursor=Cursor.after(jobs[-1].created_at, jobs[-1].id) if len(rows) > limit else None,
        total_count=await connection.fetchval(f"SELECT count(*) FROM job {_WANTED}", *wanted),
    )


async def load_jobs(connection: Connection | Pool, job_ids: Collection[int]) -> Mapping[int, Job]:
    """Those of these tasks that are there, whoever's they are: the event hub checks the user."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM job WHERE id = ANY($1)", list(job_ids))
    return {row["id"]: Job(**row) for row in rows}


_NEWEST_OF_USERS = f"""
SELECT newest.id, users.user_id
  FROM unnest($1::int[]) AS users (user_id)
 CROSS JOIN LATERAL (SELECT id
                       FROM job
                      WHERE user_id = users.user_id
                      ORDER BY created_at DESC, id DESC
                      LIMIT {NEWEST}) AS newest
"""


async def newest_of_users(connection: Connection | Pool, user_ids: Collection[int]) -> Mapping[int, int]:
    """The newest tasks of all these users, each with its user, a user's newest first."""
    return {row["id"]: row["user_id"] for row in await connection.fetch(_NEWEST_OF_USERS, list(user_ids))}


async def lock_tasks(connection: Connection, *, requested_by: int) -> None:
    """Until the transaction ends, nobody else counts or adds this user's tasks."""
    # The first key keeps these locks apart from other advisory locks: “task” in ASCII.
    await connection.execute("SELECT pg_advisory_xact_lock(x'7461736b'::int, $1)", requested_by)


async def count_waiting(connection: Connection, *, requested_by: int) -> int:
    """How many tasks that this user has asked for have not begun."""
    waiting: int = await connection.fetchval(
        "SELECT count(*) FROM job WHERE requested_by = $1 AND status = 'pending'", requested_by
    )
    return waiting


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for under an ``Idempotency-Key``."""

    group_id: UUID
    kind: Name
    user_id: int
    asset_ids: Sequence[int]
    params: Mapping[str, Any]


_FIND_REPEATED = """
SELECT group_id, kind, user_id, array_agg(asset_id ORDER BY id) AS asset_ids, min(params_json) AS params_json
  FROM job
 WHERE requested_by = $1 AND idempotency_key = $2 AND created_at > now() - interval '24 hours'
 GROUP BY group_id, kind, user_id
"""


async def find_repeated(connection: Connection, *, requested_by: int, idempotency_key: str) -> Asked | None:
    """The tasks that the first use of this key has made."""
    row = await connection.fetchrow(_FIND_REPEATED, requested_by, idempotency_key)
    if row is None:
        return None
    return Asked(
        group_id=row["group_id"],
        kind=row["kind"],
        user_id=row["user_id"],
        asset_ids=row["asset_ids"],
        params=msgspec.json.decode(row["params_json"]),
    )


_INSERT = f"""
INSERT INTO job (kind, asset_id, params_json, user_id, requested_by, group_id, idempotency_key)
SELECT $1, wanted.asset_id, $3, $4, $5, $6, $7
  FROM unnest($2::int[]) WITH ORDINALITY AS wanted (asset_id, place)
 ORDER BY wanted.place
RETURNING {_COLUMNS}
"""


async def insert_jobs(
    connection: Connection,
    *,
    kind: Name,
    asset_ids: Sequence[int],
    params: msgspec.Struct,
    user_id: int,
    requested_by: int,
    group_id: UUID,
    idempotency_key: str | None,
) -> list[Job]:
    """One task a file, in their order."""
    params_json = msgspec.json.encode(params).decode()
    rows = await connection.fetch(
        _INSERT, kind, asset_ids, params_json, user_id, requested_by, group_id, idempotency_key
    )
    return [Job(**row) for row in rows]
