"""/api/pmd/imports: read an archive, see the report, start, follow, cancel and undo."""

from http import HTTPStatus
from typing import Annotated

from aiohttp import web
from msgspec import Meta

from ..base.database import POOL
from ..http.errors import require
from ..http.once import Once
from ..http.route import Answer, Routes
from ..http.scopes import Scope
from ..http.selection import RowId
from ..http.wire import PageQuery
from ..identity.audit import recorded_once
from ..identity.users import ACTOR
from ..work.queue import QUEUES
from .lifecycle import MAX_WAITING, ImportRequest, cancel_import, request_import, start_import, undo_import
from .rows import (
    Import,
    ImportChoices,
    ImportPage,
    ItemPage,
    ItemQuery,
    find_import,
    list_imports,
    list_items,
)

ImportId = Annotated[RowId, Meta(description="The import's id.", examples=[5])]
ROUTES = Routes(
    "Imports", about="Archives of other places, always by a report first.", missing="import", keys="uploads"
)
_MAKES: tuple[Scope, ...] = ("uploads:write", "library:write", "posts:write", "packs:write")


@ROUTES(
    "POST /api/pmd/imports",
    Answer("The archive is being read.", HTTPStatus.ACCEPTED, location="/api/pmd/imports/{0.id}"),
    scopes=("uploads:write", "library:read"),
    missing="file",
    problems={
        HTTPStatus.CONFLICT: "It is no ZIP or `.tar.gz`, or in the trash.",
        HTTPStatus.TOO_MANY_REQUESTS: f"{MAX_WAITING} imports have not ended.",
    },
)
async def post_import(request: web.Request, body: ImportRequest, once: Once) -> Import:
    """Read an archive.

    The archive is a file of the library: upload it first. A report says what would be made, what is there already, what
    is left out and what is lost; nothing is made until the import is started. `import_update` events tell how far it
    is.
    """
    return await request_import(request.app[POOL], request.app[QUEUES], request[ACTOR], body, once)


@ROUTES("GET /api/pmd/imports", "A page of imports.")
@recorded_once("read_imports")
async def get_imports(request: web.Request, query: PageQuery) -> ImportPage:
    """List imports, newest first."""
    return await list_imports(request.app[POOL], user_id=request[ACTOR].subject.id, query=query)


@ROUTES("GET /api/pmd/imports/{import_id}", "The import.")
@recorded_once("read_imports")
async def get_import(request: web.Request, import_id: ImportId) -> Import | None:
    """See an import: its report's sums, and how far it is."""
    return await find_import(request.app[POOL], user_id=request[ACTOR].subject.id, import_id=import_id)


@ROUTES("GET /api/pmd/imports/{import_id}/items", "A page of the report.")
@recorded_once("read_imports")
async def get_import_items(request: web.Request, import_id: ImportId, query: ItemQuery) -> ItemPage:
    """List what an archive has, and what becomes of it.

    Outcomes: `make`, `change` (it is made with a change that `reason` names), `present` (it is here already), `double`
    (it is in the archive twice), `skip` and `lose`.
    """
    pool = request.app[POOL]
    require(await find_import(pool, user_id=request[ACTOR].subject.id, import_id=import_id), "import")
    return await list_items(pool, import_id=import_id, query=query)


@ROUTES(
    "POST /api/pmd/imports/{import_id}/start",
    Answer("The import is queued.", HTTPStatus.ACCEPTED),
    scopes=_MAKES,
    problems={HTTPStatus.CONFLICT: "Its report is not complete, it is running, or it has ended."},
)
async def post_import_start(request: web.Request, import_id: ImportId, body: ImportChoices) -> Import:
    """Start an import.

    Makes what its report says: files in the library, posts with their dates, and packs. What is there already stays as
    it is, so that the same archive can be imported again. One that has failed or was cancelled goes on where it was.
    """
    app = request.app
    return await start_import(app[POOL], app[QUEUES], request[ACTOR], import_id, body)


@ROUTES(
    "POST /api/pmd/imports/{import_id}/cancel",
    "The import is cancelled.",
    problems={HTTPStatus.CONFLICT: "It has ended."},
)
async def post_import_cancel(request: web.Request, import_id: ImportId) -> Import:
    """Cancel an import.

    What it has made stays; `undo` takes it back.
    """
    return await cancel_import(request.app[POOL], request[ACTOR], import_id)


@ROUTES(
    "POST /api/pmd/imports/{import_id}/undo",
    Answer("The undo is queued.", HTTPStatus.ACCEPTED),
    scopes=("uploads:write", "library:delete", "posts:delete", "packs:delete"),
    problems={HTTPStatus.CONFLICT: "It was not started, is running, or was undone."},
)
async def post_import_undo(request: web.Request, import_id: ImportId) -> Import:
    """Undo an import.

    Within 30 days. Its posts and packs are deleted, and its files moved to the trash unless they have been used since.
    """
    app = request.app
    return await undo_import(app[POOL], app[QUEUES], request[ACTOR], import_id)
