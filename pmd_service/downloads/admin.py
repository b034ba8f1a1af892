"""Operator commands on requests: ``pmd-admin bdr list|show|retry``."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from ..base.database import Pool, find_all
from ..work.adding import lock_work
from ..work.queue import Queue, Queues
from .queries import CAN_RESTART, RESTART, TITLE, Status
from .requests import build_again


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One request in an operator's list; times in UTC."""

    id: UUID
    handle: str | None
    status: Status
    artwork_count: int
    missing_count: int
    created_at: datetime
    error_message: str | None


_LIST = """
SELECT request.id, users.handle, request.status, request.artwork_count,
       jsonb_array_length(request.missing) AS missing_count, request.created_at,
       request.error_message
  FROM batch_download_requests AS request
  LEFT JOIN users ON users.id = request.user_id
 WHERE $1::text IS NULL OR request.status = $1
 ORDER BY request.created_at DESC
 LIMIT $2
"""

# Like an owner's retry, but it uses no allowance.
_RETRY = f"""
UPDATE batch_download_requests SET {RESTART} WHERE id = $1 AND {CAN_RESTART}
RETURNING user_id, {TITLE}
"""


async def list_requests(pool: Pool, *, status: str | None, limit: int) -> Sequence[Line]:
    """The newest requests of all users, including removed ones."""
    return await find_all(pool, Line, _LIST, status, limit)


async def show_request(pool: Pool, bdr_id: UUID) -> dict[str, Any] | None:
    """Every column of a request, by name."""
    row = await pool.fetchrow("SELECT * FROM batch_download_requests WHERE id = $1", bdr_id)
    return dict(row) if row else None


async def retry_request(pool: Pool, queues: Queues, bdr_id: UUID) -> bool:
    """Have a failed or expired request built again; False if its state forbids it."""
    async with pool.acquire() as connection, connection.transaction():
        await lock_work(connection, "bdr", bdr_id)
        row = await connection.fetchrow(_RETRY, bdr_id)
        if row is None:
            return False
        await build_again(connection, row["user_id"], bdr_id, row["title"])
    await queues.put(Queue.DOWNLOADS)
    return True
