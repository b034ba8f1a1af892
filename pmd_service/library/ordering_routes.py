"""/api/pmd/smart-folders and /api/pmd/tags: how a user orders the library. Moderators may read them."""

from http import HTTPStatus
from typing import Annotated

from aiohttp import web
from msgspec import Meta

from ..base.database import POOL
from ..http.etags import IfMatch
from ..http.once import Once
from ..http.route import Answer, Routes
from ..http.selection import RowId
from ..identity.audit import recorded_once
from ..identity.users import ACTOR
from .smart_folders import (
    SmartFolder,
    SmartFolderEdit,
    SmartFolderPage,
    SmartFolderQuery,
    SmartFolderRequest,
    create_smart_folder,
    delete_smart_folder,
    edit_smart_folder,
    find_smart_folder,
    list_smart_folders,
)
from .tags import (
    Tag,
    TagEdit,
    TagName,
    TagPage,
    TagQuery,
    TagsRename,
    TagsRenamed,
    color_tag,
    find_tag,
    list_tags,
    rename_tags,
)

FolderId = Annotated[RowId, Meta(description="The smart folder's id.", examples=[4])]

_TWICE = {HTTPStatus.CONFLICT: "There is one of this name, or there are too many."}
ROUTES = Routes("Library", missing="smart folder", keys="library")
OWN = Routes("Library", missing="smart folder", keys="library", personal=True)


@ROUTES("GET /api/pmd/smart-folders", "A page of smart folders.")
@recorded_once("read_library")
async def get_smart_folders(request: web.Request, query: SmartFolderQuery) -> SmartFolderPage:
    """List smart folders.

    Searches that are kept under a name, newest first, with the number of files that each finds now.
    """
    return await list_smart_folders(request.app[POOL], user_id=request[ACTOR].subject.id, query=query)


@OWN(
    "POST /api/pmd/smart-folders",
    Answer("The smart folder.", HTTPStatus.CREATED, location="/api/pmd/smart-folders/{0.id}"),
    problems=_TWICE,
)
async def post_smart_folder(request: web.Request, body: SmartFolderRequest, once: Once) -> SmartFolder:
    """Keep a search as a smart folder."""
    return await create_smart_folder(request.app[POOL], request[ACTOR], body, once)


@ROUTES("GET /api/pmd/smart-folders/{folder_id}", "The smart folder.")
@recorded_once("read_library")
async def get_smart_folder(request: web.Request, folder_id: FolderId) -> SmartFolder | None:
    """Get a smart folder."""
    return await find_smart_folder(request.app[POOL], user_id=request[ACTOR].subject.id, folder_id=folder_id)


@OWN("PATCH /api/pmd/smart-folders/{folder_id}", "The smart folder as it is now.", problems=_TWICE)
async def patch_smart_folder(
    request: web.Request, folder_id: FolderId, body: SmartFolderEdit, match: IfMatch
) -> SmartFolder:
    """Change a smart folder's name, search or order."""
    return await edit_smart_folder(request.app[POOL], request[ACTOR], folder_id, body, match)


@OWN("DELETE /api/pmd/smart-folders/{folder_id}", "It is deleted.")
async def delete_one_smart_folder(request: web.Request, folder_id: FolderId, match: IfMatch) -> None:
    """Delete a smart folder.

    The files that it finds stay.
    """
    await delete_smart_folder(request.app[POOL], request[ACTOR], folder_id, match)


@ROUTES("GET /api/pmd/tags", "A page of hashtags.", missing="hashtag")
@recorded_once("read_library")
async def get_tags(request: web.Request, query: TagQuery) -> TagPage:
    """List hashtags.

    Those of the library's files and those that have a colour, by name, with the number of files outside the trash.
    """
    return await list_tags(request.app[POOL], user_id=request[ACTOR].subject.id, query=query)


@OWN("POST /api/pmd/tags/rename", "What was changed.", missing="hashtag")
async def post_tags_rename(request: web.Request, body: TagsRename) -> TagsRenamed:
    """Rename, merge or remove hashtags.

    On all files that have them, those in the trash too: several become one, or `new_tag` null takes them off. A call
    changes at most 2,000 files; repeat it while files remain. Colours, and smart folders of one of them, follow.
    """
    return await rename_tags(request.app[POOL], request[ACTOR], body)


@ROUTES("GET /api/pmd/tags/{tag}", "The hashtag.", missing="hashtag")
@recorded_once("read_library")
async def get_tag(request: web.Request, tag: TagName) -> Tag | None:
    """Get a hashtag."""
    return await find_tag(request.app[POOL], user_id=request[ACTOR].subject.id, tag=tag)


@OWN("PATCH /api/pmd/tags/{tag}", "The hashtag as it is now.", missing="hashtag")
async def patch_tag(request: web.Request, tag: TagName, body: TagEdit, match: IfMatch) -> Tag:
    """Give a hashtag a colour, or none."""
    return await color_tag(request.app[POOL], request[ACTOR], tag, body, match)
