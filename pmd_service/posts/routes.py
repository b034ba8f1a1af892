"""/api/pmd/posts, /api/pmd/action, /api/pmd/license, /api/pmd/edit and /api/license."""

from typing import Annotated

import msgspec
from aiohttp import hdrs, web

from ..database import POOL
from ..http.validators import Validator, not_modified
from ..http.wire import Cursor, PageCursor, json_response, read_json, read_query
from ..identity.users import ACTOR, PUBLIC_IDS
from ..ops.settings import SETTINGS
from ..outbox.hook import Hook
from ..site.licenses import LicenseList, list_licenses
from .actions import ActionRequest, LicenseRequest, act, set_license
from .edits import EditRequest, edit
from .queries import State, current_snapshot, list_posts

MAX_PAGE = 512

# A browser may keep the page and must ask each time whether it still holds.
KEPT_BY_ITS_READER: dict[str, str] = {hdrs.CACHE_CONTROL: "private, no-cache", hdrs.VARY: "Authorization, Cookie"}


class PostQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which page of posts is meant."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE, description="Posts a page.")] = MAX_PAGE
    cursor: PageCursor | None = None
    state: Annotated[
        State, msgspec.Meta(description="Which posts: those that are not deleted, those that are, all.")
    ] = "active"


async def get_posts(request: web.Request) -> web.Response:
    query, app, owner_id = read_query(request, PostQuery), request.app, request[ACTOR].subject.id
    after, keep_days = Cursor.parse(query.cursor), app[SETTINGS].post_keep_days
    validator = Validator.of(request, owner_id, query, keep_days)
    if validator.is_asked and (tag := validator.still_holds(await current_snapshot(app[POOL]))):
        return not_modified(tag, KEPT_BY_ITS_READER)
    page, snapshot = await list_posts(
        app[POOL],
        app[PUBLIC_IDS],
        owner_id=owner_id,
        limit=query.limit,
        after=after,
        state=query.state,
        keep_days=keep_days,
    )
    return validator.answer(json_response(page, headers=KEPT_BY_ITS_READER), snapshot)


async def post_action(request: web.Request) -> web.Response:
    app, body = request.app, await read_json(request, ActionRequest)
    return json_response(await act(app[POOL], Hook.of(app), request[ACTOR], body))


async def post_license(request: web.Request) -> web.Response:
    app, body = request.app, await read_json(request, LicenseRequest)
    return json_response(await set_license(app[POOL], Hook.of(app), request[ACTOR], body))


async def post_edit(request: web.Request) -> web.Response:
    app, body = request.app, await read_json(request, EditRequest)
    return json_response(await edit(app[POOL], Hook.of(app), request[ACTOR], body))


async def get_licenses(request: web.Request) -> web.Response:
    return json_response(LicenseList(items=await list_licenses(request.app[POOL])))
