"""Making, changing, ordering and deleting drafts."""

from aiohttp import web

from ..http.etags import IfMatch
from ..http.once import Once
from ..identity.users import Actor
from .drafts import (
    Draft,
    DraftChanges,
    DraftFields,
    DraftOrder,
    DraftsChanged,
    DraftSelection,
    DraftsMade,
    DraftsMoved,
    DraftsRequest,
)


async def make_drafts(app: web.Application, actor: Actor, body: DraftsRequest, once: Once) -> DraftsMade:
    raise NotImplementedError


async def edit_draft(app: web.Application, actor: Actor, draft_id: int, body: DraftFields, match: IfMatch) -> Draft:
    raise NotImplementedError


async def edit_drafts(app: web.Application, actor: Actor, body: DraftChanges) -> DraftsChanged:
    raise NotImplementedError


async def order_drafts(app: web.Application, actor: Actor, body: DraftOrder) -> DraftsMoved:
    raise NotImplementedError


async def delete_draft(app: web.Application, actor: Actor, draft_id: int, match: IfMatch) -> None:
    raise NotImplementedError


async def delete_drafts(app: web.Application, actor: Actor, body: DraftSelection) -> DraftsMoved:
    raise NotImplementedError
