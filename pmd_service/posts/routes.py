"""/api/pmd/posts, /api/pmd/action, /api/pmd/license and /api/license."""

from typing import Annotated

import msgspec
from aiohttp import web

from ..database import POOL
from ..http.wire import Cursor, PageCursor, json_response, read_json, read_query
from ..identity.users import ACTOR, PUBLIC_IDS
from .actions import ActionRequest, LicenseRequest, act, set_license
from .queries import LicenseList, list_licenses, list_posts

MAX_PAGE = 512


class PostQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which page of posts is meant."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE, description="Posts a page.")] = MAX_PAGE
    cursor: PageCursor | None = None


async def get_posts(request: web.Request) -> web.Response:
    query = read_query(request, PostQuery)
    page = await list_posts(
        request.app[POOL],
        request.app[PUBLIC_IDS],
        owner_id=request[ACTOR].subject.id,
        limit=query.limit,
        after=Cursor.parse(query.cursor),
    )
    return json_response(page)


async def post_action(request: web.Request) -> web.Response:
    return json_response(await act(request.app[POOL], request[ACTOR], await read_json(request, ActionRequest)))


async def post_license(request: web.Request) -> web.Response:
    return json_response(await set_license(request.app[POOL], request[ACTOR], await read_json(request, LicenseRequest)))


async def get_licenses(request: web.Request) -> web.Response:
    return json_response(LicenseList(items=await list_licenses(request.app[POOL])))
