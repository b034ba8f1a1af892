"""Reading drafts: lists, one, and their numbers. What is to do before each can be published is found here."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Self, TypeVar

import asyncpg
import msgspec
from aiohttp import web

from ..base.database import Connection, Pool
from ..base.public_ids import PublicIds
from ..base.settings import SETTINGS, Settings
from ..http.instants import read_instant
from ..http.wire import EPOCH, MICROSECOND, not_of_this_list, read_cursor, write_cursor
from ..identity.users import PUBLIC_IDS
from ..library.new_posts import refusal_of
from ..locales import both, plural, translatable
from ..site.posts import LIVE_ARTWORK, VISIBLE_COMMENT
from .drafts import (
    Draft,
    DraftCounts,
    DraftCountsQuery,
    DraftFile,
    DraftPage,
    DraftPost,
    DraftProblem,
    DraftQuery,
    ProblemCode,
    ProblemCount,
    Status,
)

S = TypeVar("S", bound=msgspec.Struct)
# Of drafts with a problem, how many are named.
MAX_NAMED_DRAFTS = 100
MAX_NAMED_FILES = 3

_SELECT = f"""
SELECT draft.id, draft.version, draft.status, draft.title, draft.description, draft.hashtags, draft.alt_text,
       draft.content_warnings, draft.license_id, licenses.identifier AS license_identifier, draft.ai_disclosure,
       draft.ai_opt_out, draft.marks, draft.is_hidden, series.id AS series_id, series.name AS series_name,
       draft.position, draft.due_at, draft.is_placed_by_hand, draft.posted_at, draft.reason, draft.published_at,
       draft.created_at, draft.updated_at,
       asset.id AS asset_id, asset.name, asset.folder, asset.type, asset.file_format, asset.size_bytes, asset.width,
       asset.height, asset.frame_count, asset.preview_path IS NOT NULL AS has_preview,
       asset.deleted_at IS NOT NULL AS is_in_trash, asset.rejected_at IS NOT NULL AS is_set_aside,
       EXISTS (SELECT FROM reports WHERE reports.asset_id = asset.id AND facts ->> 'gps' = 'true') AS tells_place,
       draft.status <> 'published' AND EXISTS (
           SELECT FROM posts
            WHERE posts.id = asset.post_id AND owner_id = draft.user_id AND {LIVE_ARTWORK}) AS is_posted,
       post.id AS post_id, post.public_sqid, post.view_count,
       CASE WHEN post.id IS NOT NULL
            THEN (SELECT count(*) FROM reactions WHERE reactions.post_id = post.id) END AS reaction_count,
       CASE WHEN post.id IS NOT NULL
            THEN (SELECT count(*) FROM comments
                   WHERE comments.post_id = post.id AND {VISIBLE_COMMENT}) END AS comment_count
  FROM draft
  LEFT JOIN asset ON asset.id = draft.asset_id AND asset.user_id = draft.user_id
  LEFT JOIN licenses ON licenses.id = draft.license_id
  LEFT JOIN series ON series.id = draft.series_id AND series.user_id = draft.user_id
  LEFT JOIN posts AS post ON post.id = draft.post_id AND post.owner_id = draft.user_id
"""
# IS TRUE keeps the planner from reading all of the user's drafts for some of them.
_ONE = f"{_SELECT} WHERE draft.id = $1 AND draft.user_id = $2"
_SOME = f"""
{_SELECT} WHERE draft.id = ANY ($1) AND (draft.user_id = $2) IS TRUE ORDER BY array_position($1, draft.id)
"""
# For the streams, whose hub knows whose they are.
_LOADED = f"{_SELECT} WHERE draft.id = ANY ($1)"
_BY_POSITION = f"""
{_SELECT} WHERE draft.id IN (
    SELECT id FROM draft
     WHERE user_id = $1 AND status = ANY ($2) AND ($3::timestamptz IS NULL OR published_at >= $3)
       AND (position, id) > ($4::float8, $5::bigint)
     ORDER BY position, id LIMIT $6)
 ORDER BY draft.position, draft.id
"""
_BY_DUE = f"""
{_SELECT} WHERE draft.id IN (
    SELECT id FROM draft
     WHERE user_id = $1 AND status = ANY ($2) AND ($3::timestamptz IS NULL OR published_at >= $3)
       AND due_at IS NOT NULL AND (due_at, id) > ($4::timestamptz, $5::bigint)
     ORDER BY due_at, id LIMIT $6)
 ORDER BY draft.due_at, draft.id
"""
_PUBLISHED = """
SELECT count(*) FROM draft WHERE user_id = $1 AND status = 'published' AND published_at >= $2
"""
UNPUBLISHED: Sequence[Status] = ("draft", "scheduled", "failed")

# Of one draft, and of how many.
_MESSAGES: Mapping[ProblemCode, tuple[str, tuple[str, str]]] = {
    "file_gone": (
        translatable("Its file was deleted."),
        both("{number} has no file any more.", "{number} have no file any more."),
    ),
    "file_in_trash": (
        translatable("Its file is in the trash."),
        both("{number} file is in the trash.", "{number} files are in the trash."),
    ),
    "file_set_aside": (
        translatable("Its file is set aside."),
        both("{number} file is set aside.", "{number} files are set aside."),
    ),
    "not_publishable": ("", both("{number} cannot be a post.", "{number} cannot be posts.")),
    "already_published": (
        translatable("Its file is published already."),
        both("{number} file is published already.", "{number} files are published already."),
    ),
    "no_title": (translatable("No title."), both("{number} has no title.", "{number} have no title.")),
    "no_alt_text": (translatable("No alt text."), both("{number} has no alt text.", "{number} have no alt text.")),
    "discloses_place": (
        translatable("Tells where it was made."),
        both("{number} tells where it was made.", "{number} tell where they were made."),
    ),
    "license_removed": (
        translatable("Its licence is not on this site any more."),
        both(
            "{number} has a licence that is not on this site any more.",
            "{number} have a licence that is not on this site any more.",
        ),
    ),
    "no_license": (translatable("No licence."), both("{number} has no licence.", "{number} have no licence.")),
}
# To publish without a licence is the artist's right.
_ADVICE: frozenset[ProblemCode] = frozenset({"no_license"})


class Reader(msgspec.Struct, frozen=True):
    """Makes drafts of rows: with public ids, and the rules of the site."""

    ids: PublicIds
    settings: Settings

    @classmethod
    def of(cls, app: web.Application) -> Self:
        return cls(app[PUBLIC_IDS], app[SETTINGS])

    def draft(self, row: asyncpg.Record) -> Draft:
        columns = dict(row)
        file = _taken(columns, DraftFile, _FILE)
        post = _taken(columns, DraftPost, _POST)
        tells_place, is_posted = columns.pop("tells_place"), columns.pop("is_posted")
        is_set_aside = columns.pop("is_set_aside")
        if post is not None:
            post = msgspec.structs.replace(post, public_sqid=self.ids.of(post.id, post.public_sqid))
        problems: list[DraftProblem] = []
        if columns["status"] != "published":
            found = self._problems(
                columns, file, is_set_aside=is_set_aside, tells_place=tells_place, is_posted=is_posted
            )
            problems = [
                DraftProblem(code=code, message=message, is_blocking=code not in _ADVICE) for code, message in found
            ]
        return Draft(
            **columns,
            file=file,
            post=post,
            problems=problems,
            is_ready=not any(problem.is_blocking for problem in problems),
        )

    def _problems(
        self,
        draft: Mapping[str, Any],
        file: DraftFile | None,
        *,
        is_set_aside: bool,
        tells_place: bool,
        is_posted: bool,
    ) -> Iterator[tuple[ProblemCode, str]]:
        def has(code: ProblemCode) -> tuple[ProblemCode, str]:
            return code, _MESSAGES[code][0]

        if file is None:
            yield has("file_gone")
        elif file.is_in_trash:
            yield has("file_in_trash")
        elif is_set_aside:
            yield has("file_set_aside")
        elif (refusal := refusal_of(file, self.settings)) is not None:
            yield "not_publishable", refusal[1]
        if is_posted:
            yield has("already_published")
        if not draft["title"]:
            yield has("no_title")
        if not draft["alt_text"]:
            yield has("no_alt_text")
        if tells_place and draft["marks"] is None:
            yield has("discloses_place")
        if draft["license_id"] is None:
            yield has("no_license")
        elif draft["license_identifier"] is None:
            yield has("license_removed")


_FILE = [{"id": "asset_id"}.get(name, name) for name in DraftFile.__struct_fields__]
_POST = [{"id": "post_id"}.get(name, name) for name in DraftPost.__struct_fields__]


def _taken(columns: dict[str, Any], kind: type[S], names: Sequence[str]) -> S | None:
    """A part, whose columns are taken out of the row; None if the row has none."""
    values = {field: columns.pop(name) for field, name in zip(kind.__struct_fields__, names, strict=True)}
    return None if values["id"] is None else kind(**values)


async def list_drafts(pool: Pool, reader: Reader, query: DraftQuery, *, user_id: int) -> DraftPage:
    """A page of drafts.

    Raises:
        ProblemError: 422, the cursor is not of this list in this order, or “since” is no time.
    """
    after, after_id = _after(query)
    statement = _BY_POSITION if query.sort == "position" else _BY_DUE
    rows = await pool.fetch(statement, user_id, _statuses(query), _since(query), after, after_id, query.limit + 1)
    drafts = [reader.draft(row) for row in rows[: query.limit]]
    next_cursor = _cursor(query, drafts[-1]) if len(rows) > query.limit else None
    return DraftPage(items=drafts, next_cursor=next_cursor)


def _statuses(query: DraftQuery) -> Sequence[Status]:
    if query.status is not None:
        return [query.status]
    return ["published"] if query.since is not None else UNPUBLISHED


def _after(query: DraftQuery) -> tuple[Any, int]:
    if query.cursor is None:
        return (float("-inf") if query.sort == "position" else EPOCH), 0
    sort, key, draft_id = read_cursor(query.cursor, tuple[str, float, int])
    if sort != query.sort or not abs(key) < 2**53 or not 0 <= draft_id < 2**63:
        raise not_of_this_list()
    try:
        return (key if sort == "position" else EPOCH + key * MICROSECOND), draft_id
    except OverflowError as error:
        raise not_of_this_list() from error


def _cursor(query: DraftQuery, last: Draft) -> str:
    if query.sort == "position":
        return write_cursor((query.sort, last.position, last.id))
    assert last.due_at is not None
    return write_cursor((query.sort, (last.due_at - EPOCH) / MICROSECOND, last.id))


async def find_draft(connection: Connection | Pool, reader: Reader, *, user_id: int, draft_id: int) -> Draft | None:
    row = await connection.fetchrow(_ONE, draft_id, user_id)
    return None if row is None else reader.draft(row)


async def find_drafts(
    connection: Connection | Pool, reader: Reader, *, user_id: int, draft_ids: Sequence[int]
) -> list[Draft]:
    """Those of these drafts that are the user's, in this order."""
    return [reader.draft(row) for row in await connection.fetch(_SOME, draft_ids, user_id)]


async def all_drafts(
    connection: Connection | Pool, reader: Reader, *, user_id: int, statuses: Sequence[Status]
) -> list[Draft]:
    """All of a user's drafts in these states, in the table's order: there are some thousands at most."""
    rows = await connection.fetch(_BY_POSITION, user_id, statuses, None, float("-inf"), 0, None)
    return [reader.draft(row) for row in rows]


async def load_drafts(connection: Connection | Pool, reader: Reader, draft_ids: Collection[int]) -> list[Draft]:
    """These drafts, of any users."""
    return [reader.draft(row) for row in await connection.fetch(_LOADED, list(draft_ids))]


def _since(query: DraftQuery | DraftCountsQuery) -> datetime | None:
    return None if query.since is None else read_instant("since", query.since)


async def count_drafts(pool: Pool, reader: Reader, query: DraftCountsQuery, *, user_id: int) -> DraftCounts:
    """The numbers of drafts by state, and of problems.

    Raises:
        ProblemError: 422, “since” is no time.
    """
    since = _since(query)
    drafts = await all_drafts(pool, reader, user_id=user_id, statuses=UNPUBLISHED)
    by_status: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        by_status[draft.status].append(draft)
    return DraftCounts(
        draft_count=len(by_status["draft"]),
        ready_count=sum(draft.is_ready for draft in by_status["draft"]),
        scheduled_count=len(by_status["scheduled"]),
        failed_count=len(by_status["failed"]),
        published_count=await pool.fetchval(_PUBLISHED, user_id, since) if since else 0,
        problems=_counted(by_status["draft"]),
        scheduled_problems=_counted(by_status["scheduled"]),
    )


def _counted(drafts: Sequence[Draft]) -> list[ProblemCount]:
    having: dict[ProblemCode, list[Draft]] = {}
    for draft in drafts:
        for problem in draft.problems:
            having.setdefault(problem.code, []).append(draft)
    return [_problem_count(code, having[code]) for code in _MESSAGES if code in having]


def _problem_count(code: ProblemCode, drafts: Sequence[Draft]) -> ProblemCount:
    _, messages = _MESSAGES[code]
    return ProblemCount(
        code=code,
        message=plural(*messages, len(drafts)),
        is_blocking=code not in _ADVICE,
        count=len(drafts),
        draft_ids=[draft.id for draft in drafts[:MAX_NAMED_DRAFTS]],
        names=[draft.file.name for draft in drafts if draft.file][:MAX_NAMED_FILES],
    )
