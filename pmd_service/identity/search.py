"""GET /api/pmd/users: users by the first letters of their handle, for moderators."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from aiohttp import web

from ..base.database import POOL, Connection, Pool, like
from ..base.public_ids import PublicIds
from ..http.route import Routes
from ..site.posts import LIVE_ARTWORK
from .users import PUBLIC_IDS

MAX_FOUND = 20


class UserQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of GET /api/pmd/users."""

    q: Annotated[str, msgspec.Meta(min_length=1, max_length=64, description="The first letters.", examples=["pix"])]


class FoundUser(msgspec.Struct, frozen=True, kw_only=True):
    """A user in the results of a search."""

    public_sqid: Annotated[str, msgspec.Meta(examples=["Uk7c"])]
    handle: Annotated[str, msgspec.Meta(examples=["pixelfan"])]
    artwork_count: Annotated[int, msgspec.Meta(examples=[87])]


class UserList(msgspec.Struct, frozen=True, kw_only=True):
    """The users found, by handle."""

    items: Sequence[FoundUser]


_FIND_USERS = f"""
SELECT id, public_sqid, handle,
       (SELECT count(*) FROM posts WHERE owner_id = found.id AND {LIVE_ARTWORK}) AS artwork_count
  FROM (SELECT id, public_sqid, handle
          FROM users
         WHERE lower(handle) LIKE $1 || '%' OR public_sqid = $2 OR (id = $3 AND public_sqid IS NULL)
         ORDER BY lower(handle), id
         LIMIT {MAX_FOUND}) AS found
 ORDER BY lower(handle), id
"""


async def find_users(connection: Connection | Pool, ids: PublicIds, text: str) -> list[FoundUser]:
    """The first users whose handle begins with ``text``, whatever its case, or whose public id it is."""
    if "\0" in text:
        return []
    rows = await connection.fetch(_FIND_USERS, like(text.lower()), text, ids.row_id(text))
    return [
        FoundUser(
            public_sqid=ids.of(row["id"], row["public_sqid"]),
            handle=row["handle"],
            artwork_count=row["artwork_count"],
        )
        for row in rows
    ]


ROUTES = Routes("Moderation", about="Finding users, and what moderators did to posts.", keys="none")


@ROUTES("GET /api/pmd/users", "The users found, by handle.", moderators="Only moderators may search users.")
async def get_users(request: web.Request, query: UserQuery) -> UserList:
    """Search users.

    By the first letters of the handle, or by the public id; for moderators.
    """
    return UserList(items=await find_users(request.app[POOL], request.app[PUBLIC_IDS], query.q))
