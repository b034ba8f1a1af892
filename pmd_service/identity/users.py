"""Users, as read from the database for a request, and on whose behalf they act (SPEC section 4)."""

from collections.abc import Collection, Sequence

import asyncpg
import msgspec
from aiohttp import web

from ..base.database import Connection, Pool
from ..base.public_ids import PublicIds


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A user in good standing, as the database has them at this request."""

    id: int
    sqid: str
    handle: str
    roles: Sequence[str]

    @property
    def is_moderator(self) -> bool:
        return self.is_owner or "moderator" in self.roles

    @property
    def is_owner(self) -> bool:
        return "owner" in self.roles


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """The viewer, who is signed in, and the subject, on whose behalf they act."""

    viewer: User
    subject: User
    token_ends: float  # in seconds since 1970

    @property
    def moderates(self) -> bool:
        """Whether the viewer acts on another user's behalf, by their role."""
        return self.viewer.id != self.subject.id


ACTOR = web.RequestKey("actor", Actor)
# A site may have public ids of its own; none is longer.
MAX_PUBLIC_ID = 200

PUBLIC_IDS = web.AppKey("public_ids", PublicIds)

IN_GOOD_STANDING = "NOT deactivated AND (banned_until IS NULL OR banned_until <= now())"

_SELECT = "SELECT id, public_sqid, handle, roles FROM users"

_FIND_TARGET = f"{_SELECT} WHERE (public_sqid = $1 OR (id = $2 AND public_sqid IS NULL))"

# By a single value, as Postgres caches its plan; for a list it plans each time, which takes longer than executing it.
_FIND_USER = f"{_FIND_TARGET} AND {IN_GOOD_STANDING}"


async def find_user(connection: Connection | Pool, ids: PublicIds, sqid: str) -> User | None:
    """The user with this public id, if neither deactivated nor banned."""
    return await _fetch_user(connection, ids, _FIND_USER, sqid)


_FIND_USERS = f"""
{_SELECT}
 WHERE (public_sqid = ANY($1) OR (id = ANY($2) AND public_sqid IS NULL)) AND {IN_GOOD_STANDING}
"""


async def find_users_by_sqid(connection: Connection | Pool, ids: PublicIds, sqids: Sequence[str]) -> dict[str, User]:
    """The users with these public ids, by id, who are neither deactivated nor banned."""
    possible = [sqid for sqid in sqids if _is_possible(sqid)]
    row_ids = [row_id for sqid in possible if (row_id := ids.row_id(sqid)) is not None]
    rows = await connection.fetch(_FIND_USERS, possible, row_ids)
    return {user.sqid: user for user in (_user(ids, row) for row in rows)}


async def find_target(connection: Connection | Pool, ids: PublicIds, sqid: str) -> User | None:
    """The user with this public id, whatever their standing: moderators act for banned users, too."""
    return await _fetch_user(connection, ids, _FIND_TARGET, sqid)


async def in_good_standing(connection: Connection | Pool, user_ids: Collection[int]) -> set[int]:
    """Which of these users are neither deactivated nor banned."""
    rows = await connection.fetch(f"SELECT id FROM users WHERE id = ANY($1) AND {IN_GOOD_STANDING}", list(user_ids))
    return {row["id"] for row in rows}


async def find_by_handle(connection: Connection | Pool, ids: PublicIds, handle: str) -> list[User]:
    """All users with this handle, whatever their standing: a site's handles need not be unique."""
    return [_user(ids, row) for row in await connection.fetch(f"{_SELECT} WHERE handle = $1 ORDER BY id", handle)]


async def find_named(connection: Connection | Pool, ids: PublicIds, who: str) -> list[User]:
    """The user with this public id or, if there is none, the users with this handle; whatever their standing."""
    by_sqid = await find_target(connection, ids, who)
    return [by_sqid] if by_sqid else await find_by_handle(connection, ids, who)


async def find_sqid(connection: Connection | Pool, ids: PublicIds, user_id: int) -> str | None:
    """The public id of this user, whatever their standing."""
    row = await connection.fetchrow("SELECT id, public_sqid FROM users WHERE id = $1", user_id)
    return ids.of(row["id"], row["public_sqid"]) if row else None


async def _fetch_user(connection: Connection | Pool, ids: PublicIds, query: str, sqid: str) -> User | None:
    if not _is_possible(sqid):
        return None
    row = await connection.fetchrow(query, sqid, ids.row_id(sqid))
    return _user(ids, row) if row else None


def _is_possible(sqid: str) -> bool:
    return len(sqid) <= MAX_PUBLIC_ID and "\0" not in sqid  # Postgres' text has no such character


def _user(ids: PublicIds, row: asyncpg.Record) -> User:
    return User(
        id=row["id"],
        sqid=ids.of(row["id"], row["public_sqid"]),
        handle=row["handle"],
        roles=row["roles"] or [],
    )
