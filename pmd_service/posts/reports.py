"""Reports of posts: what people write to the moderators about a post that they see, and what came of it.

A site with posts of its own takes reports itself; then there are none here.
"""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from aiohttp import web
from msgspec import Meta

from ..base.database import POOL, Connection, Pool, find_one, lock
from ..base.public_ids import PublicIds
from ..base.telemetry import log
from ..http.errors import conflict, not_found
from ..http.once import Once
from ..http.patterns import NOT_BLANK
from ..http.rates import DAY_SECONDS, Allowance
from ..http.route import Answer, Routes
from ..http.selection import PostId, RowId
from ..http.wire import Cursor, PageCursor
from ..identity.users import ACTOR, PUBLIC_IDS, Actor
from ..site.posts import ARTWORK, VISIBLE_ARTWORK
from ..site.rights import are_ours

MAX_PAGE = 128
MAX_SETTLED = 500
# By one user.
DAILY_LIMIT = 50

Outcome: TypeAlias = Literal["acted", "dismissed"]


class ReportRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/posts/{post_id}/reports."""

    reason: Annotated[str, Meta(min_length=1, max_length=500, examples=["It flashes, and has no warning."]), NOT_BLANK]


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """A report, for its writer."""

    post_id: Annotated[int, Meta(examples=[102])]
    reason: Annotated[str, Meta(examples=["It flashes, and has no warning."])]
    created_at: datetime


class PostReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report, for moderators; ``settled_at`` is null while nobody has decided."""

    id: Annotated[int, Meta(examples=[7])]
    post_id: Annotated[int, Meta(examples=[102])]
    post_title: Annotated[str | None, Meta(examples=["Lighthouse at dusk"])]
    artist_sqid: Annotated[str, Meta(examples=["Uk7c"])]
    artist_handle: Annotated[str, Meta(examples=["pixelfan"])]
    reporter_handle: Annotated[str | None, Meta(examples=["mira"])]
    reason: Annotated[str, Meta(examples=["It flashes, and has no warning."])]
    created_at: datetime
    settled_at: datetime | None
    outcome: Outcome | None


class PostReportPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page, newest first; ``next_cursor`` is null on the last one."""

    items: Sequence[PostReport]
    next_cursor: str | None


class PostReportQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of GET /api/pmd/post-reports."""

    settled: Annotated[int, Meta(ge=0, le=1, description="0: those that wait; 1: those that are settled.")] = 0
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Reports a page.")] = MAX_PAGE
    cursor: PageCursor | None = None


class SettleRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/post-reports/settle."""

    report_ids: Annotated[list[RowId], Meta(min_length=1, max_length=MAX_SETTLED, examples=[[7]])]
    outcome: Annotated[Outcome, Meta(description="Whether something was done about the post.", examples=["acted"])]


class PostReportsSettled(msgspec.Struct, frozen=True, kw_only=True):
    """The number of reports that are settled now and were not before."""

    settled_count: Annotated[int, Meta(examples=[1])]


_POST = f"SELECT owner_id FROM posts WHERE id = $1 AND {ARTWORK} AND (owner_id = $2 OR {VISIBLE_ARTWORK})"
_TAKEN = """
SELECT count(*) AS taken,
       coalesce(ceil(extract(epoch FROM min(created_at) + interval '1 day' - now())), 86400)::int AS resets_in
  FROM post_report WHERE user_id = $1 AND created_at > now() - interval '1 day'
"""
_INSERT = """
INSERT INTO post_report (post_id, owner_id, user_id, reason) VALUES ($1, $2, $3, $4)
RETURNING post_id, reason, created_at
"""
_FIND = "SELECT post_id, reason, created_at FROM post_report WHERE post_id = $1 AND user_id = $2"


_LIST = """
SELECT report.id, report.post_id, posts.title AS post_title, report.owner_id, artist.public_sqid,
       artist.handle AS artist_handle, reporter.handle AS reporter_handle, report.reason, report.created_at,
       report.settled_at, report.outcome
  FROM post_report AS report
  JOIN users AS artist ON artist.id = report.owner_id
  LEFT JOIN posts ON posts.id = report.post_id
  LEFT JOIN users AS reporter ON reporter.id = report.user_id
 WHERE num_nonnulls(report.settled_at) = $5 AND ($1::int IS NULL OR report.owner_id = $1)
   AND (report.created_at, report.id) < ($2, $3::bigint)
 ORDER BY report.created_at DESC, report.id DESC
 LIMIT $4
"""
_SETTLE = """
UPDATE post_report SET settled_at = now(), outcome = $2
 WHERE id = ANY ($1) AND settled_at IS NULL AND ($3::int IS NULL OR owner_id = $3)
RETURNING id
"""
_THEMSELVES = "This site takes reports itself: report the post on its own page."


async def report_post(pool: Pool, actor: Actor, post_id: int, body: ReportRequest, once: Once) -> Reported:
    """Report a post that visitors can see, or one's own; of the same user, the first report of a post stays.

    Raises:
        ProblemError: 404; 409 the site takes reports itself; 429 too many in a day; and as ``Once.begin``.
    """
    user_id = actor.subject.id
    async with pool.acquire() as connection, connection.transaction():
        await once.begin(connection)
        await lock(connection, "rept", user_id)
        if not await are_ours(connection):
            raise conflict(_THEMSELVES)
        owner_id = await connection.fetchval(_POST, post_id, user_id)
        if owner_id is None:
            raise not_found("post")
        report = await find_one(connection, Reported, _FIND, post_id, user_id)
        if report is None:
            await _require_allowance(connection, user_id)
            report = await find_one(connection, Reported, _INSERT, post_id, owner_id, user_id, body.reason)
            assert report is not None
            log.info("post_reported", post_id=post_id)
        await once.end(connection, report)
    return report


async def _require_allowance(connection: Connection, user_id: int) -> None:
    row = await connection.fetchrow(_TAKEN, user_id)
    assert row is not None
    left, resets_in = DAILY_LIMIT - row["taken"] - 1, row["resets_in"]
    allowance = Allowance(policy="reports", quota=DAILY_LIMIT, left=left, resets_in=resets_in, window=DAY_SECONDS)
    allowance.require(f"You have reported {DAILY_LIMIT} posts within a day.")


async def list_reports(pool: Pool, ids: PublicIds, actor: Actor, query: PostReportQuery) -> PostReportPage:
    """A page of the reports about one artist, where the moderator acts for one, or of all."""
    after, limit = Cursor.parse(query.cursor), query.limit
    values = (_artist(actor), after.created_at, after.id, limit + 1, query.settled)
    found = [_report(dict(row), ids) for row in await pool.fetch(_LIST, *values)]
    return PostReportPage(items=found[:limit], next_cursor=Cursor.behind(found, limit))


def _report(columns: dict[str, Any], ids: PublicIds) -> PostReport:
    return PostReport(artist_sqid=ids.of(columns.pop("owner_id"), columns.pop("public_sqid")), **columns)


def _artist(actor: Actor) -> int | None:
    return actor.subject.id if actor.moderates else None


async def settle_reports(pool: Pool, actor: Actor, body: SettleRequest) -> PostReportsSettled:
    """Settle reports that wait; those that are settled already stay as they are."""
    settled = await pool.fetch(_SETTLE, body.report_ids, body.outcome, _artist(actor))
    log.info("post_reports_settled", reports=len(settled), outcome=body.outcome, by=actor.viewer.sqid)
    return PostReportsSettled(settled_count=len(settled))


OWN = Routes("Posts", missing="post", keys="posts", personal=True)
ROUTES = Routes("Moderation", keys="none")
_ONLY = "Only moderators see reports."


@OWN(
    "POST /api/pmd/posts/{post_id}/reports",
    Answer("The report.", HTTPStatus.CREATED),
    problems={
        HTTPStatus.CONFLICT: "The site takes reports itself.",
        HTTPStatus.TOO_MANY_REQUESTS: f"{DAILY_LIMIT} reports within a day.",
    },
)
async def post_report(request: web.Request, post_id: PostId, body: ReportRequest, once: Once) -> Reported:
    """Report a post to the moderators.

    Any post that visitors can see, of any artist, who does not learn of it; or one's own. One report of each user about
    a post: reporting it again answers with the first one.
    """
    return await report_post(request.app[POOL], request[ACTOR], post_id, body, once)


@ROUTES("GET /api/pmd/post-reports", "A page of reports.", moderators=_ONLY)
async def get_post_reports(request: web.Request, query: PostReportQuery) -> PostReportPage:
    """List reports of posts.

    Newest first, those that wait or those that are settled; with `target_sqid` only those about that artist's posts.
    """
    return await list_reports(request.app[POOL], request.app[PUBLIC_IDS], request[ACTOR], query)


@ROUTES("POST /api/pmd/post-reports/settle", "How many were settled.", moderators=_ONLY)
async def post_post_reports_settle(request: web.Request, body: SettleRequest) -> PostReportsSettled:
    """Settle reports.

    Doing it again changes nothing. What is done about a post, such as hiding it, is a call of its own.
    """
    return await settle_reports(request.app[POOL], request[ACTOR], body)
