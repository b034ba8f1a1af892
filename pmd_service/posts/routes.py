"""GET /api/pmd/posts."""

from aiohttp import web

from ..database import POOL
from ..identity import ACTOR, PUBLIC_IDS
from ..wire import Cursor, json_response, query_int
from .queries import list_posts

MAX_PAGE = 512


async def get_posts(request: web.Request) -> web.Response:
    cursor = request.query.get("cursor")
    page = await list_posts(
        request.app[POOL],
        request.app[PUBLIC_IDS],
        owner_id=request[ACTOR].subject.id,
        limit=query_int(request, "limit", default=MAX_PAGE, low=1, high=MAX_PAGE),
        after=Cursor.parse(cursor) if cursor else None,
    )
    return json_response(page)
