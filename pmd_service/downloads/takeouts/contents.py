"""What a takeout would have now: counts and bytes of its parts."""

from typing import Annotated

import msgspec
from msgspec import Meta

from ...base.database import Pool, find_one
from ...site.posts import LIVE_ARTWORK
from ..taken import TAKEN_FILE


class TakeoutContents(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a takeout that would be made now; its documents come on top of these bytes.

    The bytes of posts are those that are known: a site may not tell them.
    """

    post_count: Annotated[int, Meta(examples=[300])]
    post_bytes: Annotated[int, Meta(examples=[41_000_000])]
    file_count: Annotated[int, Meta(examples=[1200])]
    file_bytes: Annotated[int, Meta(examples=[212_000_000])]
    pack_count: Annotated[int, Meta(examples=[4])]
    edition_count: Annotated[int, Meta(examples=[9])]
    edition_bytes: Annotated[int, Meta(examples=[88_000_000])]
    draft_count: Annotated[int, Meta(description="Without published ones.", examples=[12])]
    scheduled_count: Annotated[int, Meta(examples=[9])]
    series_count: Annotated[int, Meta(examples=[3])]
    key_count: Annotated[int, Meta(examples=[4])]
    webhook_count: Annotated[int, Meta(examples=[2])]


_FIND = f"""
SELECT posts.count AS post_count, posts.bytes AS post_bytes, files.count AS file_count, files.bytes AS file_bytes,
       (SELECT count(*) FROM pack WHERE user_id = $1 AND deleted_at IS NULL) AS pack_count,
       editions.count AS edition_count, editions.bytes AS edition_bytes,
       drafts.count AS draft_count, drafts.scheduled AS scheduled_count,
       (SELECT count(*) FROM series WHERE user_id = $1) AS series_count,
       (SELECT count(*) FROM access_key WHERE user_id = $1 AND revoked_at IS NULL) AS key_count,
       (SELECT count(*) FROM webhooks WHERE user_id = $1) AS webhook_count
  FROM (SELECT count(*), coalesce(sum(file_bytes), 0)::bigint AS bytes
          FROM posts WHERE owner_id = $1 AND {LIVE_ARTWORK}) AS posts,
       (SELECT count(*), coalesce(sum(size_bytes), 0)::bigint AS bytes
          FROM asset WHERE {TAKEN_FILE}) AS files,
       (SELECT count(*), coalesce(sum(size_bytes), 0)::bigint AS bytes
          FROM pack_edition JOIN pack ON pack.id = pack_id WHERE user_id = $1 AND deleted_at IS NULL) AS editions,
       (SELECT count(*), count(*) FILTER (WHERE status = 'scheduled') AS scheduled
          FROM draft WHERE user_id = $1 AND status <> 'published') AS drafts
"""


async def find_contents(pool: Pool, *, user_id: int) -> TakeoutContents:
    found = await find_one(pool, TakeoutContents, _FIND, user_id)
    assert found is not None  # it has one row
    return found
