"""/api/pmd/assets, except for files' bytes and previews (``files``)."""

from http import HTTPStatus
from typing import Annotated

from aiohttp import web
from msgspec import Meta

from ..base.database import POOL
from ..http.etags import IfMatch
from ..http.once import Once
from ..http.route import Routes
from ..http.selection import RowId
from ..identity.audit import record_once, recorded_once
from ..identity.users import ACTOR, require_scope
from .actions import AssetActionRequest, AssetsChanged, act
from .alike import AlikePage, AlikeQuery, list_alike
from .counts import AssetCounts, count_assets
from .details import AssetDetails, find_details
from .edits import AssetEditRequest, edit
from .folders import FolderPage, FolderQuery, list_folders
from .kept_both import KeptBothQuery, KeptPairPage, list_kept_both
from .publishing import (
    DisclosuresAnswer,
    DisclosuresRequest,
    PublishAnswer,
    PublishRequest,
    check_disclosures,
    publish,
)
from .purge import purge
from .queries import AssetPage, AssetQuery, list_assets
from .sequences import SequencePage, SequenceQuery, list_sequences
from .where import AssetFilter

FileId = Annotated[RowId, Meta(description="The file's id.", examples=[7])]

_NOT_FOUND = {HTTPStatus.BAD_REQUEST: "A file is unknown or another user's; `errors` names each. Nothing has changed."}
ROUTES = Routes("Library", about="Your files: judging, editing, publishing, trash.", missing="file", keys="library")


@ROUTES("GET /api/pmd/assets", "A page of files.")
@recorded_once("read_library")
async def get_assets(request: web.Request, query: AssetQuery) -> AssetPage:
    """List files.

    All files that are not in the trash, newest first by default. Files that are added or removed between two calls do
    not shift the pages. A task's result names its original in `parent_asset_id`. `GET /assets/counts` counts them.
    """
    return await list_assets(request.app[POOL], user_id=request[ACTOR].subject.id, query=query)


@ROUTES("GET /api/pmd/assets/counts", "The total and the facets.")
@recorded_once("read_library")
async def get_asset_counts(request: web.Request, query: AssetFilter) -> AssetCounts:
    """Count files.

    How many files match the filters, and for each value that could be chosen, how many match the other filters.
    """
    return await count_assets(request.app[POOL], user_id=request[ACTOR].subject.id, query=query)


@ROUTES("GET /api/pmd/assets/folders", "A page of folders.")
@recorded_once("read_library")
async def get_asset_folders(request: web.Request, query: FolderQuery) -> FolderPage:
    """List folders.

    Each folder that contains matching files, and their number without those in folders below it. A page is in natural
    order, with a folder before those in it.
    """
    return await list_folders(request.app[POOL], user_id=request[ACTOR].subject.id, query=query)


@ROUTES("GET /api/pmd/assets/alike", "Groups of files that were saved again.")
@recorded_once("read_library")
async def get_alike_assets(request: web.Request, query: AlikeQuery) -> AlikePage:
    """List near-duplicates.

    Each call examines some of the files that are neither in the trash nor set aside, newest first, and groups those
    that are one picture saved again: in another format, up to twice or half as large, compressed, or cropped by up to
    5 %. Results of tasks, stacked files, frames of a sequence and what was kept both (`keep_both`) are in no group.
    """
    return await list_alike(request.app[POOL], user_id=request[ACTOR].subject.id, query=query)


@ROUTES("GET /api/pmd/assets/kept-both", "A page of pairs.")
@recorded_once("read_library")
async def get_kept_both(request: web.Request, query: KeptBothQuery) -> KeptPairPage:
    """List what was kept although it looks the same.

    Pairs of `keep_both`, those of the newest files first. `compare_again` takes one back.
    """
    return await list_kept_both(request.app[POOL], user_id=request[ACTOR].subject.id, query=query)


@ROUTES("GET /api/pmd/assets/sequences", "A page of sequences.")
@recorded_once("read_library")
async def get_asset_sequences(request: web.Request, query: SequenceQuery) -> SequencePage:
    """List sequences.

    Three or more numbered pictures of a folder and size whose numbers count, such as frames of an animation. They are
    in the order of their folders and names.
    """
    return await list_sequences(request.app[POOL], user_id=request[ACTOR].subject.id, query=query)


@ROUTES(
    "POST /api/pmd/assets/action",
    "All files have the requested state.",
    problems={
        **_NOT_FOUND,
        HTTPStatus.CONFLICT: "A built pack or a post still needs a file to be purged; `errors` names each.",
    },
)
async def post_asset_action(request: web.Request, body: AssetActionRequest, match: IfMatch) -> AssetsChanged:
    """Judge, trash, restore or purge files.

    All of the files, or none. `approve`, `set_aside` and `unapprove` (new again) are for files that are not in the
    trash; `trash` and `restore` are for all files. After `trash` and `set_aside`, `draft_count` says how many drafts
    cannot be published now. `stack` shows files as one, the first on top, unless that one is in
    the trash; `unstack` is for some of them or for the one on top. `stack` with each of the `earlier_stacks` brings
    those back. `keep_both` says that up to 32 are different pictures, until `compare_again`; `unfold` that they are no
    sequence, until `fold`. Stacks, and what ends these, are for files in the trash, too. Repeating any of them changes
    nothing. `purge` permanently deletes files that are in the trash; for that an access key needs `library:delete`.
    """
    if body.action == "purge":
        require_scope(request[ACTOR], "library:delete")
        return await purge(request.app[POOL], request[ACTOR], body.asset_ids, match, reason=body.reason)
    return await act(request.app[POOL], request[ACTOR], body.action, body.asset_ids, match, reason=body.reason)


@ROUTES("POST /api/pmd/assets/edit", "All files are changed.", problems=_NOT_FOUND)
async def post_asset_edit(request: web.Request, body: AssetEditRequest, match: IfMatch) -> AssetsChanged:
    """Edit files.

    All of the files, or none. Values omitted from `set` stay as they are, null clears a value. Only one file at a time
    can be renamed.
    """
    return await edit(request.app[POOL], request[ACTOR], body, match)


@ROUTES(
    "POST /api/pmd/assets/publish",
    "The result for each file, in their order.",
    scopes=("posts:write", "library:read"),
    problems={**_NOT_FOUND, HTTPStatus.CONFLICT: "Publishing from here is off (`PUBLISH=off`)."},
)
async def post_asset_publish(request: web.Request, body: PublishRequest, once: Once) -> PublishAnswer:
    """Publish files as posts.

    Each file is `published`, was published `already`, or is `refused` with a reason: posts are images within the site's
    limits of format, size and canvas. The published copy has no metadata about where, by whom and with what it was
    made, unless `marks` is `keep`: then it is the file unchanged. `posts` gives titles, descriptions, hashtags and
    licences to the posts of some files or all; the others have the file's.
    """
    return await publish(request.app, request[ACTOR], body, once)


@ROUTES(
    "POST /api/pmd/assets/disclosures",
    "The personal metadata in some of them.",
    problems=_NOT_FOUND,
    scopes=("library:read",),
)
@recorded_once("read_library")
async def post_asset_disclosures(request: web.Request, body: DisclosuresRequest) -> DisclosuresAnswer:
    """Check files for personal metadata.

    Where, by whom and with which prompts they were made, as found when they were added: to be checked before they are
    published or packed. Each kind is listed once, with its files.
    """
    return await check_disclosures(request.app[POOL], request[ACTOR], body)


@ROUTES("GET /api/pmd/assets/{asset_id:[0-9]+}", "The file in detail.")
async def get_asset(request: web.Request, asset_id: FileId) -> AssetDetails | None:
    """Get a file's details.

    Its reports, its original and results, the post that shows it, the packs that contain it, and its near-duplicates.
    """
    actor = request[ACTOR]
    details = await find_details(request.app[POOL], user_id=actor.subject.id, asset_id=asset_id)
    if details is not None:
        await record_once(request.app[POOL], actor, "read_asset", asset_ids=[asset_id])
    return details
