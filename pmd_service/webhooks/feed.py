"""Makes deliveries of what has changed, and sees to it that they are sent: a step of the upkeep, every few seconds."""

from ..base.database import Pool, forget, row_count
from ..events.changes import INSTALLATION, KEEP_DAYS
from ..identity.users import IN_GOOD_STANDING
from ..work.adding import add_work
from ..work.context import WorkerContext
from ..work.queue import Queue
from .messages import MAX_IDS
from .queries import KIND

# Webhooks of one statement. One with as many deliveries waiting gets no more: the changes are kept, and it comes to
# them when it answers again.
BATCH = 100
MAX_WAITING = 1000

# SQL: whether anybody has a webhook.
HAS_WEBHOOKS = "EXISTS (SELECT FROM webhooks)"

# What the snapshot does not show that a webhook has seen. A run of one event becomes one delivery, within its limit of
# ids: who changes 100,000 posts at once has not 100,000 deliveries. Another process may have gone on meanwhile, which
# an older snapshot must not take back.
_MAKE = f"""
WITH behind AS MATERIALIZED (
    SELECT id, user_id, events, seen, installation = {INSTALLATION} AS is_same
      FROM webhooks
     WHERE disabled_at IS NULL
       AND (installation <> {INSTALLATION}
            OR pg_snapshot_xmax(seen) <= pg_snapshot_xmax(pg_current_snapshot())
           AND EXISTS (SELECT FROM changes
                        WHERE changes.user_id = webhooks.user_id AND txid >= pg_snapshot_xmin(seen)
                          AND NOT pg_visible_in_snapshot(txid, seen))
           AND (SELECT count(*) FROM (SELECT FROM webhook_deliveries
                                       WHERE webhook_id = webhooks.id AND status = 'due' LIMIT $2) AS waiting) < $2)
     ORDER BY id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED),
pending AS (
    SELECT behind.id AS webhook_id, kind || '.' || event AS event, at, subject,
           row_number() OVER (PARTITION BY behind.id ORDER BY changes.id, subject) AS place,
           row_number() OVER (PARTITION BY behind.id, kind, event ORDER BY changes.id, subject) AS own_place
      FROM behind
      JOIN changes ON changes.user_id = behind.user_id AND txid >= pg_snapshot_xmin(seen)
                  AND NOT pg_visible_in_snapshot(txid, seen)
     CROSS JOIN LATERAL unnest(subjects) AS subject
     WHERE is_same AND kind || '.' || event = ANY (events)),
made AS (
    INSERT INTO webhook_deliveries (webhook_id, message_id, event, subjects, at)
    SELECT webhook_id, 'msg_' || replace(gen_random_uuid()::text, '-', ''), event, array_agg(DISTINCT subject), max(at)
      FROM pending
     GROUP BY webhook_id, event, place - own_place, (own_place - 1) / {MAX_IDS}
     ORDER BY webhook_id, min(place)
    RETURNING id)
UPDATE webhooks SET seen = pg_current_snapshot(), seen_at = now(), installation = {INSTALLATION}
  FROM behind
 WHERE webhooks.id = behind.id
"""

_UNSERVED = f"""
SELECT webhooks.id, user_id FROM webhooks JOIN users ON users.id = user_id AND {IN_GOOD_STANDING}
 WHERE EXISTS (SELECT FROM webhook_deliveries
                WHERE webhook_id = webhooks.id AND status = 'due' AND (is_manual OR disabled_at IS NULL))
   AND NOT EXISTS (SELECT FROM work WHERE kind = '{KIND}' AND subject = webhooks.id::text)
 ORDER BY webhooks.id LIMIT $1
"""

# Those of a suspended account may have waited for long: what was sent since is shown for as long as others.
_DELETE_OLD = """
DELETE FROM webhook_deliveries
 WHERE id = ANY (ARRAY(SELECT id FROM webhook_deliveries
                        WHERE status <> 'due' AND created_at < now() - make_interval(days => $1)
                          AND coalesce(tried_at, created_at) < now() - make_interval(days => $1)
                        ORDER BY created_at LIMIT $2))
"""


async def feed_webhooks(worker: WorkerContext) -> None:
    """Make deliveries, and add the work of sending them where there is none."""
    while row_count(await worker.pool.execute(_MAKE, BATCH, MAX_WAITING)) == BATCH:
        pass
    unserved = await worker.pool.fetch(_UNSERVED, BATCH)
    for row in unserved:
        async with worker.pool.acquire() as connection, connection.transaction():
            webhook = [(row["id"], "deliveries to a webhook")]
            await add_work(connection, KIND, row["user_id"], webhook, request_id=None)
    if unserved:
        await worker.queues.put(Queue.DELIVERIES, len(unserved))


async def delete_old_deliveries(pool: Pool) -> None:
    """Daily upkeep."""
    await forget(pool, _DELETE_OLD, KEEP_DAYS)
