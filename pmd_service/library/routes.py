"""/api/pmd/assets and what is below it."""

from http import HTTPStatus
from typing import Annotated

from aiohttp import web
from msgspec import Meta

from ..base.database import POOL
from ..http.route import Routes
from ..http.selection import RowId
from ..identity.audit import record, record_once
from ..identity.users import ACTOR
from .actions import AssetActionRequest, AssetsChanged, act
from .alike import AlikePage, AlikeQuery, list_alike
from .edits import AssetEditRequest, edit
from .finding import find_assets
from .folders import FolderPage, FolderQuery, list_folders
from .papers import AssetPapers, find_papers
from .publishing import PublishAnswer, PublishRequest, TellingsAnswer, TellingsRequest, publish, tell
from .purge import purge
from .queries import AssetPage, AssetQuery, list_assets

FileId = Annotated[RowId, Meta(description="The file's id.", examples=[7])]

_LOST = {HTTPStatus.BAD_REQUEST: "A file is unknown or somebody else's; `errors` names each, and nothing has changed."}
ROUTES = Routes("Library", about="The files that came in: judging, editing, publishing, trash.", missing="file")


@ROUTES("GET /api/pmd/assets", "A page of files.")
async def get_assets(request: web.Request, query: AssetQuery) -> AssetPage:
    """List files.

    Every file that is not in the trash, newest first unless told otherwise, or those in one state. The facets count,
    for each value that could be chosen, the files that the other filters leave. Files that come or go between two calls
    shift nothing. What was made of a file names it in `parent_asset_id`.
    """
    actor = request[ACTOR]
    pool, user_id = request.app[POOL], actor.subject.id
    if query.q is None:
        page = await list_assets(pool, user_id=user_id, asked=query)
    else:
        page = await find_assets(pool, user_id=user_id, text=query.q, asked=query)
    await record(pool, actor, "read_library")
    return page


@ROUTES("GET /api/pmd/assets/folders", "A page of folders.")
async def get_asset_folders(request: web.Request, query: FolderQuery) -> FolderPage:
    """List folders.

    Each folder that holds files of those that the filters leave, and how many: in itself, not in what is below it. In
    natural order within a page, a folder before what is in it.
    """
    actor = request[ACTOR]
    page = await list_folders(request.app[POOL], user_id=actor.subject.id, asked=query)
    await record_once(request.app[POOL], actor, "read_library")
    return page


@ROUTES("GET /api/pmd/assets/alike", "Groups of files that look the same.")
async def get_alike_assets(request: web.Request, query: AlikeQuery) -> AlikePage:
    """List what looks the same.

    Looks through the files that are neither in the trash nor set aside, some a call, newest first, and groups those
    that look the same, the best first. What was made of a file here stands with it on purpose, and in no group.
    """
    actor = request[ACTOR]
    page = await list_alike(request.app[POOL], user_id=actor.subject.id, asked=query)
    await record_once(request.app[POOL], actor, "read_library")
    return page


@ROUTES(
    "POST /api/pmd/assets/action",
    "All are as asked for.",
    problems={
        **_LOST,
        HTTPStatus.CONFLICT: "A built pack or a post still needs a file that is to be purged; `errors` names each.",
    },
)
async def post_asset_action(request: web.Request, body: AssetActionRequest) -> AssetsChanged:
    """Judge, throw away or restore files.

    All of the files, or none. `approve`, `set_aside` and `unapprove` (new again) are for files that are not in the
    trash; `trash` and `restore` for all. Doing these again changes nothing. `purge` removes files that are in the trash
    for good.
    """
    if body.action == "purge":
        return await purge(request.app[POOL], request[ACTOR], body.asset_ids, reason=body.reason)
    return await act(request.app[POOL], request[ACTOR], body.action, body.asset_ids, reason=body.reason)


@ROUTES("POST /api/pmd/assets/edit", "All say it.", problems=_LOST)
async def post_asset_edit(request: web.Request, body: AssetEditRequest) -> AssetsChanged:
    """Say something of files.

    All of the files, or none. What is left out of `set` stays as it is, null takes it away; a name is for one file at a
    time.
    """
    return await edit(request.app[POOL], request[ACTOR], body)


@ROUTES(
    "POST /api/pmd/assets/publish",
    "What became of each, in their order.",
    problems={**_LOST, HTTPStatus.CONFLICT: "Posts are not made from here (`PUBLISH=off`)."},
)
async def post_asset_publish(request: web.Request, body: PublishRequest) -> PublishAnswer:
    """Publish files as posts.

    Each file is `published`, has been `already`, or is `refused` with a reason: posts are images of the site's formats,
    size and canvas. The published copy says nothing of where, by whom and with what it was made, unless `marks` is
    `keep`: then it is the file as it is.
    """
    return await publish(request.app, request[ACTOR], body)


@ROUTES("POST /api/pmd/assets/tellings", "What some of them tell.", problems=_LOST)
async def post_asset_tellings(request: web.Request, body: TellingsRequest) -> TellingsAnswer:
    """Look what files tell.

    Where they were made and by whom, by what looking at them has found: to be known before they go out as posts or in a
    pack. Each kind is named once, with its files.
    """
    actor = request[ACTOR]
    told = await tell(request.app[POOL], actor, body)
    await record(request.app[POOL], actor, "read_library")
    return told


@ROUTES("GET /api/pmd/assets/{asset_id:[0-9]+}", "The file and its papers.")
async def get_asset(request: web.Request, asset_id: FileId) -> AssetPapers | None:
    """Look at a file.

    With its papers: what each look at it found, what it was made from and what was made from it, the post that shows
    it, the packs that it is in, and the files that look the same.
    """
    actor = request[ACTOR]
    papers = await find_papers(request.app[POOL], user_id=actor.subject.id, asset_id=asset_id)
    if papers is not None:
        await record(request.app[POOL], actor, "read_asset", asset_ids=[asset_id])
    return papers
