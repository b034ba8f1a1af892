"""Drafts on event streams, and in the log of changes: each of some, and the numbers of all.

No trigger writes them: drafts are written by this package alone, thousands by one statement.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from ..base.database import Connection, Pool
from ..events.changes import note_changes
from ..events.topic import Topic, loads, none_at_first, of_users
from ..http.scopes import Scope
from .drafts import Draft
from .queries import Reader, load_drafts

# A page reads its list again after more.
MAX_NOTIFIED = 100


class DraftsState(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a user's drafts: one ``drafts_update``, however many have changed."""

    id: int
    draft_count: int
    scheduled_count: int
    failed_count: int
    is_paused: bool
    updated_at: datetime | None


_COUNT = """
SELECT users.id, count(draft.id) FILTER (WHERE status = 'draft')::int AS draft_count,
       count(draft.id) FILTER (WHERE status = 'scheduled')::int AS scheduled_count,
       count(draft.id) FILTER (WHERE status = 'failed')::int AS failed_count,
       coalesce((SELECT is_paused FROM publishing_rule WHERE user_id = users.id), false) AS is_paused,
       max(draft.updated_at) AS updated_at
  FROM unnest($1::int[]) AS users (id)
  LEFT JOIN draft ON draft.user_id = users.id
 GROUP BY users.id
"""
_NOTIFY = """
SELECT pg_notify('pmd_changed', concat_ws(' ', $1::int, kind, id))
  FROM (SELECT 'drafts' AS kind, $1::bigint AS id UNION ALL SELECT 'draft', unnest($2::bigint[])) AS changed
"""


async def note_drafts(connection: Connection, user_id: int, event: str, draft_ids: Sequence[int]) -> None:
    """Record what happened to drafts, and notify who follows them, in the transaction that does it.

    Args:
        event: as ``events/changes`` names it.
    """
    if draft_ids:
        await note_changes(connection, user_id, "draft", event, draft_ids)
        await notify_drafts(connection, user_id, draft_ids)


async def notify_drafts(connection: Connection, user_id: int, draft_ids: Sequence[int] = ()) -> None:
    """Notify who follows the numbers of a user's drafts, and, of not too many, each of them."""
    await connection.execute(_NOTIFY, user_id, draft_ids if len(draft_ids) <= MAX_NOTIFIED else [])


COUNTS = Topic(
    kind="drafts",
    scopes=("posts:read",),
    id_type=int,
    state=DraftsState,
    load=loads(DraftsState, _COUNT),
    newest=of_users,
)


def draft_topic(reader: Reader) -> Topic:
    """Each draft that changes, as the lists have it."""

    async def load(pool: Pool, draft_ids: Collection[int]) -> Mapping[int, Draft]:
        return {draft.id: draft for draft in await load_drafts(pool, reader, draft_ids)}

    scopes: Sequence[Scope] = ("posts:read", "library:read")  # with its file
    return Topic(kind="draft", scopes=scopes, id_type=int, state=Draft, load=load, newest=none_at_first)
