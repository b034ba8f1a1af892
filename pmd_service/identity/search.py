"""GET /api/pmd/users: whom a moderator may look after, by the first letters of their handle."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from aiohttp import web

from ..database import POOL, Connection, Pool
from ..http.errors import forbidden
from ..http.wire import json_response, read_query
from ..site.posts import LIVE_ARTWORK
from ..site.public_ids import PublicIds
from .users import ACTOR, PUBLIC_IDS

MOST = 20


class UserQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What a handle or a public id begins with."""

    q: Annotated[str, msgspec.Meta(min_length=1, max_length=64, description="The first letters.", examples=["pix"])]


class FoundUser(msgspec.Struct, frozen=True, kw_only=True):
    """A user as a moderator chooses one."""

    public_sqid: str
    handle: str
    artwork_count: int


class UserList(msgspec.Struct, frozen=True, kw_only=True):
    """The users that were found, by handle."""

    items: Sequence[FoundUser]


_FIND_USERS = f"""
SELECT id, public_sqid, handle,
       (SELECT count(*) FROM posts WHERE owner_id = found.id AND {LIVE_ARTWORK}) AS artwork_count
  FROM (SELECT id, public_sqid, handle
          FROM users
         WHERE lower(handle) LIKE $1 || '%' OR public_sqid = $2 OR (id = $3 AND public_sqid IS NULL)
         ORDER BY lower(handle), id
         LIMIT {MOST}) AS found
 ORDER BY lower(handle), id
"""


async def find_users(connection: Connection | Pool, ids: PublicIds, text: str) -> list[FoundUser]:
    """The first users whose handle begins with ``text``, whatever its case, or whose public id it is."""
    if "\0" in text:
        return []
    beginning = text.lower().replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    rows = await connection.fetch(_FIND_USERS, beginning, text, ids.row_id(text))
    return [
        FoundUser(
            public_sqid=ids.of(row["id"], row["public_sqid"]),
            handle=row["handle"],
            artwork_count=row["artwork_count"],
        )
        for row in rows
    ]


async def get_users(request: web.Request) -> web.Response:
    if not request[ACTOR].viewer.is_moderator:
        raise forbidden("Only moderators look for users.")
    query = read_query(request, UserQuery)
    return json_response(UserList(items=await find_users(request.app[POOL], request.app[PUBLIC_IDS], query.q)))
