"""/api/pmd/keys: access keys, for signed-in users; no key reaches these."""

from http import HTTPStatus
from typing import Annotated

from aiohttp import web
from msgspec import Meta

from ..base.database import POOL
from ..http.etags import IfMatch
from ..http.once import Once
from ..http.route import Answer, Routes
from ..http.selection import RowId
from ..http.wire import PageQuery
from .keys.queries import (
    MAX_DELETE_DAYS,
    MAX_KEYS,
    AccessKey,
    KeyChanges,
    KeyPage,
    MadeKey,
    NewKey,
    change_key,
    find_key,
    list_keys,
    make_key,
    revoke_key,
)
from .users import ACTOR
from .uses import USES

KeyId = Annotated[RowId, Meta(description="The key's id.", examples=[4])]
_UNFIT = {
    HTTPStatus.UNPROCESSABLE_ENTITY: "The name is empty, a scope or network is none, or a key by which something can "
    f"be deleted for good would last for more than {MAX_DELETE_DAYS} days."
}
ROUTES = Routes(
    "Access keys",
    about="Keys by which programs act for you. They are made, changed and revoked by signed-in users.",
    missing="key",
    keys="none",
    personal=True,
)


@ROUTES("GET /api/pmd/keys", "A page of keys.")
async def get_keys(request: web.Request, query: PageQuery) -> KeyPage:
    """List your access keys.

    Newest first, with those that have expired or were revoked within the last 30 days.
    """
    await request.app[USES].write()
    return await list_keys(request.app[POOL], user_id=request[ACTOR].viewer.id, query=query)


@ROUTES(
    "POST /api/pmd/keys",
    Answer("The key; its `secret` is shown only now.", HTTPStatus.CREATED, location="/api/pmd/keys/{0.id}"),
    problems={**_UNFIT, HTTPStatus.CONFLICT: f"There are {MAX_KEYS} keys already."},
)
async def post_key(request: web.Request, body: NewKey, once: Once) -> MadeKey:
    """Make an access key.

    A program sends it as `Authorization: Bearer pmd_…`. It can do what its scopes say and its owner may, for its owner
    only. Of the secret a hash is stored.
    """
    async with request.app[POOL].acquire() as connection, connection.transaction():
        await once.begin(connection)
        made = await make_key(connection, user=request[ACTOR].viewer, wanted=body, made_by="page")
        await once.end(connection, made, is_secret=True)
    return made


@ROUTES("GET /api/pmd/keys/{key_id}", "The key.")
async def get_key(request: web.Request, key_id: KeyId) -> AccessKey | None:
    """Get an access key."""
    await request.app[USES].write()
    return await find_key(request.app[POOL], user_id=request[ACTOR].viewer.id, key_id=key_id)


@ROUTES("PATCH /api/pmd/keys/{key_id}", "The key.", problems=_UNFIT)
async def patch_key(request: web.Request, key_id: KeyId, body: KeyChanges, match: IfMatch) -> AccessKey:
    """Rename an access key, or set its end.

    From now on; one that has expired or was revoked stays so (404). Its scopes cannot be changed: make another one.
    """
    async with request.app[POOL].acquire() as connection:
        return await change_key(connection, request[ACTOR], key_id, body, match)


@ROUTES("DELETE /api/pmd/keys/{key_id}", "It is revoked.")
async def delete_key(request: web.Request, key_id: KeyId, match: IfMatch) -> None:
    """Revoke an access key.

    At once: the next request with it is refused, and its open streams, uploads and downloads end. Revoking it again
    changes nothing.
    """
    async with request.app[POOL].acquire() as connection:
        await revoke_key(connection, request[ACTOR].viewer, key_id, match)
