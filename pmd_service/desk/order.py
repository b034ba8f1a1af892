"""The order of drafts in their table."""

from collections.abc import Sequence

from aiohttp import web

from ..base.database import POOL, Connection, find_values
from ..http.errors import require, unprocessable
from ..identity.users import Actor
from .drafts import DraftOrder, DraftsMoved
from .edits import lock_desk
from .live import note_drafts

# Positions that are closer are given again.
MIN_STEP = 1e-6

_NEIGHBOURS = """
SELECT (SELECT position FROM draft WHERE id = $3 AND user_id = $1) AS after,
       (SELECT max(position) FROM draft
         WHERE user_id = $1 AND id <> ALL ($2)
           AND ($3::bigint IS NULL OR (position, id) < (SELECT position, id FROM draft WHERE id = $3 AND user_id = $1))
       ) AS before
"""
_RENUMBER = """
UPDATE draft SET position = place
  FROM (SELECT id, row_number() OVER (ORDER BY position, id) AS place FROM draft WHERE user_id = $1) AS ordered
 WHERE draft.id = ordered.id
"""
_MOVE = """
UPDATE draft SET position = $3::float8 + $4::float8 * place, version = version + 1, updated_at = now()
  FROM unnest($2::bigint[]) WITH ORDINALITY AS moved (id, place)
 WHERE draft.id = moved.id AND user_id = $1 AND status <> 'published'
RETURNING draft.id
"""


async def order_drafts(app: web.Application, actor: Actor, body: DraftOrder) -> DraftsMoved:
    """Move drafts together, before another one or to the end of the table.

    Raises:
        ProblemError: 404, there is no draft to move them before; 422 it is one of those that are moved.
    """
    draft_ids, user_id = list(dict.fromkeys(body.draft_ids)), actor.subject.id
    if body.before_id in draft_ids:
        raise unprocessable("A draft cannot be moved before itself.", path="$.before_id")
    async with app[POOL].acquire() as connection, connection.transaction():
        await lock_desk(connection, user_id=user_id)
        begin, step = await _room(connection, draft_ids, body.before_id, user_id=user_id)
        if step < MIN_STEP:
            await connection.execute(_RENUMBER, user_id)
            begin, step = await _room(connection, draft_ids, body.before_id, user_id=user_id)
        moved = await find_values(connection, _MOVE, user_id, draft_ids, begin, step)
        await note_drafts(connection, user_id, "changed", moved)
    return DraftsMoved(affected_count=len(moved))


async def _room(
    connection: Connection, draft_ids: Sequence[int], before_id: int | None, *, user_id: int
) -> tuple[float, float]:
    """After which position drafts are moved, and how far apart they are there."""
    row = await connection.fetchrow(_NEIGHBOURS, user_id, draft_ids, before_id)
    assert row is not None
    if before_id is None:
        return row["before"] or 0.0, 1.0
    after: float = require(row["after"], "draft")
    begin: float = after - len(draft_ids) - 1 if row["before"] is None else row["before"]
    return begin, (after - begin) / (len(draft_ids) + 1)
