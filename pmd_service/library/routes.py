"""/api/pmd/assets and what is below it."""

from typing import Annotated

import msgspec
from aiohttp import web

from ..database import POOL
from ..http.errors import not_found
from ..http.wire import Cursor, json_response, read_json, read_query
from ..identity.audit import record
from ..identity.users import ACTOR
from ..ops.settings import SETTINGS
from ..outbox.hook import Hook
from ..vault import VAULT
from .actions import AssetActionRequest, AssetId, act
from .edits import AssetEditRequest, edit
from .papers import find_papers
from .publishing import PUBLISHING, PublishRequest, publish
from .purge import purge
from .queries import AssetQuery, list_assets


class AssetPath(msgspec.Struct, frozen=True, kw_only=True):
    """Which file is meant."""

    asset_id: Annotated[AssetId, msgspec.Meta(description="The file's id.", examples=[7])]


async def get_assets(request: web.Request) -> web.Response:
    query, actor = read_query(request, AssetQuery), request[ACTOR]
    page = await list_assets(
        request.app[POOL],
        user_id=actor.subject.id,
        chosen=query,
        limit=query.limit,
        after=Cursor.parse(query.cursor),
    )
    await record(request.app[POOL], actor, "read_library")
    return json_response(page)


async def get_asset(request: web.Request) -> web.Response:
    actor, asset_id = request[ACTOR], asset_id_of(request)
    papers = await find_papers(request.app[POOL], user_id=actor.subject.id, asset_id=asset_id)
    if papers is None:
        raise not_found("file")
    await record(request.app[POOL], actor, "read_asset", asset_ids=[asset_id])
    return json_response(papers)


async def post_asset_action(request: web.Request) -> web.Response:
    body, actor = await read_json(request, AssetActionRequest), request[ACTOR]
    if body.action == "purge":
        return json_response(await purge(request.app[POOL], actor, body.asset_ids))
    return json_response(await act(request.app[POOL], actor, body.action, body.asset_ids))


async def post_asset_edit(request: web.Request) -> web.Response:
    return json_response(await edit(request.app[POOL], request[ACTOR], await read_json(request, AssetEditRequest)))


def asset_id_of(request: web.Request) -> int:
    try:
        return msgspec.convert(request.match_info, AssetPath, strict=False).asset_id
    except msgspec.ValidationError as error:
        raise not_found("file") from error


async def post_asset_publish(request: web.Request) -> web.Response:
    app, body = request.app, await read_json(request, PublishRequest)
    answer = await publish(
        app[POOL], app[VAULT], app[SETTINGS], Hook.of(app), request[ACTOR], body, turns=app[PUBLISHING]
    )
    return json_response(answer)
