"""Making, changing and deleting drafts, each under the lock of their artist's desk."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from aiohttp import web

from ..base.database import POOL, Connection, Pool, find_all, find_values, lock, try_lock
from ..base.telemetry import log
from ..http.errors import ProblemError, conflict, require, unprocessable
from ..http.etags import IfMatch
from ..http.once import Once
from ..http.selection import check_all_found, distinct_ids
from ..http.wire import given_fields
from ..identity.users import Actor
from ..library.new_posts import DISCLOSED_BY, title_of
from ..site.licenses import known_licenses, unknown_license
from ..site.posts import LIVE_ARTWORK
from ..site.texts import MAX_TITLE, content_warnings, hashtags, one_line, some_lines
from ..work.adding import drop_work
from .drafts import (
    MAX_DRAFTS,
    ChangeOutcome,
    Draft,
    DraftChange,
    DraftChanged,
    DraftChanges,
    DraftFields,
    DraftMade,
    DraftsChanged,
    DraftSelection,
    DraftsMade,
    DraftsMoved,
    DraftsRequest,
    FieldFault,
)
from .live import note_drafts
from .queries import Reader, find_draft, find_drafts

# The kind of the work that publishes a draft.
KIND = "publish"
MAX_MADE = 1_024
# Of the date that a post gets.
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


async def lock_desk(connection: Connection, *, user_id: int) -> None:
    """Until the transaction ends, no other one changes this artist's drafts, but for publishing them."""
    await lock(connection, "desk", user_id)


async def try_lock_desk(connection: Connection, *, user_id: int) -> bool:
    """As ``lock_desk``, but without waiting."""
    return await try_lock(connection, "desk", user_id)


_COUNT = "SELECT count(*) FROM draft WHERE user_id = $1 AND status <> 'published'"
_KNOWN = "SELECT id, asset_id FROM draft WHERE user_id = $1 AND asset_id = ANY ($2) AND status <> 'published'"


async def drafts_left(connection: Connection | Pool, *, user_id: int) -> int:
    """How many more drafts there can be."""
    return MAX_DRAFTS - int(await connection.fetchval(_COUNT, user_id))


async def known_drafts(connection: Connection, asset_ids: Sequence[int], *, user_id: int) -> Mapping[int, int]:
    """The ids of the drafts that these files have, by file."""
    return {row["asset_id"]: row["id"] for row in await connection.fetch(_KNOWN, user_id, asset_ids)}


_FILES = f"""
SELECT id, name, provenance,
       (SELECT posts.id FROM posts WHERE posts.id = asset.post_id AND owner_id = $2 AND {LIVE_ARTWORK}) AS post_id
  FROM asset
 WHERE id = ANY ($1) AND user_id = $2 AND deleted_at IS NULL
"""
_MAKE = """
INSERT INTO draft (user_id, asset_id, title, hashtags, alt_text, content_warnings, license_id, ai_disclosure,
                   ai_opt_out, position)
SELECT asset.user_id, asset.id, title, hashtags, alt_text, content_warnings, license_id, ai_disclosure, ai_opt_out,
       place + (SELECT coalesce(max(position), 0) FROM draft WHERE user_id = $1)
  FROM unnest($2::bigint[], $3::text[], $4::text[]) WITH ORDINALITY AS new (asset_id, title, ai_disclosure, place)
  JOIN asset ON asset.id = new.asset_id AND asset.user_id = $1
    ON CONFLICT (asset_id) WHERE status <> 'published' DO NOTHING
RETURNING id, asset_id
"""


async def make_drafts(app: web.Application, actor: Actor, body: DraftsRequest, once: Once) -> DraftsMade:
    """A draft of each file, at the end of the table; a file that has one keeps it.

    Raises:
        ProblemError: 400 with each file that is unknown, another user's or in the trash; 409 too many drafts; 422 too
            many files; and as ``Once.begin``.
    """
    asset_ids, user_id = distinct_ids("file", body.asset_ids, most=MAX_MADE), actor.subject.id
    async with app[POOL].acquire() as connection, connection.transaction():
        await once.begin(connection)
        await lock_desk(connection, user_id=user_id)
        files = {row["id"]: row for row in await connection.fetch(_FILES, asset_ids, user_id)}
        check_all_found("file", body.asset_ids, files)
        known = await known_drafts(connection, asset_ids, user_id=user_id)
        new = [files[each] for each in asset_ids if each not in known and files[each]["post_id"] is None]
        if len(new) > await drafts_left(connection, user_id=user_id):
            raise conflict(f"There can be {MAX_DRAFTS:,} drafts. Publish or delete some first.")
        made = await connection.fetch(
            _MAKE,
            user_id,
            [file["id"] for file in new],
            [one_line(title_of(file["name"]))[:MAX_TITLE].strip() or None for file in new],
            [DISCLOSED_BY.get(file["provenance"]) for file in new],
        )
        draft_ids = {row["asset_id"]: row["id"] for row in made}
        await note_drafts(connection, user_id, "made", sorted(draft_ids.values()))
        items = [_made(asset_id, draft_ids, known, files[asset_id]["post_id"]) for asset_id in asset_ids]
        answer = DraftsMade(items=items, made_count=len(made))
        await once.end(connection, answer)
    log.info("drafts_made", drafts=len(made), user=actor.subject.sqid)
    return answer


def _made(asset_id: int, made: Mapping[int, int], known: Mapping[int, int], post_id: int | None) -> DraftMade:
    if asset_id in made:
        return DraftMade(asset_id=asset_id, outcome="made", draft_id=made[asset_id])
    if asset_id in known:
        return DraftMade(asset_id=asset_id, outcome="already", draft_id=known[asset_id])
    return DraftMade(asset_id=asset_id, outcome="published", post_id=post_id)


class _Locked(msgspec.Struct, frozen=True, kw_only=True):
    """A draft under the lock: what a change compares."""

    id: int
    version: int
    status: str
    title: str | None
    description: str | None
    hashtags: list[str]
    alt_text: str | None
    content_warnings: list[str]
    license_id: int | None
    ai_disclosure: str | None
    ai_opt_out: bool | None
    marks: str | None
    is_hidden: bool
    series_id: int | None
    posted_at: datetime | None


_FIELDS = DraftFields.__struct_fields__
_LOCK = f"""
SELECT {", ".join(_Locked.__struct_fields__)} FROM draft WHERE id = ANY ($1) AND user_id = $2 ORDER BY id FOR UPDATE
"""
_WRITE = f"""
UPDATE draft SET ({", ".join(_FIELDS)}) = ROW ({", ".join(f"new.{name}" for name in _FIELDS)}),
       version = draft.version + 1, updated_at = now()
  FROM jsonb_populate_recordset(NULL::draft, $1) AS new
 WHERE draft.id = new.id AND draft.user_id = $2
"""
_SERIES = "SELECT id FROM series WHERE id = ANY ($1) AND user_id = $2"


async def edit_drafts(app: web.Application, actor: Actor, body: DraftChanges) -> DraftsChanged:
    """Change each of these drafts as far as that is possible, in one transaction.

    Raises:
        ProblemError: 422, a draft is there twice.
    """
    draft_ids = [change.id for change in body.changes]
    if len(set(draft_ids)) < len(draft_ids):
        raise unprocessable("A draft is there twice.", path="$.changes")
    user_id, reader = actor.subject.id, Reader.of(app)
    async with app[POOL].acquire() as connection, connection.transaction():
        await lock_desk(connection, user_id=user_id)
        results = await change_drafts(connection, body.changes, user_id=user_id)
    drafts = await find_drafts(app[POOL], reader, user_id=user_id, draft_ids=draft_ids)
    now = {draft.id: draft for draft in drafts}
    items = [
        DraftChanged(id=each, outcome=outcome, errors=faults, draft=now.get(each)) for each, outcome, faults in results
    ]
    changed = sum(item.outcome == "changed" for item in items)
    log.info("drafts_changed", drafts=changed, asked=len(items), user=actor.subject.sqid)
    return DraftsChanged(items=items, changed_count=changed)


Result = tuple[int, ChangeOutcome, Sequence[FieldFault]]


async def change_drafts(
    connection: Connection, changes: Sequence[DraftChange], *, user_id: int, is_trial: bool = False
) -> list[Result]:
    """What becomes of each change, under the desk's lock.

    Args:
        is_trial: whether nothing is written.
    """
    rows = await find_all(connection, _Locked, _LOCK, [change.id for change in changes], user_id)
    locked = {row.id: row for row in rows}
    allowed = await _allowed(connection, changes, user_id=user_id)
    results: list[Result] = []
    writes = []
    for change in changes:
        draft = locked.get(change.id)
        outcome, faults, after = _changed(draft, change, allowed)
        results.append((change.id, outcome, faults))
        if outcome == "changed":
            writes.append(after)
    if writes and not is_trial:
        await connection.execute(_WRITE, msgspec.to_builtins(writes), user_id)
        await note_drafts(connection, user_id, "changed", [each.id for each in writes if each])
    return results


class _Allowed(msgspec.Struct, frozen=True):
    """What the changes may refer to."""

    licenses: Collection[int]
    series: Collection[int]


async def _allowed(connection: Connection, changes: Sequence[DraftChange], *, user_id: int) -> _Allowed:
    licenses = {change.fields.license_id for change in changes if isinstance(change.fields.license_id, int)}
    series = {change.fields.series_id for change in changes if isinstance(change.fields.series_id, int)}
    return _Allowed(
        await known_licenses(connection, licenses),
        {*await find_values(connection, _SERIES, list(series), user_id)} if series else (),
    )


def _changed(
    draft: _Locked | None, change: DraftChange, allowed: _Allowed
) -> tuple[ChangeOutcome, Sequence[FieldFault], _Locked | None]:
    """The outcome, what is wrong with its fields, and the draft afterwards."""
    if draft is None:
        return "lost", (), None
    if draft.status == "published":
        return "published", (), None
    if change.version is not None and change.version != draft.version:
        return "stale", (), None
    new, faults = _normalized(change.fields, allowed)
    if faults:
        return "invalid", faults, None
    after = msgspec.structs.replace(draft, **new)
    return ("same" if after == draft else "changed"), (), after


def _normalized(fields: DraftFields, allowed: _Allowed) -> tuple[Mapping[str, Any], Sequence[FieldFault]]:
    """The given values as they are stored, and what is wrong with others."""
    new: dict[str, Any] = {}
    faults: list[FieldFault] = []
    for name, value in given_fields(fields).items():
        try:
            new[name] = _stored(name, value, allowed)
        except ProblemError as error:
            faults.append(FieldFault(field=name, message=error.problem.detail))
    return new, faults


def _stored(name: str, value: Any, allowed: _Allowed) -> Any:
    """Raises: ProblemError: 422, the field cannot have this value."""
    match name:
        case "title":
            return one_line(value or "") or None
        case "description" | "alt_text":
            return some_lines(value or "") or None
        case "hashtags":
            return hashtags(value, path="$.hashtags")
        case "content_warnings":
            return content_warnings(value, path="$.content_warnings")
        case "license_id" if value is not None and value not in allowed.licenses:
            raise unknown_license(value, "$.license_id")
        case "series_id" if value is not None and value not in allowed.series:
            raise unprocessable("There is no such series.", path="$.series_id")
        case "posted_at" if value is not None and not EARLIEST < value < datetime.now(UTC):
            raise unprocessable("A post cannot have a date of the future, or before 1900.", path="$.posted_at")
    return value


async def edit_draft(app: web.Application, actor: Actor, draft_id: int, body: DraftFields, match: IfMatch) -> Draft:
    """Raises: ProblemError: 404; 409 it is published; 412; 422 a field cannot have this value."""
    user_id, reader = actor.subject.id, Reader.of(app)
    async with app[POOL].acquire() as connection, connection.transaction():
        await lock_desk(connection, user_id=user_id)
        match.require(require(await find_draft(connection, reader, user_id=user_id, draft_id=draft_id), "draft"))
        ((_, outcome, faults),) = await change_drafts(
            connection, [DraftChange(id=draft_id, fields=body)], user_id=user_id
        )
        if outcome == "published":
            raise conflict("It is published: change the post.")
        for fault in faults:
            raise unprocessable(fault.message, path=f"$.{fault.field}")
        draft = await find_draft(connection, reader, user_id=user_id, draft_id=draft_id)
    log.info("drafts_changed", drafts=int(outcome == "changed"), asked=1, user=actor.subject.sqid)
    return require(draft, "draft")


_DELETE = "DELETE FROM draft WHERE user_id = $1 AND id = ANY ($2) RETURNING id"


async def delete_drafts(app: web.Application, actor: Actor, body: DraftSelection) -> DraftsMoved:
    """Delete these drafts; one that is being published at this moment is not, or is not published."""
    draft_ids, user_id = list(dict.fromkeys(body.draft_ids)), actor.subject.id
    async with app[POOL].acquire() as connection, connection.transaction():
        await lock_desk(connection, user_id=user_id)
        deleted = await _delete(connection, draft_ids, user_id=user_id)
    log.info("drafts_deleted", drafts=len(deleted), user=actor.subject.sqid)
    return DraftsMoved(affected_count=len(deleted))


async def delete_draft(app: web.Application, actor: Actor, draft_id: int, match: IfMatch) -> None:
    """Raises: ProblemError: 404; 412."""
    user_id, reader = actor.subject.id, Reader.of(app)
    async with app[POOL].acquire() as connection, connection.transaction():
        await lock_desk(connection, user_id=user_id)
        match.require(require(await find_draft(connection, reader, user_id=user_id, draft_id=draft_id), "draft"))
        await _delete(connection, [draft_id], user_id=user_id)
    log.info("drafts_deleted", drafts=1, user=actor.subject.sqid)


async def _delete(connection: Connection, draft_ids: Sequence[int], *, user_id: int) -> Sequence[int]:
    await drop_drafts_work(connection, draft_ids, user_id=user_id)
    deleted = await find_values(connection, _DELETE, user_id, draft_ids)
    await note_drafts(connection, user_id, "removed", deleted)
    return deleted


_OWN = "SELECT id FROM draft WHERE user_id = $1 AND id = ANY ($2)"


async def drop_drafts_work(connection: Connection, draft_ids: Sequence[int], *, user_id: int) -> None:
    """Nothing more is done with those of these drafts that are the user's; call it before they are changed."""
    own = await find_values(connection, _OWN, user_id, draft_ids)
    await drop_work(connection, KIND, own)
