"""/api/pmd/drafts, /publishing and /series: their artists write them, moderators may read them."""

from http import HTTPStatus
from typing import Annotated

from aiohttp import web
from msgspec import Meta

from ..base.database import POOL
from ..http.etags import IfMatch
from ..http.once import Once
from ..http.route import Answer, Routes
from ..http.selection import RowId
from ..http.wire import Cursor
from ..identity.audit import recorded_once
from ..identity.users import ACTOR
from ..portable.sheets import csv_response
from .calendar import Calendar, CalendarQuery, Plan, plan, read_calendar
from .drafts import (
    Draft,
    DraftChanges,
    DraftCounts,
    DraftCountsQuery,
    DraftFields,
    DraftId,
    DraftOrder,
    DraftPage,
    DraftQuery,
    DraftsChanged,
    DraftSelection,
    DraftsMade,
    DraftsMoved,
    DraftsRequest,
)
from .edits import delete_draft, delete_drafts, edit_draft, edit_drafts, make_drafts
from .order import order_drafts
from .queries import Reader, count_drafts, find_draft, list_drafts
from .rule import Rule
from .rules import find_rule, write_rule
from .schedule import DraftsScheduled, ScheduleRequest, publish_now, schedule, unschedule
from .series import (
    Series,
    SeriesEdit,
    SeriesOrder,
    SeriesPage,
    SeriesPosts,
    SeriesQuery,
    SeriesRequest,
    create_series,
    delete_series,
    edit_series,
    find_series,
    list_series,
    read_order,
    write_order,
)
from .sheets import SheetQuery, SheetReport, SheetRequest, read_sheet, write_sheet

SeriesId = Annotated[RowId, Meta(description="The series' id.", examples=[3])]

_OFF = {HTTPStatus.CONFLICT: "Publishing from here is off (`PUBLISH=off`), or the rule is."}
ROUTES = Routes(
    "Publishing", about="Drafts of posts, when they go out, and series of posts.", missing="draft", keys="posts"
)
# Who is not their artist may read them: a moderator, before they are public.
OWN = Routes("Publishing", missing="draft", keys="posts", personal=True)


def _artist(request: web.Request) -> int:
    return request[ACTOR].subject.id


@ROUTES("GET /api/pmd/drafts", "A page of drafts.", scopes=("posts:read", "library:read"))
@recorded_once("read_drafts")
async def get_drafts(request: web.Request, query: DraftQuery) -> DraftPage:
    """List drafts.

    With their files and what is to do before they can be published. `sort=due` lists scheduled, failed and published
    ones by day. Moderators may read what an artist has scheduled.
    """
    app = request.app
    return await list_drafts(app[POOL], Reader.of(app), query, user_id=_artist(request))


@OWN(
    "POST /api/pmd/drafts",
    "The draft of each file.",
    scopes=("posts:write", "library:read"),
    problems={HTTPStatus.BAD_REQUEST: "A file is unknown, another user's or in the trash; `errors` names each."},
)
async def post_drafts(request: web.Request, body: DraftsRequest, once: Once) -> DraftsMade:
    """Make drafts of files.

    With their texts, licences and warnings, at the end of the table. A file has one draft: made again, it is there
    `already`.
    """
    return await make_drafts(request.app, request[ACTOR], body, once)


@OWN("PATCH /api/pmd/drafts", "The result for each draft, in their order.")
async def patch_drafts(request: web.Request, body: DraftChanges) -> DraftsChanged:
    """Change many drafts.

    In one transaction, with a result for each: `stale` if it has changed since the `version`, `invalid` with each
    field that cannot have its value, `published` if its texts are its post's now.
    """
    return await edit_drafts(request.app, request[ACTOR], body)


@ROUTES("GET /api/pmd/drafts/counts", "The numbers.", scopes=("posts:read", "library:read"))
@recorded_once("read_drafts")
async def get_draft_counts(request: web.Request, query: DraftCountsQuery) -> DraftCounts:
    """Count drafts, and what is to do."""
    app = request.app
    return await count_drafts(app[POOL], Reader.of(app), query, user_id=_artist(request))


@OWN("POST /api/pmd/drafts/order", "The number of drafts.")
async def post_draft_order(request: web.Request, body: DraftOrder) -> DraftsMoved:
    """Move drafts in the table.

    Together, in the order of the request: before another draft, or to the end.
    """
    return await order_drafts(request.app, request[ACTOR], body)


@OWN("POST /api/pmd/drafts/delete", "The number of drafts.", scopes=("posts:write",))
async def post_draft_delete(request: web.Request, body: DraftSelection) -> DraftsMoved:
    """Delete drafts.

    Their files stay, and so do posts that they have become.
    """
    return await delete_drafts(request.app, request[ACTOR], body)


@OWN("POST /api/pmd/drafts/schedule", "The result for each draft.", problems=_OFF)
async def post_draft_schedule(request: web.Request, body: ScheduleRequest) -> DraftsScheduled:
    """Schedule drafts.

    On the rule's free days, or at a time or on a day of your own, where the rule leaves them. What is not ready stays a
    draft, and says why. Scheduled ones are moved.
    """
    return await schedule(request.app, request[ACTOR], body)


@OWN("POST /api/pmd/drafts/publish", "The result for each draft.", problems=_OFF)
async def post_draft_publish(request: web.Request, body: DraftSelection) -> DraftsScheduled:
    """Publish drafts now.

    In their order, within seconds, also while the queue is paused: follow them by `draft_update` events.
    """
    return await publish_now(request.app, request[ACTOR], body)


@OWN("POST /api/pmd/drafts/unschedule", "The number of drafts.")
async def post_draft_unschedule(request: web.Request, body: DraftSelection) -> DraftsMoved:
    """Take drafts out of the queue.

    Scheduled and failed ones are drafts again.
    """
    return await unschedule(request.app, request[ACTOR], body)


@ROUTES(
    "GET /api/pmd/drafts.csv",
    Answer("The drafts.", media="text/csv", example="id,file,title,text,hashtags,alt_text,warnings,licence,series\r\n"),
    scopes=("posts:read", "library:read"),
)
@recorded_once("read_drafts")
async def get_drafts_csv(request: web.Request, query: SheetQuery) -> web.Response:
    """Get drafts as a spreadsheet.

    All of them, as CSV in UTF-8. A text that a spreadsheet would take for a formula begins with `'`.
    """
    text = await write_sheet(request.app[POOL], Reader.of(request.app), query, user_id=_artist(request))
    return csv_response(text, "drafts.csv")


@OWN(
    "POST /api/pmd/drafts/csv",
    "The report.",
    problems={HTTPStatus.UNPROCESSABLE_ENTITY: "It is not CSV, or has no column `id`."},
)
async def post_drafts_csv(request: web.Request, body: SheetRequest) -> SheetReport:
    """Change drafts by a spreadsheet.

    As `GET /drafts.csv` has it: rows by their `id`, columns in any order; what is left out stays. Unless `dry_run` is
    false, nothing is changed, and the report says what would be. Rows with a cell that cannot be read stay as they are.
    """
    return await read_sheet(request.app, request[ACTOR], body)


@ROUTES("GET /api/pmd/drafts/{draft_id:[0-9]+}", "The draft.", scopes=("posts:read", "library:read"))
@recorded_once("read_drafts")
async def get_draft(request: web.Request, draft_id: DraftId) -> Draft | None:
    """Get a draft."""
    app = request.app
    return await find_draft(app[POOL], Reader.of(app), user_id=_artist(request), draft_id=draft_id)


@OWN(
    "PATCH /api/pmd/drafts/{draft_id:[0-9]+}",
    "The draft as it is now.",
    scopes=("posts:write", "library:read"),
    problems={HTTPStatus.CONFLICT: "It is published: change the post."},
)
async def patch_draft(request: web.Request, draft_id: DraftId, body: DraftFields, match: IfMatch) -> Draft:
    """Change a draft.

    What is left out stays as it is, null clears a value.
    """
    return await edit_draft(request.app, request[ACTOR], draft_id, body, match)


@OWN("DELETE /api/pmd/drafts/{draft_id:[0-9]+}", "It is deleted.")
async def delete_one_draft(request: web.Request, draft_id: DraftId, match: IfMatch) -> None:
    """Delete a draft.

    Its file stays, and so does a post that it has become.
    """
    await delete_draft(request.app, request[ACTOR], draft_id, match)


@ROUTES("GET /api/pmd/publishing", "The rule.", is_tagged=True)
@recorded_once("read_drafts")
async def get_publishing(request: web.Request) -> Rule:
    """Get the rule by which drafts go out."""
    return await find_rule(request.app[POOL], user_id=_artist(request))


@OWN("PUT /api/pmd/publishing", "The rule as it is now.")
async def put_publishing(request: web.Request, body: Rule, match: IfMatch) -> Rule:
    """Set the rule, pause the queue, or go on.

    Other days or times move what the rule has scheduled; what you have put on a day stays there. While the queue is
    paused nothing goes out, and nothing is lost: when it goes on, what the rule has scheduled moves to the days that
    follow, and what you have put on a day that has passed goes out at once, in order.
    """
    return await write_rule(request.app, request[ACTOR], body, match)


@ROUTES("GET /api/pmd/publishing/plan", "The plan.")
@recorded_once("read_drafts")
async def get_publishing_plan(request: web.Request) -> Plan:
    """Get the days that drafts would take.

    When the drafts that are ready, and not scheduled, would go out by the rule.
    """
    return await plan(request.app[POOL], Reader.of(request.app), None, user_id=_artist(request))


@OWN("POST /api/pmd/publishing/plan", "The plan.", scopes=("posts:read",))
async def post_publishing_plan(request: web.Request, body: Rule) -> Plan:
    """Try a rule.

    When the drafts that are ready would go out by it.
    """
    return await plan(request.app[POOL], Reader.of(request.app), body, user_id=_artist(request))


@ROUTES("GET /api/pmd/publishing/calendar", "The days.", scopes=("posts:read", "library:read"))
@recorded_once("read_drafts")
async def get_calendar(request: web.Request, query: CalendarQuery) -> Calendar:
    """Get the calendar.

    What was published and what is scheduled on each day, and the drafts that the rule would publish on its free ones.
    """
    return await read_calendar(request.app[POOL], Reader.of(request.app), query, user_id=_artist(request))


@ROUTES("GET /api/pmd/series", "A page of series.", missing="series")
@recorded_once("read_posts")
async def get_all_series(request: web.Request, query: SeriesQuery) -> SeriesPage:
    """List series, newest first."""
    return await list_series(request.app, request[ACTOR], query, after=Cursor.parse(query.cursor))


@OWN(
    "POST /api/pmd/series",
    Answer("The series.", HTTPStatus.CREATED, location="/api/pmd/series/{0.id}"),
    missing="series",
    problems={HTTPStatus.CONFLICT: "There are too many, or one of this name."},
)
async def post_series(request: web.Request, body: SeriesRequest, once: Once) -> Series:
    """Make a series."""
    return await create_series(request.app, request[ACTOR], body, once)


@ROUTES("GET /api/pmd/series/{series_id}", "The series.", missing="series")
@recorded_once("read_posts")
async def get_series(request: web.Request, series_id: SeriesId) -> Series | None:
    """Get a series."""
    return await find_series(request.app, request[ACTOR], series_id)


@OWN("PATCH /api/pmd/series/{series_id}", "The series as it is now.", missing="series")
async def patch_series(request: web.Request, series_id: SeriesId, body: SeriesEdit, match: IfMatch) -> Series:
    """Change a series' name, description or cover."""
    return await edit_series(request.app, request[ACTOR], series_id, body, match)


@OWN("DELETE /api/pmd/series/{series_id}", "It is deleted.", missing="series")
async def delete_one_series(request: web.Request, series_id: SeriesId, match: IfMatch) -> None:
    """Delete a series.

    Its posts and drafts stay.
    """
    await delete_series(request.app, request[ACTOR], series_id, match)


@ROUTES("GET /api/pmd/series/{series_id}/posts", "Its posts in order.", missing="series")
@recorded_once("read_posts")
async def get_series_posts(request: web.Request, series_id: SeriesId) -> SeriesOrder | None:
    """Get a series' posts."""
    return await read_order(request.app[POOL], user_id=_artist(request), series_id=series_id)


@OWN(
    "PUT /api/pmd/series/{series_id}/posts",
    "Its posts as they are now.",
    missing="series",
    problems={HTTPStatus.BAD_REQUEST: "A post is unknown, somebody else's or deleted; `errors` names each."},
)
async def put_series_posts(request: web.Request, series_id: SeriesId, body: SeriesPosts, match: IfMatch) -> SeriesOrder:
    """Set a series' posts and their order.

    A post is in one series: here it leaves the one before.
    """
    return await write_order(request.app[POOL], request[ACTOR], series_id, body, match)
