"""What the site itself gets to know of a change of its posts (SPEC section 14): by a row and its job, and by its feeds.

The row is written in the transaction of the change, so that neither is there without the other.
"""

from typing import Self

import msgspec
from aiohttp import web

from ..base.database import Connection
from ..base.settings import SETTINGS
from ..site.feeds import FEEDS, Feeds
from ..work.queue import QUEUES, Queue, Queues

TOPIC = "posts_changed"


class Hook(msgspec.Struct, frozen=True):
    """Whether the site is to be told, who hears that there is something to tell, and the feeds that the site keeps."""

    is_set: bool
    queues: Queues
    feeds: Feeds | None = None

    @classmethod
    def of(cls, app: web.Application) -> Self:
        return cls(app[SETTINGS].site_webhook_url is not None, app[QUEUES], app.get(FEEDS))

    async def changed(self, news_id: int | None) -> None:
        """After the commit of what was asked for; None is no news."""
        if news_id is not None:
            await self.queues.put(Queue.WEBHOOKS)
        if self.feeds is not None:
            await self.feeds.clear()


def insert_news(changed: str, *, user: str, action: str) -> str:
    """The statement that has the site told; it returns the news' id.

    Args:
        changed: a SELECT of the posts, one row with an array ``ids``, or none when nothing has changed.
        user: the SQL of the posts' owner.
        action: the SQL of what was done.
    """
    # Ids are the order in which a user's news are sent. Each is handed out under the user's lock and so in the order
    # of the commits; it is the last lock of its transaction, and nobody who holds it waits for another one.
    return f"""
            INSERT INTO outbox (channel, topic, user_id, about, news, payload)
            SELECT 'webhook', '{TOPIC}', {user}, {user}::text, gen_random_uuid()::text,
                   jsonb_build_object('action', {action}, 'post_ids', ids)
              FROM (SELECT ids, pg_advisory_xact_lock(hashtext('webhook'), {user}) FROM ({changed}) AS changed) AS told
            RETURNING id"""


_TELL = insert_news("SELECT $3::int[] AS ids", user="$1::int", action="$2::text")


async def tell_site(connection: Connection, hook: Hook, *, user_id: int, action: str, post_id: int) -> int | None:
    """Have the site told, if it is to be, in the caller's transaction and at its end; the news' id, for ``changed``."""
    if not hook.is_set:
        return None
    news_id: int = await connection.fetchval(_TELL, user_id, action, [post_id])
    return news_id
