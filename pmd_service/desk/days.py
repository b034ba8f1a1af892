"""Which days and times are taken, and drafts on their days."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ..base.database import Connection, Pool, find_values
from .rule import Rule, Taken

# Of scheduled drafts, and of published ones whose day is not over anywhere.
_TAKEN = """
SELECT coalesce(published_at, due_at) AS at, is_placed_by_hand
  FROM draft
 WHERE user_id = $1 AND status IN ('scheduled', 'published') AND due_at > $2::timestamptz - interval '2 days'
   AND id <> ALL ($3)
"""
_MOVE = """
UPDATE draft
   SET status = 'scheduled', due_at = moved.due_at, is_placed_by_hand = $4, reason = NULL,
       version = version + 1, updated_at = now()
  FROM unnest($2::bigint[], $3::timestamptz[]) AS moved (id, due_at)
 WHERE draft.id = moved.id AND user_id = $1 AND status <> 'published'
RETURNING draft.id
"""


async def read_clock(connection: Connection | Pool) -> datetime:
    """The database's time, which decides what has passed and what is due."""
    now: datetime = await connection.fetchval("SELECT clock_timestamp()")
    return now


async def taken_of(
    connection: Connection | Pool, rule: Rule, now: datetime, *, user_id: int, without: Sequence[int] = ()
) -> Taken:
    """What the rule must leave free: days on which the artist has put a draft by hand, and times of its own.

    Args:
        without: drafts that are about to be moved.
    """
    rows = await connection.fetch(_TAKEN, user_id, now, list(without))
    return Taken(
        days=frozenset(row["at"].astimezone(rule.zone).date() for row in rows if row["is_placed_by_hand"]),
        times=frozenset(row["at"] for row in rows if not row["is_placed_by_hand"]),
    )


async def move_to_days(
    connection: Connection, days: Mapping[int, datetime], *, user_id: int, is_by_hand: bool
) -> Sequence[int]:
    """Schedule drafts, whose work has been dropped; returns the ids of those that are not published."""
    return await find_values(connection, _MOVE, user_id, list(days), list(days.values()), is_by_hand)
