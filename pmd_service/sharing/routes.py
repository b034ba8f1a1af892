"""Links under /api/pmd/packs and /api/pmd/bdr, for their owners."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from aiohttp import web
from msgspec import Meta

from ..base.database import POOL
from ..base.settings import SETTINGS
from ..http.etags import IfMatch
from ..http.once import Once
from ..http.route import Answer, Routes
from ..http.selection import RowId
from ..identity.audit import record
from ..identity.users import ACTOR
from .links import Link, LinkList, LinkRequest, Target, create_link, find_link, list_links, withdraw_link

PackId = Annotated[RowId, Meta(description="The pack's id.", examples=[3])]
BdrId = Annotated[UUID, Meta(description="The request's id.")]
LinkId = Annotated[RowId, Meta(description="The link's id.", examples=[5])]

_CREATED = Answer("The link.", HTTPStatus.CREATED)
_PROBLEMS = {
    HTTPStatus.FORBIDDEN: "Share links are disabled on this site.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "A public link with a password, a past expiry, or a moderator without a reason.",
    HTTPStatus.TOO_MANY_REQUESTS: "There are too many links to it.",
}
ROUTES = Routes("Links", about="Links that show a pack or a download without an account.")


@ROUTES("POST /api/pmd/packs/{pack_id}/links", _CREATED, problems=_PROBLEMS, missing="pack", scopes=("packs:write",))
async def post_pack_link(request: web.Request, pack_id: PackId, body: LinkRequest, once: Once) -> Link:
    """Share a pack.

    The link shows the newest edition without an account: its pictures, sounds and licence, and the download. It can
    expire, require a password, and be withdrawn.
    """
    app = request.app
    return await create_link(app[POOL], app[SETTINGS], request[ACTOR], Target(pack_id=pack_id), body, once)


@ROUTES("GET /api/pmd/packs/{pack_id}/links", "Its links, newest first.", missing="pack", scopes=("packs:read",))
async def get_pack_links(request: web.Request, pack_id: PackId) -> LinkList:
    """List a pack's links."""
    return await list_links(request.app[POOL], request.app[SETTINGS], request[ACTOR], Target(pack_id=pack_id))


@ROUTES("GET /api/pmd/packs/{pack_id}/links/{link_id}", "The link.", missing="link", scopes=("packs:read",))
async def get_pack_link(request: web.Request, pack_id: PackId, link_id: LinkId) -> Link:
    """Get a pack's link."""
    return await _link(request, Target(pack_id=pack_id), link_id)


async def _link(request: web.Request, target: Target, link_id: int) -> Link:
    app, actor = request.app, request[ACTOR]
    link = await find_link(app[POOL], app[SETTINGS], actor, target, link_id)
    await record(app[POOL], actor, "read_links", pack_id=target.pack_id)
    return link


@ROUTES("DELETE /api/pmd/packs/{pack_id}/links/{link_id}", "It is withdrawn.", missing="link", scopes=("packs:write",))
async def delete_pack_link(request: web.Request, pack_id: PackId, link_id: LinkId, match: IfMatch) -> None:
    """Withdraw a pack's link.

    Effective immediately.
    """
    app = request.app
    await withdraw_link(app[POOL], app[SETTINGS], request[ACTOR], Target(pack_id=pack_id), link_id, match)


@ROUTES(
    "POST /api/pmd/bdr/{bdr_id}/links",
    _CREATED,
    problems=_PROBLEMS,
    missing="download request",
    scopes=("downloads:write",),
)
async def post_bdr_link(request: web.Request, bdr_id: BdrId, body: LinkRequest, once: Once) -> Link:
    """Share a download.

    The link works for as long as the archive is kept.
    """
    app = request.app
    return await create_link(app[POOL], app[SETTINGS], request[ACTOR], Target(bdr_id=bdr_id), body, once)


@ROUTES(
    "GET /api/pmd/bdr/{bdr_id}/links",
    "Its links, newest first.",
    missing="download request",
    scopes=("downloads:read",),
)
async def get_bdr_links(request: web.Request, bdr_id: BdrId) -> LinkList:
    """List a download's links."""
    return await list_links(request.app[POOL], request.app[SETTINGS], request[ACTOR], Target(bdr_id=bdr_id))


@ROUTES("GET /api/pmd/bdr/{bdr_id}/links/{link_id}", "The link.", missing="link", scopes=("downloads:read",))
async def get_bdr_link(request: web.Request, bdr_id: BdrId, link_id: LinkId) -> Link:
    """Get a download's link."""
    return await _link(request, Target(bdr_id=bdr_id), link_id)


@ROUTES("DELETE /api/pmd/bdr/{bdr_id}/links/{link_id}", "It is withdrawn.", missing="link", scopes=("downloads:write",))
async def delete_bdr_link(request: web.Request, bdr_id: BdrId, link_id: LinkId, match: IfMatch) -> None:
    """Withdraw a download's link.

    Effective immediately.
    """
    app = request.app
    await withdraw_link(app[POOL], app[SETTINGS], request[ACTOR], Target(bdr_id=bdr_id), link_id, match)
