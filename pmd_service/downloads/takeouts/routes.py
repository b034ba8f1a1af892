"""/api/pmd/takeout: ask for everything, look, cancel."""

from http import HTTPStatus
from uuid import UUID

from aiohttp import web

from ...database import POOL
from ...http.errors import not_found
from ...http.wire import idempotency_key, json_response, read_json
from ...identity.users import ACTOR
from ...ops.settings import SETTINGS
from ...work.queue import QUEUES
from .queries import find_takeout
from .requests import TakeoutRequest, cancel_takeout, list_own, request_takeout


async def post_takeout(request: web.Request) -> web.Response:
    app = request.app
    takeout = await request_takeout(
        app[POOL],
        app[QUEUES],
        app[SETTINGS],
        request[ACTOR],
        await read_json(request, TakeoutRequest),
        idempotency_key=idempotency_key(request),
    )
    location = {"Location": f"/api/pmd/takeout/{takeout.id}"}
    return json_response(takeout, status=HTTPStatus.ACCEPTED, headers=location)


async def get_takeouts(request: web.Request) -> web.Response:
    return json_response(await list_own(request.app[POOL], request.app[SETTINGS], request[ACTOR]))


async def get_takeout(request: web.Request) -> web.Response:
    takeout = await find_takeout(request.app[POOL], user_id=request[ACTOR].subject.id, takeout_id=_takeout_id(request))
    if takeout is None:
        raise not_found("takeout")
    return json_response(takeout)


async def post_takeout_cancel(request: web.Request) -> web.Response:
    return json_response(await cancel_takeout(request.app[POOL], request[ACTOR], _takeout_id(request)))


def _takeout_id(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["takeout_id"])
    except ValueError as error:
        raise not_found("takeout") from error
