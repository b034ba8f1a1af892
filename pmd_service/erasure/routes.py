"""/api/pmd/erasure: an account's end, by its owner in a signed-in browser alone."""

from http import HTTPStatus

from aiohttp import web

from ..base.database import POOL
from ..http.etags import IfMatch
from ..http.route import Routes
from ..identity.users import ACTOR
from .wishes import Erasure, ErasureRequest, find_erasure, wish_erasure, withdraw_erasure

ROUTES = Routes("Account", missing="account", keys="none", personal=True)


@ROUTES("GET /api/pmd/erasure", "Whether the account will be erased.", is_tagged=True)
async def get_erasure(request: web.Request) -> Erasure:
    """See whether the account will be erased."""
    return await find_erasure(request.app[POOL], user_id=request[ACTOR].subject.id)


@ROUTES(
    "PUT /api/pmd/erasure",
    "The account will be erased.",
    problems={HTTPStatus.CONFLICT: "The account is a site's.", HTTPStatus.UNPROCESSABLE_ENTITY: "Another handle."},
)
async def put_erasure(request: web.Request, body: ErasureRequest, match: IfMatch) -> Erasure:
    """Have the account erased, with everything in it.

    In 30 days, in the background: posts, files, packs, drafts, keys, and what others wrote below the posts. Until then
    it can be taken back.
    """
    return await wish_erasure(request.app[POOL], request[ACTOR], body, match)


@ROUTES("DELETE /api/pmd/erasure", "The account is kept.", problems={HTTPStatus.CONFLICT: "Its day has come."})
async def delete_erasure(request: web.Request, match: IfMatch) -> None:
    """Keep the account.

    Until its day has come.
    """
    await withdraw_erasure(request.app[POOL], request[ACTOR], match)
