"""A preview whose bytes are gone is drawn again: by a task that looks at its file anew, once a day at most."""

from ..base.database import Pool
from ..base.telemetry import log, request_id
from ..http.errors import ProblemError, gone, unavailable
from ..work.queue import Queue, Queues

# A vault that has lost all its previews draws them as they are looked for; the owner's own tasks find room beside.
MAX_WAITING = 128

_LOCK = "SELECT 1 FROM asset WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL FOR UPDATE"

_BEGIN = """
INSERT INTO job (kind, asset_id, params_json, user_id, requested_by, group_id, request_id)
SELECT 'metadata_extract', $1, '{}', $2, $2, gen_random_uuid(), $4
 WHERE NOT EXISTS (SELECT FROM job
                    WHERE asset_id = $1 AND kind = 'metadata_extract' AND created_at > now() - interval '1 day')
   AND (SELECT count(*) FROM job WHERE user_id = $2 AND status = 'pending') < $3
RETURNING id
"""

_IS_IN_VAIN = """
SELECT count(*) > 0 AND count(*) FILTER (WHERE status IN ('pending', 'running')) = 0
  FROM job
 WHERE asset_id = $1 AND kind = 'metadata_extract'
   AND (created_at > now() - interval '1 day' OR status IN ('pending', 'running'))
"""


async def draw_again(pool: Pool, queues: Queues, *, user_id: int, asset_id: int) -> ProblemError:
    """Have the file's previews drawn again; what to answer meanwhile: 503, or 410 where that has been tried in vain."""
    async with pool.acquire() as connection, connection.transaction():
        if await connection.fetchval(_LOCK, asset_id, user_id) is None:
            return gone("This picture of a file in the trash is gone.")
        begun = await connection.fetchval(_BEGIN, asset_id, user_id, MAX_WAITING, request_id())
        is_in_vain = await connection.fetchval(_IS_IN_VAIN, asset_id)
    if begun is not None:
        log.warning("preview_lost", asset_id=asset_id, job_id=begun)
        await queues.put(Queue.TASKS)
    if is_in_vain:
        return gone("This picture was lost, and could not be drawn again. Send the file again to have it back.")
    # Where so many tasks wait that this one found no room, it begins when somebody looks again.
    return unavailable("This picture was lost, and is drawn again. Please look again in a moment.")
