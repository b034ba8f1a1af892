"""/api/pmd/takeout: request, list, read, cancel and retry takeouts."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from aiohttp import web
from msgspec import Meta

from ...base.database import POOL
from ...base.settings import SETTINGS
from ...http.once import Once
from ...http.route import Answer, Routes
from ...identity.audit import recorded_once
from ...identity.users import ACTOR
from ...vault import VAULT
from ...work.queue import QUEUES
from .contents import TakeoutContents, find_contents
from .queries import Takeout, TakeoutList, TakeoutQuery, find_takeout, list_takeouts, next_possible_at
from .requests import TakeoutRequest, cancel_takeout, request_takeout, retry_takeout

TakeoutId = Annotated[UUID, Meta(description="The takeout's id.")]
ROUTES = Routes("Takeouts", about="Everything of a user in one ZIP.", missing="takeout", keys="downloads")


@ROUTES(
    "POST /api/pmd/takeout",
    Answer("The takeout is accepted, and will be built.", HTTPStatus.ACCEPTED, location="/api/pmd/takeout/{0.id}"),
    scopes=("downloads:write", "posts:read", "library:read", "packs:read", "uploads:read"),
    problems={
        HTTPStatus.BAD_REQUEST: "There is nothing to take out.",
        HTTPStatus.TOO_MANY_REQUESTS: "It is too soon after the last one; `Retry-After` says when.",
        HTTPStatus.UNPROCESSABLE_ENTITY: "`since` is no time and no takeout of these parts.",
    },
)
async def post_takeout(request: web.Request, body: TakeoutRequest, once: Once) -> Takeout:
    """Request a takeout.

    Everything in one ZIP, outside the day's allowance: posts (hidden ones too), the library, packs with their
    editions, comments, reactions, reports and settings, each also in formats that other programs read; or the `parts`
    of it that are asked for. It is served as a download; `takeout_update` events report its progress. With `since`,
    files from before then are left out: unpack it over the takeout from before; its documents name everything that
    there is. One is possible a calendar day of UTC (or as the site has set it), so that one every night is, whenever in
    the night it begins; `Retry-After` of a 429 leads to midnight.
    """
    app = request.app
    return await request_takeout(app[POOL], app[QUEUES], app[SETTINGS], request[ACTOR], body, once)


@ROUTES("GET /api/pmd/takeout", "A page of takeouts.")
@recorded_once("read_downloads")
async def get_takeouts(request: web.Request, query: TakeoutQuery) -> TakeoutList:
    """List takeouts.

    Newest first.
    """
    pool, user_id = request.app[POOL], request[ACTOR].subject.id
    items, next_cursor = await list_takeouts(pool, user_id=user_id, query=query)
    return TakeoutList(
        items=items,
        next_cursor=next_cursor,
        next_possible_at=await next_possible_at(pool, user_id=user_id, days=request.app[SETTINGS].takeout_days),
    )


@ROUTES("GET /api/pmd/takeout/contents", "The parts.", scopes=("posts:read", "library:read", "packs:read"))
@recorded_once("read_downloads")
async def get_takeout_contents(request: web.Request) -> TakeoutContents:
    """See what a takeout would have.

    The counts and bytes of its parts, before it is made.
    """
    return await find_contents(request.app[POOL], user_id=request[ACTOR].subject.id)


@ROUTES("GET /api/pmd/takeout/{takeout_id}", "The takeout.")
@recorded_once("read_downloads")
async def get_takeout(request: web.Request, takeout_id: TakeoutId) -> Takeout | None:
    """Get a takeout."""
    return await find_takeout(request.app[POOL], user_id=request[ACTOR].subject.id, takeout_id=takeout_id)


@ROUTES(
    "POST /api/pmd/takeout/{takeout_id}/cancel",
    "The takeout, cancelled.",
    problems={HTTPStatus.CONFLICT: "It has already ended."},
)
async def post_takeout_cancel(request: web.Request, takeout_id: TakeoutId) -> Takeout:
    """Cancel a takeout."""
    return await cancel_takeout(request.app[POOL], request[ACTOR], takeout_id)


@ROUTES(
    "POST /api/pmd/takeout/{takeout_id}/retry",
    "The takeout, pending again.",
    problems={
        HTTPStatus.CONFLICT: "It has neither failed nor expired.",
        HTTPStatus.TOO_MANY_REQUESTS: "The day's allowance is used up; it is back at 00:00 UTC.",
    },
)
async def post_takeout_retry(request: web.Request, takeout_id: TakeoutId) -> Takeout:
    """Retry a takeout.

    Rebuilds what has failed or expired; that uses the day's allowance like a retried download.
    """
    app = request.app
    return await retry_takeout(app[POOL], app[VAULT], app[QUEUES], app[SETTINGS], request[ACTOR], takeout_id)
