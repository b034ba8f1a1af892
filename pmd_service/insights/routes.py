"""/api/pmd/insights, for artists themselves."""

from http import HTTPStatus

from aiohttp import web

from ..base.database import POOL
from ..http.route import Answer, Routes
from ..http.scopes import Scope
from ..identity.users import ACTOR
from ..portable.sheets import csv_response
from .queries import (
    InsightDays,
    InsightPage,
    InsightQuery,
    Period,
    SheetQuery,
    count_days,
    list_insights,
    write_sheet,
)

ROUTES = Routes(
    "Insights",
    about="What visitors saw and took, and what the site's users answered, by day.",
    personal=True,
)
_SCOPES: tuple[Scope, ...] = ("posts:read", "packs:read")
_SPANS = {HTTPStatus.UNPROCESSABLE_ENTITY: "The period has no day, or too many."}


@ROUTES("GET /api/pmd/insights", "The days.", scopes=_SCOPES, problems=_SPANS)
async def get_insights(request: web.Request, query: Period) -> InsightDays:
    """Count what happened on each day.

    Views and downloads of your links and series by visitors, without anything about them; reactions to your posts, and
    comments on them. Days are those of UTC; visits are kept for 400 days.
    """
    return await count_days(request.app[POOL], query, user_id=request[ACTOR].subject.id)


@ROUTES(
    "GET /api/pmd/insights.csv",
    Answer("The period.", media="text/csv", example="day,view_count,download_count,reaction_count,comment_count\r\n"),
    scopes=_SCOPES,
    problems=_SPANS,
)
async def get_insights_csv(request: web.Request, query: SheetQuery) -> web.Response:
    """Get the period as a spreadsheet.

    A row a day, or a row for each post, pack, link or series, as CSV in UTF-8. A text that a spreadsheet would take for
    a formula begins with `'`.
    """
    text = await write_sheet(request.app[POOL], query, user_id=request[ACTOR].subject.id)
    return csv_response(text, f"insights-by-{query.by}.csv")


@ROUTES("GET /api/pmd/insights/most", "A page of them.", scopes=_SCOPES, problems=_SPANS)
async def get_most(request: web.Request, query: InsightQuery) -> InsightPage:
    """List what was seen, taken or answered in the period, those with most first.

    A pack has the numbers of all links to it. Posts have reactions and comments of the period, and the site's own
    number of views since they were published.
    """
    return await list_insights(request.app[POOL], query, user_id=request[ACTOR].subject.id)
