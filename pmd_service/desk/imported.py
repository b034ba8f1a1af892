"""What an import makes on the desk: drafts with all of their values, and series."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from ..base.database import Connection, Pool, find_values
from ..events.changes import note_changes
from ..http.errors import conflict
from ..site.posts import LIVE_ARTWORK
from .drafts import MAX_DRAFTS
from .edits import drafts_left, drop_drafts_work, known_drafts, lock_desk
from .live import note_drafts
from .series import MAX_SERIES

TOO_MANY_DRAFTS = f"There can be {MAX_DRAFTS:,} drafts. Publish or delete some, and import it again."


class NewDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A draft of a file of the user's; it is scheduled if it has a day."""

    asset_id: int
    title: str | None
    description: str | None
    hashtags: Sequence[str]
    alt_text: str | None
    content_warnings: Sequence[str]
    license_id: int | None
    ai_disclosure: str | None
    ai_opt_out: bool | None
    marks: str | None = None
    is_hidden: bool
    series_id: int | None
    due_at: datetime | None = None
    is_placed_by_hand: bool = False
    posted_at: datetime | None = None


class DraftThere(msgspec.Struct, frozen=True):
    """What a file has become: a draft, new or not, or a post that it was published as."""

    kind: str
    id: int
    is_new: bool


_POSTED = f"""
SELECT asset.id, posts.id AS post_id
  FROM asset JOIN posts ON posts.id = asset.post_id AND owner_id = $1 AND {LIVE_ARTWORK}
 WHERE asset.id = ANY ($2) AND user_id = $1
"""
# A day that has passed meanwhile is none.
_INSERT = """
INSERT INTO draft (user_id, asset_id, title, description, hashtags, alt_text, content_warnings, license_id,
                   ai_disclosure, ai_opt_out, marks, is_hidden, series_id, position, status, due_at, is_placed_by_hand,
                   posted_at)
SELECT $1, asset.id, new.title, new.description, new.hashtags, new.alt_text, new.content_warnings, new.license_id,
       new.ai_disclosure, new.ai_opt_out, new.marks, new.is_hidden, new.series_id,
       new.position + (SELECT coalesce(max(position), 0) FROM draft WHERE user_id = $1),
       CASE WHEN new.due_at > now() THEN 'scheduled' ELSE 'draft' END,
       CASE WHEN new.due_at > now() THEN new.due_at END, new.is_placed_by_hand AND new.due_at > now(), new.posted_at
  FROM jsonb_populate_recordset(NULL::draft, $2) AS new
  JOIN asset ON asset.id = new.asset_id AND asset.user_id = $1
    ON CONFLICT (asset_id) WHERE status <> 'published' DO NOTHING
RETURNING id, asset_id
"""


async def add_drafts(connection: Connection, new: Sequence[NewDraft], *, user_id: int) -> Mapping[int, DraftThere]:
    """Add drafts at the end of the table; a file that has one, or was published, keeps what it is.

    Returns:
        what each file is now, by its id.

    Raises:
        ProblemError: 409, too many drafts.
    """
    await lock_desk(connection, user_id=user_id)
    asset_ids = [each.asset_id for each in new]
    posted = {row["id"]: row["post_id"] for row in await connection.fetch(_POSTED, user_id, asset_ids)}
    fresh = [each for each in new if each.asset_id not in posted]
    if len(fresh) > await drafts_left(connection, user_id=user_id):
        raise conflict(TOO_MANY_DRAFTS)
    rows = [msgspec.to_builtins(each) | {"position": place} for place, each in enumerate(fresh, start=1)]
    made = {row["asset_id"]: row["id"] for row in await connection.fetch(_INSERT, user_id, rows)}
    await note_drafts(connection, user_id, "made", sorted(made.values()))
    known = await known_drafts(connection, asset_ids, user_id=user_id)
    return {
        **{asset_id: DraftThere("post", post_id, is_new=False) for asset_id, post_id in posted.items()},
        **{asset_id: DraftThere("draft", each, is_new=asset_id in made) for asset_id, each in known.items()},
    }


_DELETE = "DELETE FROM draft WHERE user_id = $1 AND id = ANY ($2) AND version = 1 RETURNING id"


async def delete_unchanged_drafts(connection: Connection, draft_ids: Sequence[int], *, user_id: int) -> Sequence[int]:
    """Delete those of these drafts that are as they were made; returns their ids."""
    await lock_desk(connection, user_id=user_id)
    await drop_drafts_work(connection, draft_ids, user_id=user_id)  # the upkeep adds it again for those that stay
    deleted = await find_values(connection, _DELETE, user_id, draft_ids)
    await note_drafts(connection, user_id, "removed", deleted)
    return deleted


class SeriesKey(msgspec.Struct, frozen=True):
    """By what an archive's series is found here; without a time, the oldest one of its name."""

    name: str
    created_at: datetime | None


_SERIES = """
SELECT wanted.name, wanted.created_at, min(series.id) AS id
  FROM jsonb_to_recordset($2) AS wanted (name text, created_at timestamptz)
  JOIN series ON series.user_id = $1 AND series.name = wanted.name
             AND series.created_at = coalesce(wanted.created_at, series.created_at)
 GROUP BY wanted.name, wanted.created_at
"""


async def find_series(
    connection: Connection | Pool, keys: Sequence[SeriesKey], *, user_id: int
) -> Mapping[SeriesKey, int]:
    """The ids of those of these series that the user has."""
    if not keys:
        return {}
    rows = await connection.fetch(_SERIES, user_id, msgspec.to_builtins(keys))
    return {SeriesKey(row["name"], row["created_at"]): row["id"] for row in rows}


_COUNT_SERIES = "SELECT count(*) FROM series WHERE user_id = $1"
_MAKE = "INSERT INTO series (user_id, name, description, created_at) VALUES ($1, $2, $3, $4) RETURNING id"


async def make_series(
    connection: Connection, key: SeriesKey, *, user_id: int, description: str | None, created_at: datetime
) -> int | None:
    """A series without posts; None if it is there.

    Raises:
        ProblemError: 409, there are too many.
    """
    await lock_desk(connection, user_id=user_id)
    if await find_series(connection, [key], user_id=user_id):
        return None
    if await connection.fetchval(_COUNT_SERIES, user_id) >= MAX_SERIES:
        raise conflict(f"There can be {MAX_SERIES} series. Delete one, and import it again.")
    series_id: int = await connection.fetchval(_MAKE, user_id, key.name, description, created_at)
    await note_changes(connection, user_id, "series", "made", [series_id])
    return series_id


_PLACE = """
INSERT INTO series_post (post_id, series_id, position)
SELECT $1, $2, coalesce($3, (SELECT max(position) FROM series_post WHERE series_id = $2) + 1, 1)
"""
_COVER = "UPDATE series SET cover_post_id = $3 WHERE id = $1 AND user_id = $2 AND cover_post_id IS NULL"


async def join_series(
    connection: Connection, key: SeriesKey, *, user_id: int, post_id: int, position: int | None, is_cover: bool
) -> None:
    """Put a post that the transaction has made into this series, if it is there."""
    await lock_desk(connection, user_id=user_id)
    if (series_id := (await find_series(connection, [key], user_id=user_id)).get(key)) is not None:
        await connection.execute(_PLACE, post_id, series_id, position)
        if is_cover:
            await connection.execute(_COVER, series_id, user_id, post_id)


_DROP_EMPTY = f"""
DELETE FROM series
 WHERE user_id = $1 AND id = ANY ($2)
   AND NOT EXISTS (SELECT FROM series_post JOIN posts ON posts.id = post_id
                    WHERE series_id = series.id AND {LIVE_ARTWORK})
   AND NOT EXISTS (SELECT FROM draft
                    WHERE draft.user_id = $1 AND draft.status <> 'published' AND draft.series_id = series.id)
RETURNING id
"""


async def delete_empty_series(connection: Connection, series_ids: Sequence[int], *, user_id: int) -> Sequence[int]:
    """Delete those of these series that have neither posts nor drafts; returns their ids."""
    await lock_desk(connection, user_id=user_id)
    deleted = await find_values(connection, _DROP_EMPTY, user_id, series_ids)
    await note_changes(connection, user_id, "series", "removed", deleted)
    return deleted
