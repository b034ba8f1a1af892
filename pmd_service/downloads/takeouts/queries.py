"""Takeouts and their parts, which are download requests like any others but for when they begin."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg
import msgspec

from ...database import Connection, Pool
from ...site.posts import LIVE_ARTWORK
from ..queries import SELECT_BDR, Bdr, bdr_of

NEWEST = 10

Status = Literal["processing", "ready", "partial", "failed", "cancelled"]


class Takeout(msgspec.Struct, frozen=True, kw_only=True):
    """One takeout, by the state of its parts; sizes in bytes, ``expires_at`` of the part that goes first."""

    id: UUID
    status: Status
    artwork_count: int
    part_count: int
    ready_parts: int
    failed_parts: int
    missing_count: int
    file_size_bytes: int
    include_comments: bool
    include_reactions: bool
    created_at: datetime
    completed_at: datetime | None
    expires_at: datetime | None


class TakeoutParts(Takeout, frozen=True, kw_only=True):
    """A takeout with its parts in order; those that were removed are left out."""

    parts: Sequence[Bdr]


class TakeoutList(msgspec.Struct, frozen=True, kw_only=True):
    """The newest takeouts, newest first, and when the next one is possible."""

    items: Sequence[Takeout]
    next_possible_at: datetime | None


_SELECT = """
SELECT takeouts.id, artwork_count, part_count, ready_parts, failed_parts, missing_count, file_size_bytes,
       include_comments, include_reactions, created_at, completed_at, part.expires_at,
       CASE WHEN cancelled THEN 'cancelled'
            WHEN completed_at IS NULL THEN 'processing'
            WHEN ready_parts = 0 THEN 'failed'
            WHEN failed_parts > 0 THEN 'partial'
            ELSE 'ready' END AS status
  FROM takeouts
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE status IN ('ready', 'expired')) AS ready_parts,
              count(*) FILTER (WHERE status = 'failed') AS failed_parts,
              coalesce(sum(jsonb_array_length(missing)), 0)::int AS missing_count,
              coalesce(sum(file_size_bytes), 0)::bigint AS file_size_bytes, min(expires_at) AS expires_at
         FROM batch_download_requests
        WHERE takeout_id = takeouts.id) AS part
"""


async def find_takeout(connection: Connection | Pool, *, user_id: int, takeout_id: UUID) -> TakeoutParts | None:
    row = await connection.fetchrow(f"{_SELECT} WHERE takeouts.id = $1 AND takeouts.user_id = $2", takeout_id, user_id)
    if row is None:
        return None
    parts = await connection.fetch(
        f"{SELECT_BDR} WHERE takeout_id = $1 AND user_id = $2 AND deleted_at IS NULL ORDER BY part", takeout_id, user_id
    )
    return TakeoutParts(**row, parts=[bdr_of(part) for part in parts])


async def list_takeouts(connection: Connection | Pool, *, user_id: int) -> list[Takeout]:
    """The user's newest takeouts, newest first."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE takeouts.user_id = $1 ORDER BY created_at DESC, takeouts.id LIMIT {NEWEST}", user_id
    )
    return [Takeout(**row) for row in rows]


async def load_takeouts(connection: Connection | Pool, takeout_ids: Collection[UUID]) -> Mapping[UUID, Takeout]:
    """Those of these takeouts that are still there, whoever's they are: the event hub checks the user."""
    rows = await connection.fetch(f"{_SELECT} WHERE takeouts.id = ANY($1)", list(takeout_ids))
    return {row["id"]: Takeout(**row) for row in rows}


async def newest_of_users(connection: Connection | Pool, user_ids: Collection[int]) -> Mapping[UUID, int]:
    """The newest takeout of each of these users: older ones change no more."""
    rows = await connection.fetch(
        "SELECT DISTINCT ON (user_id) id, user_id FROM takeouts WHERE user_id = ANY($1) "
        "ORDER BY user_id, created_at DESC",
        list(user_ids),
    )
    return {row["id"]: row["user_id"] for row in rows}


class Size(msgspec.Struct, frozen=True):
    """An artwork and what is known of its size in bytes."""

    post_id: int
    file_bytes: int


async def list_artworks(connection: Connection, *, owner_id: int) -> list[Size]:
    """Every artwork of the owner that is not deleted, hidden ones too, newest first. Playlists are no part of PMD."""
    rows = await connection.fetch(
        f"""
        SELECT id, coalesce(file_bytes, 0) AS file_bytes
          FROM posts
         WHERE owner_id = $1 AND {LIVE_ARTWORK}
         ORDER BY created_at DESC, id DESC""",
        owner_id,
    )
    return [Size(row["id"], row["file_bytes"]) for row in rows]


async def next_possible_at(connection: Connection | Pool, *, user_id: int, days: int) -> datetime | None:
    """When the next takeout is possible; None: now. One that came to nothing by itself does not count."""
    at: datetime | None = await connection.fetchval(
        """
        SELECT max(created_at) + make_interval(days => $2)
          FROM takeouts
         WHERE user_id = $1 AND created_at > now() - make_interval(days => $2)
           AND (completed_at IS NULL
                OR EXISTS (SELECT FROM batch_download_requests
                            WHERE takeout_id = takeouts.id AND status IN ('ready', 'expired')))""",
        user_id,
        days,
    )
    return at


async def seconds_until(connection: Connection, moment: datetime) -> int:
    """Whole seconds from the transaction's beginning, at least one."""
    seconds: int = await connection.fetchval(
        "SELECT greatest(1, extract(epoch FROM $1::timestamptz - now()))::int", moment
    )
    return seconds


async def find_repeated(connection: Connection, *, requested_by: int, idempotency_key: str) -> asyncpg.Record | None:
    """The takeout that this key made within the last 24 hours."""
    return await connection.fetchrow(
        """
        SELECT id, user_id, include_comments, include_reactions, send_email
          FROM takeouts
         WHERE requested_by = $1 AND idempotency_key = $2 AND created_at > now() - interval '24 hours'
         ORDER BY created_at DESC
         LIMIT 1""",
        requested_by,
        idempotency_key,
    )


async def insert_takeout(
    connection: Connection,
    *,
    user_id: int,
    requested_by: int,
    include_comments: bool,
    include_reactions: bool,
    send_email: bool,
    idempotency_key: str | None,
    parts: Sequence[Sequence[int]],
) -> UUID:
    """A takeout with its parts, of which the first is due now."""
    takeout_id: UUID = await connection.fetchval(
        """
        INSERT INTO takeouts (user_id, requested_by, include_comments, include_reactions, send_email, idempotency_key,
                              artwork_count, part_count)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        RETURNING id""",
        user_id,
        requested_by,
        include_comments,
        include_reactions,
        send_email,
        idempotency_key,
        sum(map(len, parts)),
        len(parts),
    )
    await connection.executemany(
        """
        INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count, include_comments,
                                             include_reactions, takeout_id, part, name, next_attempt_at)
        VALUES ($1, $2, $3, cardinality($3::int[]), $4, $5, $6, $7, $8,
                CASE WHEN $7 = 1 THEN now() ELSE 'infinity' END)""",
        [
            (user_id, requested_by, part, include_comments, include_reactions, takeout_id, number, _name(number, parts))
            for number, part in enumerate(parts, start=1)
        ],
    )
    return takeout_id


def _name(number: int, parts: Sequence[Sequence[int]]) -> str:
    return f"Everything, part {number} of {len(parts)}"


async def cancel(connection: Connection, *, user_id: int, takeout_id: UUID) -> bool:
    """End a takeout and its unfinished parts; False when there is none that could be ended."""
    # First the takeout: with it ended, a part that ends lets no other one begin.
    cancelled = await connection.fetchval(
        "UPDATE takeouts SET cancelled = true, completed_at = now() "
        "WHERE id = $1 AND user_id = $2 AND completed_at IS NULL RETURNING id",
        takeout_id,
        user_id,
    )
    if cancelled is None:
        return False
    await connection.execute(
        """
        UPDATE batch_download_requests
           SET status = 'failed', cancelled = true, error_message = 'Cancelled with its takeout.', completed_at = now(),
               lease_token = NULL, lease_expires_at = NULL
         WHERE takeout_id = $1 AND status IN ('pending', 'processing') AND deleted_at IS NULL""",
        takeout_id,
    )
    return True
