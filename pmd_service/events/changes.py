"""GET /api/pmd/changes: what was made, changed and removed since a cursor, in order, with nothing left out.

Triggers write the table ``changes``, in the transaction that changes a row. Its ids are not in the order of
commits: one that commits late would be missed by a reader that remembers the last id. So a cursor remembers a snapshot,
that is, which transactions it has seen: a page has what the present snapshot shows and that one did not. Within these,
ids are in the order in which each thing changed, because they are assigned while its row is locked.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

import asyncpg
import msgspec
from msgspec import Meta

from ..base.database import Connection, Pool, find_all, find_one, forget
from ..http.errors import gone, unprocessable
from ..http.scopes import Scope
from ..http.wire import not_of_this_list, read_cursor, write_cursor
from ..identity.users import Actor, require_scope
from ..locales import translatable

KEEP_DAYS = 30
# So that what a cursor of 30 days needs is there until the last moment, even of a transaction that takes hours.
KEPT_DAYS = KEEP_DAYS + 1
MAX_PAGE = 10_000

Action: TypeAlias = Literal["made", "changed", "removed"]

# The kinds of things, with what happens to them besides that they are made, changed and removed; and where they are
# listed. What is deleted or in the trash is gone from its list, so that it counts as removed, and then as made again.
EVENTS: Mapping[str, Mapping[str, Action]] = {
    "post": {
        "hidden": "changed",
        "hidden_by_moderator": "changed",
        "shown": "changed",
        "licensed": "changed",
        "deleted": "removed",
        "restored": "made",
    },
    "asset": {"trashed": "removed", "restored": "made"},
    "smart_folder": {},
    "draft": {"scheduled": "changed", "published": "changed", "failed": "changed"},
    "series": {},
    "pack": {"built": "changed"},
    "bdr": {"ready": "changed", "failed": "changed", "expired": "changed"},
    "takeout": {"completed": "changed"},
    "upload": {"completed": "changed", "partial": "changed", "failed": "changed"},
    "job": {"completed": "changed", "failed": "changed", "cancelled": "changed"},
    "link": {},
}
_ALL: dict[str, Action] = {"made": "made", "changed": "changed", "removed": "removed"}
LISTS: Mapping[str, str] = {
    "post": "/api/pmd/posts",
    "asset": "/api/pmd/assets",
    "smart_folder": "/api/pmd/smart-folders",
    "draft": "/api/pmd/drafts",
    "series": "/api/pmd/series",
    "pack": "/api/pmd/packs",
    "bdr": "/api/pmd/bdr",
    "takeout": "/api/pmd/takeout",
    "upload": "/api/pmd/uploads",
    "job": "/api/pmd/jobs",
    "link": "/api/pmd/packs/{pack_id}/links",
}
# What an access key needs to read of them.
SCOPES: Mapping[str, Scope] = {
    "post": "posts:read",
    "asset": "library:read",
    "smart_folder": "library:read",
    "draft": "posts:read",
    "series": "posts:read",
    "pack": "packs:read",
    "bdr": "downloads:read",
    "takeout": "downloads:read",
    "upload": "uploads:read",
    "job": "library:read",
    "link": "packs:read",
}
# Their ids are UUIDs; the others' are numbers.
_WITH_UUIDS = {"bdr", "takeout", "upload"}

EVENT_NAMES: Sequence[str] = [f"{kind}.{event}" for kind, own in EVENTS.items() for event in (*_ALL, *own)]

# Snapshots and ids are of one database: another one, also one that was filled from a dump, may count them again. An SQL
# expression.
INSTALLATION = "(SELECT concat_ws('.', system_identifier, 'changes'::regclass::oid) FROM pg_control_system())"
# What is not kept in the database itself is of one life of it. A standby that was promoted, or a copy that was restored
# to a point in time, counts again what it has lost; the control file has its timeline only after a checkpoint.
_LIFE = f"concat_ws('.', {INSTALLATION}, left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))"


def subject_id(kind: str, subject: str) -> int | str:
    """The id as the kind's own calls have it."""
    return subject if kind in _WITH_UUIDS else int(subject)


class Change(msgspec.Struct, frozen=True, gc=False):
    """Something that has happened to one thing: ``event`` says what, and ``action`` what it means for a copy."""

    kind: Annotated[str, Meta(examples=["post"])]
    id: Annotated[int | str, Meta(description="As the kind's own calls have it.", examples=[102])]
    action: Action
    event: Annotated[str, Meta(examples=["post.hidden"])]
    at: datetime


class ChangePage(msgspec.Struct, frozen=True, kw_only=True):
    """What has happened since the cursor, in order; a thing that has changed repeatedly may be listed once, the last.

    Without a cursor there are no items. If ``has_more``, go on with ``next_cursor`` now; otherwise whenever you like.
    """

    items: Sequence[Change]
    next_cursor: Annotated[str, Meta(examples=["lqZvMTIzNKU3OjI6oMDAwKA"])]
    has_more: bool


class ChangesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of GET /api/pmd/changes."""

    cursor: (
        Annotated[str, Meta(description="`next_cursor` of the answer before; without it, the answer has that of now.")]
        | None
    ) = None
    kinds: (
        Annotated[
            str, Meta(description=f"Some of {', '.join(EVENTS)}; by commas. Without it, all.", examples=["post,asset"])
        ]
        | None
    ) = None
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Changes a page.")] = 1000


class Place(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a reader is: everything that ``seen`` shows has been listed.

    Between two pages, ``showing`` is the snapshot that both are of, and ``id`` and ``subject`` are the last change.
    """

    installation: Annotated[str, Meta(max_length=100)]
    seen: str
    seen_at: Annotated[datetime, Meta(tz=True)]
    showing: str | None = None
    showing_at: Annotated[datetime, Meta(tz=True)] | None = None
    id: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    subject: Annotated[str, Meta(max_length=40)] = ""


class _Now(msgspec.Struct, frozen=True):
    installation: str
    snapshot: str
    at: datetime
    is_kept: bool | None
    is_past: bool | None


_NOW = f"""
SELECT {_LIFE} AS installation, pg_current_snapshot()::text AS snapshot, now() AS at,
       $1::timestamptz > now() - make_interval(days => {KEEP_DAYS}) AS is_kept,
       pg_snapshot_xmax($2::text::pg_snapshot) <= pg_snapshot_xmax(pg_current_snapshot()) AS is_past
"""

_READ = """
SELECT id, kind, event, subject, at
  FROM (SELECT id, kind, event, unnest(subjects) AS subject, at
          FROM changes
         WHERE user_id = $1 AND kind = ANY ($2) AND txid >= pg_snapshot_xmin($3::text::pg_snapshot)
           AND NOT pg_visible_in_snapshot(txid, $3::text::pg_snapshot)
           AND pg_visible_in_snapshot(txid, $4::text::pg_snapshot)
           AND id >= $5) AS listed
 WHERE (id, subject COLLATE "C") > ($5, $6)
 ORDER BY id, subject COLLATE "C"
 LIMIT $7
"""


class _Row(msgspec.Struct, frozen=True, gc=False):
    id: int
    kind: str
    event: str
    subject: str
    at: datetime


async def read_changes(pool: Pool, query: ChangesQuery, actor: Actor) -> ChangePage:
    """A page of what has happened to a user's things; of those kinds that an access key may read, where there is one.

    Raises:
        ProblemError: 403 a kind that the key may not read; 410 the cursor is older than ``KEEP_DAYS``, or another
            installation's: list everything again; 422 an unknown kind, or no cursor.
    """
    kinds, user_id = _kinds(query.kinds, actor), actor.subject.id
    place = None if query.cursor is None else read_cursor(query.cursor, Place)
    try:
        now = await find_one(pool, _Now, _NOW, place and place.seen_at, place and place.seen)
        assert now is not None
        if place is None:
            begin = write_cursor(Place(now.installation, now.snapshot, now.at))
            return ChangePage(items=[], next_cursor=begin, has_more=False)
        return await _page_behind(pool, place, now, user_id=user_id, kinds=kinds, limit=query.limit)
    except asyncpg.DataError as error:  # no snapshot
        raise not_of_this_list() from error


async def _page_behind(
    pool: Pool, place: Place, now: _Now, *, user_id: int, kinds: Sequence[str], limit: int
) -> ChangePage:
    if place.installation != now.installation or not now.is_past or not now.is_kept:
        is_old = place.installation == now.installation and now.is_past
        why = translatable("older than 30 days") if is_old else translatable("of another database")
        raise gone(
            f"This cursor is {why}: what has changed since is not known any more. Start again: take a cursor without "
            f"one, then list everything ({', '.join(LISTS[kind] for kind in kinds)})."
        )
    # A page's rows are those of the snapshot that is current when its round begins.
    showing, showing_at = place.showing or now.snapshot, place.showing_at or now.at
    values = (user_id, kinds, place.seen, showing, place.id, place.subject, limit + 1)
    rows = await find_all(pool, _Row, _READ, *values)
    following = Place(now.installation, showing, showing_at)
    if has_more := len(rows) > limit:
        last = rows[limit - 1]
        following = msgspec.structs.replace(
            place, showing=showing, showing_at=showing_at, id=last.id, subject=last.subject
        )
    return ChangePage(
        items=[_change(each) for each in rows[:limit]], next_cursor=write_cursor(following), has_more=has_more
    )


def _change(row: _Row) -> Change:
    action = {**_ALL, **EVENTS[row.kind]}[row.event]
    return Change(row.kind, subject_id(row.kind, row.subject), action, f"{row.kind}.{row.event}", row.at)


def _kinds(text: str | None, actor: Actor) -> list[str]:
    allowed = [kind for kind in EVENTS if actor.may([SCOPES[kind]])]
    if text is None:
        return allowed
    kinds = text.split(",")
    if unknown := [kind for kind in kinds if kind not in EVENTS]:
        raise unprocessable(f"There is no kind “{unknown[0][:40]}”; there are {', '.join(EVENTS)}.", path="?kinds")
    for kind in kinds:
        require_scope(actor, SCOPES[kind])
    return kinds


_NOTE = """
INSERT INTO changes (user_id, kind, event, subjects)
SELECT $1, $2, $3, array_agg(id::text ORDER BY place)
  FROM unnest($4::bigint[]) WITH ORDINALITY AS changed (id, place)
 GROUP BY (place - 1) / 1000
 ORDER BY min(place)
"""


async def note_changes(connection: Connection, user_id: int, kind: str, event: str, ids: Sequence[int]) -> None:
    """Record what happened to things that no trigger watches, in the transaction that does it."""
    await connection.execute(_NOTE, user_id, kind, event, ids)


_DELETE_OLD = """
DELETE FROM changes
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM changes WHERE at < now() - make_interval(days => $1) LIMIT $2))
"""

# Users with so many rows have them merged.
MERGED_ROWS = 10_000
_CROWDED = "SELECT user_id FROM changes GROUP BY user_id HAVING count(*) > $1"

# Of each thing, the last change alone, at its place. Only of what every snapshot to come shows.
_MERGE = """
WITH before AS (
    DELETE FROM changes
     WHERE user_id = $1 AND txid < pg_snapshot_xmin(pg_current_snapshot())
    RETURNING id, user_id, txid, kind, event, at, subjects),
latest AS (
    SELECT DISTINCT ON (kind, subject) before.*, subject
      FROM before, unnest(subjects) AS subject
     ORDER BY kind, subject, id DESC)
INSERT INTO changes (id, user_id, txid, kind, event, subjects, at) OVERRIDING SYSTEM VALUE
SELECT id, user_id, txid, kind, event, array_agg(subject), at
  FROM latest GROUP BY id, user_id, txid, kind, event, at
"""


async def delete_old_changes(connection: Connection | Pool) -> None:
    """Daily upkeep: what is too old, and what a later change of the same thing has made superfluous."""
    await forget(connection, _DELETE_OLD, KEPT_DAYS)
    for row in await connection.fetch(_CROWDED, MERGED_ROWS):
        await connection.execute(_MERGE, row["user_id"])
