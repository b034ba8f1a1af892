"""Users, as read from the database for a request, and on whose behalf they act (SPEC section 4)."""

import math
from collections.abc import Collection, Sequence
from http import HTTPStatus

import asyncpg
import msgspec
from aiohttp import web

from ..base.database import Connection, Pool, find_values
from ..base.public_ids import PublicIds
from ..base.settings import Network
from ..http.errors import ProblemError
from ..http.scopes import Scope


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


class HeldKey(msgspec.Struct, frozen=True, kw_only=True):
    """The access key of a request, valid at this moment; ``networks`` are empty where it may be used from anywhere."""

    id: int
    name: str
    scopes: Sequence[Scope]
    networks: Sequence[Network]
    ends: float  # in seconds since 1970; infinite without an end


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """The viewer, who is signed in, and the subject, on whose behalf they act."""

    viewer: User
    subject: User
    token_ends: float  # in seconds since 1970
    credential: bytes = b""  # SHA-256 of the token or key
    key: HeldKey | None = None  # None: signed in

    @property
    def moderates(self) -> bool:
        """Whether the viewer acts on another user's behalf, by their role."""
        return self.viewer.id != self.subject.id

    def may(self, scopes: Sequence[Scope] | None) -> bool:
        """Whether the access key has these scopes; a signed-in user has all, and what no key may."""
        return self.key is None or (scopes is not None and {*scopes} <= {*self.key.scopes})


def requester(user_id: int, requested_by: int) -> Actor:
    """As whom background work was requested; the rights were checked then."""
    subject = viewer = User(id=user_id, sqid="", handle="", roles=())
    if user_id != requested_by:
        viewer = User(id=requested_by, sqid="", handle="", roles=("moderator",))
    return Actor(viewer=viewer, subject=subject, token_ends=math.inf)


def require_scope(actor: Actor, scope: Scope) -> None:
    """Raises: ProblemError: 403, the access key does not have this scope."""
    if not actor.may([scope]):
        raise ProblemError(
            HTTPStatus.FORBIDDEN,
            f"This access key may not do that: it lacks “{scope}”.",
            kind="insufficient-scope",
            headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},  # RFC 6750
        )


ACTOR = web.RequestKey("actor", Actor)
# A site may have public ids of its own; none is longer.
MAX_PUBLIC_ID = 200

PUBLIC_IDS = web.AppKey("public_ids", PublicIds)

IN_GOOD_STANDING = "NOT deactivated AND (banned_until IS NULL OR banned_until <= now())"

_SELECT = "SELECT id, public_sqid, handle, roles FROM users"

_FIND_TARGET = f"{_SELECT} WHERE (public_sqid = $1 OR (id = $2 AND public_sqid IS NULL))"

# By a single value, as Postgres caches its plan; for a list it plans each time, which takes longer than executing it.
_FIND_USER = f"""
{_FIND_TARGET} AND {IN_GOOD_STANDING}
   AND NOT EXISTS (SELECT FROM browser_session WHERE digest = $3 AND ended_at IS NOT NULL)
"""


async def find_user(
    connection: Connection | Pool, ids: PublicIds, sqid: str, *, credential: bytes = b""
) -> User | None:
    """The user with this public id, if neither deactivated nor banned, nor the token's browser signed out."""
    return await _fetch_user(connection, ids, _FIND_USER, sqid, credential)


_FIND_USERS = f"""
{_SELECT}
 WHERE (public_sqid = ANY($1) OR (id = ANY($2) AND public_sqid IS NULL)) AND {IN_GOOD_STANDING}
"""


async def find_users_by_sqid(connection: Connection | Pool, ids: PublicIds, sqids: Sequence[str]) -> dict[str, User]:
    """The users with these public ids, by id, who are neither deactivated nor banned."""
    possible = [sqid for sqid in sqids if _is_possible(sqid)]
    row_ids = [row_id for sqid in possible if (row_id := ids.row_id(sqid)) is not None]
    rows = await connection.fetch(_FIND_USERS, possible, row_ids)
    return {user.sqid: user for user in (user_of(ids, row) for row in rows)}


async def find_target(connection: Connection | Pool, ids: PublicIds, sqid: str) -> User | None:
    """The user with this public id, whatever their standing: moderators act for banned users, too."""
    return await _fetch_user(connection, ids, _FIND_TARGET, sqid)


async def in_good_standing(connection: Connection | Pool, user_ids: Collection[int]) -> set[int]:
    """Which of these users are neither deactivated nor banned."""
    sql = f"SELECT id FROM users WHERE id = ANY($1) AND {IN_GOOD_STANDING}"
    return {*await find_values(connection, sql, list(user_ids))}


async def find_by_handle(connection: Connection | Pool, ids: PublicIds, handle: str) -> list[User]:
    """All users with this handle, whatever their standing: a site's handles need not be unique."""
    return [user_of(ids, row) for row in await connection.fetch(f"{_SELECT} WHERE handle = $1 ORDER BY id", handle)]


async def find_named(connection: Connection | Pool, ids: PublicIds, who: str) -> list[User]:
    """The user with this public id or, if there is none, the users with this handle; whatever their standing."""
    by_sqid = await find_target(connection, ids, who)
    return [by_sqid] if by_sqid else await find_by_handle(connection, ids, who)


async def find_sqid(connection: Connection | Pool, ids: PublicIds, user_id: int) -> str | None:
    """The public id of this user, whatever their standing."""
    row = await connection.fetchrow("SELECT id, public_sqid FROM users WHERE id = $1", user_id)
    return ids.of(row["id"], row["public_sqid"]) if row else None


async def _fetch_user(
    connection: Connection | Pool, ids: PublicIds, query: str, sqid: str, *others: object
) -> User | None:
    if not _is_possible(sqid):
        return None
    row = await connection.fetchrow(query, sqid, ids.row_id(sqid), *others)
    return user_of(ids, row) if row else None


def _is_possible(sqid: str) -> bool:
    return len(sqid) <= MAX_PUBLIC_ID and "\0" not in sqid  # Postgres' text has no such character


def user_of(ids: PublicIds, row: asyncpg.Record) -> User:
    """The user in a row with the columns id, public_sqid, handle and roles."""
    return User(
        id=row["id"],
        sqid=ids.of(row["id"], row["public_sqid"]),
        handle=row["handle"],
        roles=row["roles"] or [],
    )
