"""The upkeep's step that turns due drafts into work, some seconds before their time.

A draft may be scheduled for a day months from now, while work waits for a retry at most: the sweep takes work that is
due much later for the sign of a clock that was set back (``work/sweep``). So drafts have their time themselves, by the
database's clock, and work exists for what is due alone: a draft that is moved, or a queue that is paused, changes its
rows and nothing else.
"""

from collections.abc import Sequence

import msgspec

from ..base.database import Pool, find_all, forget
from ..work.adding import add_work
from ..work.context import WorkerContext
from ..work.queue import Queue
from .edits import KIND, try_lock_desk

# Twice as long as the upkeep may take to look again.
AHEAD_SECONDS = 10
MAX_USERS = 200
MAX_DRAFTS = 200

_IS_HELD = "EXISTS (SELECT FROM publishing_rule WHERE publishing_rule.user_id = draft.user_id AND is_paused)"
_HAS_WORK = f"EXISTS (SELECT FROM work WHERE kind = '{KIND}' AND subject = draft.id::text)"
_IS_DUE = f"""
status = 'scheduled' AND due_at < now() + interval '{AHEAD_SECONDS} seconds' AND NOT {_IS_HELD} AND NOT {_HAS_WORK}"""
HAS_DUE = f"EXISTS (SELECT FROM draft WHERE {_IS_DUE})"

_USERS = f"SELECT user_id FROM draft WHERE {_IS_DUE} GROUP BY user_id ORDER BY min(due_at) LIMIT $1"
_DUE = f"""
SELECT id, coalesce(title, '') AS title,
       greatest(extract(epoch FROM due_at - clock_timestamp()), 0)::float8 AS delay_seconds
  FROM draft
 WHERE user_id = $1 AND {_IS_DUE}
 ORDER BY due_at, position, id
 LIMIT $2
"""


class _Due(msgspec.Struct, frozen=True):
    id: int
    title: str
    delay_seconds: float


# For the calendar; the posts stay.
KEEP_PUBLISHED_DAYS = 400
_FORGET = """
DELETE FROM draft
 WHERE id = ANY (ARRAY(SELECT id FROM draft
                        WHERE status = 'published' AND published_at < now() - make_interval(days => $1) LIMIT $2))
"""


async def forget_published(worker: WorkerContext) -> None:
    """Daily upkeep."""
    await forget(worker.pool, _FORGET, KEEP_PUBLISHED_DAYS)


async def add_due(worker: WorkerContext) -> None:
    """Add the work of what is due, each artist's in order, and tickets for its time."""
    for row in await worker.pool.fetch(_USERS, MAX_USERS):
        for draft in await _add_due_of(worker.pool, row["user_id"]):
            await worker.queues.put(Queue.PUBLISHING, delay_seconds=draft.delay_seconds)


async def _add_due_of(pool: Pool, user_id: int) -> Sequence[_Due]:
    async with pool.acquire() as connection, connection.transaction():
        # A queue that is being paused is paused before, or finds the work. The drafts of an artist whose desk is locked
        # follow at the next look: others' do not wait for them.
        if not await try_lock_desk(connection, user_id=user_id):
            return []
        drafts = await find_all(connection, _Due, _DUE, user_id, MAX_DRAFTS)
        for draft in drafts:
            subject = (draft.id, draft.title)
            await add_work(connection, KIND, user_id, [subject], request_id=None, delay_seconds=draft.delay_seconds)
        return drafts
