"""Notifying the site of changes to its posts (SPEC section 14): by a webhook, and by clearing its feeds.

The webhook's row in the outbox is written in the transaction of the change, so that neither exists without the other.
"""

from collections.abc import Sequence
from typing import Self

import msgspec
from aiohttp import web

from ..base.database import Connection
from ..base.settings import SETTINGS
from ..site.feeds import FEEDS, Feeds
from ..work.context import WorkerContext
from ..work.queue import QUEUES, Queue, Queues
from .queue import WEBHOOK

TOPIC = "posts_changed"


class Hook(msgspec.Struct, frozen=True):
    """Whether the site has a webhook, the queues that deliver it, and the site's feeds."""

    is_set: bool
    queues: Queues
    feeds: Feeds | None = None

    @classmethod
    def of(cls, app: web.Application) -> Self:
        return cls(app[SETTINGS].site_webhook_url is not None, app[QUEUES], app.get(FEEDS))

    @classmethod
    def of_worker(cls, worker: WorkerContext) -> Self:
        return cls(worker.settings.site_webhook_url is not None, worker.queues, worker.feeds)

    async def changed(self, webhook_id: int | None) -> None:
        """Call after the commit.

        Args:
            webhook_id: of ``queue_webhook``.
        """
        if webhook_id is not None:
            await self.queues.put(Queue.WEBHOOKS)
        if self.feeds is not None:
            await self.feeds.clear()


# A user's webhooks are sent in the order of their work's ids. Each is assigned under a lock of the user and so in
# commit order. It is the last lock of its transaction: its holder never waits for another one.
_QUEUE = f"""
WITH message AS (
    INSERT INTO outbox (channel, topic, user_id, about, deduplication_key, payload)
    SELECT 'webhook', '{TOPIC}', $1, $1::text, gen_random_uuid()::text,
           jsonb_build_object('action', $2::text, 'post_ids', $3::bigint[])
      FROM (SELECT pg_advisory_xact_lock(hashtext('webhook'), $1)) AS locked
    RETURNING id, user_id)
INSERT INTO work (kind, subject, user_id, title)
SELECT '{WEBHOOK}', id::text, user_id, 'posts changed' FROM message
RETURNING subject::bigint
"""


async def queue_webhook(
    connection: Connection, hook: Hook, *, user_id: int, action: str, post_ids: Sequence[int]
) -> int | None:
    """Queue a webhook at the end of the caller's transaction; None if the site has none, or no post has changed."""
    if not hook.is_set or not post_ids:
        return None
    webhook_id: int = await connection.fetchval(_QUEUE, user_id, action, sorted(post_ids))
    return webhook_id
