"""Notifying the site of changes to its posts (SPEC section 14): by a webhook, and by clearing its feeds.

The webhook's row in the outbox is written in the transaction of the change, so that neither exists without the other.
"""

from typing import Self

import msgspec
from aiohttp import web

from ..base.database import Connection
from ..base.settings import SETTINGS
from ..site.feeds import FEEDS, Feeds
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

    async def changed(self, news_id: int | None) -> None:
        """Call after the commit; ``news_id``: None if nothing was written to the outbox."""
        if news_id is not None:
            await self.queues.put(Queue.WEBHOOKS)
        if self.feeds is not None:
            await self.feeds.clear()


def insert_news(changed: str, *, user: str, action: str) -> str:
    """Two CTEs that queue a webhook: “told”, which has the id of its row, and “queued”, its work.

    Args:
        changed: a SELECT of the posts: one row with an array ``ids``, or none if nothing has changed.
        user: SQL of the posts' owner.
        action: SQL of the action.
    """
    # A user's webhooks are sent in the order of their work's ids. Each is assigned under a lock of the user and so in
    # commit order. It is the last lock of its statement: its holder never waits for another one.
    return f"""
            told AS (
                INSERT INTO outbox (channel, topic, user_id, about, news, payload)
                SELECT 'webhook', '{TOPIC}', {user}, {user}::text, gen_random_uuid()::text,
                       jsonb_build_object('action', {action}, 'post_ids', ids)
                  FROM (SELECT ids, pg_advisory_xact_lock(hashtext('webhook'), {user})
                          FROM ({changed}) AS changed) AS news
                RETURNING id, user_id),
            queued AS (
                INSERT INTO work (kind, subject, user_id, title)
                SELECT '{WEBHOOK}', id::text, user_id, 'posts changed' FROM told)"""


_NOTIFY = f"""
WITH {insert_news("SELECT $3::bigint[] AS ids", user="$1::int", action="$2::text")}
SELECT id FROM told
"""


async def tell_site(connection: Connection, hook: Hook, *, user_id: int, action: str, post_id: int) -> int | None:
    """Queue a webhook, if the site has one, at the end of the caller's transaction; its id is for ``changed``."""
    if not hook.is_set:
        return None
    news_id: int = await connection.fetchval(_NOTIFY, user_id, action, [post_id])
    return news_id
