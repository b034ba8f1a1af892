"""Topics: the kinds of objects that can be followed live, and how each is loaded (LIBRARY section 6)."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import msgspec

from ..base.database import Pool
from ..http.scopes import Scope

S = TypeVar("S", bound=msgspec.Struct)
Id: TypeAlias = UUID | int
# Loads the states of objects by id, as structs that are sent as JSON; one that is absent has been removed.
Load: TypeAlias = Callable[[Pool, Collection[Any]], Awaitable[Mapping[Any, msgspec.Struct]]]
Newest: TypeAlias = Callable[[Pool, Collection[int]], Awaitable[Mapping[Any, int]]]


class Key(msgspec.Struct, frozen=True):
    """An object of any kind; ids are unique within a kind."""

    kind: str
    id: Id


def loads(kind: type[S], sql: str) -> Callable[[Pool, Collection[Any]], Awaitable[Mapping[Any, S]]]:
    """Loads states by a statement with the ids as $1, of any users, whose columns are the struct's fields."""

    async def load(pool: Pool, ids: Collection[Any]) -> Mapping[Any, S]:
        return {row["id"]: msgspec.convert(dict(row), kind) for row in await pool.fetch(sql, list(ids))}

    return load


def newest_of(table: str, *, among: str = "true", most: int = 20) -> Newest:
    """Finds each user's newest rows of a table, by ``(created_at, id)``."""
    sql = f"""
        SELECT newest.id, users.user_id
          FROM unnest($1::int[]) AS users (user_id)
         CROSS JOIN LATERAL (SELECT id
                               FROM {table}
                              WHERE user_id = users.user_id AND {among}
                              ORDER BY created_at DESC, id DESC
                              LIMIT {most}) AS newest"""

    async def newest(pool: Pool, user_ids: Collection[int]) -> Mapping[Any, int]:
        return {row["id"]: row["user_id"] for row in await pool.fetch(sql, list(user_ids))}

    return newest


async def of_users(_pool: Pool, user_ids: Collection[int]) -> Mapping[int, int]:
    """Begins with each user's own state, such as their counts."""
    return {user_id: user_id for user_id in user_ids}


async def none_at_first(_pool: Pool, _user_ids: Collection[int]) -> Mapping[int, int]:
    """Begins with nothing: a page lists them, and a copy reads /changes."""
    return {}


def _unchanged(state: Any, _owner_sqid: str) -> Any:
    return state


def download_for_owner(state: Any, owner_sqid: str) -> Any:
    """The state with its owner in the ``download_url``, as a moderator's request needs it."""
    url = state.download_url
    if url is None:
        return state
    return msgspec.structs.replace(state, download_url=f"{url}{'&' if '?' in url else '?'}target_sqid={owner_sqid}")


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of objects and how the hub loads them; its events are ``{kind}_update`` and ``{kind}_removed``.

    Args:
        kind: as the database's notifications name it.
        id_type: the type of ids in notifications.
        state: the type of the loaded states, for the documentation.
        load: loads states of any users; the hub checks the user.
        newest: finds the initial objects of new subscribers, with their users, newest first within a user.
        scopes: what an access key needs to follow them, all of them; None: no key may.
        for_moderators: adapts a state for moderators who follow it, given the owner's sqid.
    """

    kind: str
    id_type: type[UUID] | type[int]
    state: type[msgspec.Struct]
    load: Load
    newest: Newest
    scopes: Sequence[Scope] | None
    for_moderators: Callable[[Any, str], Any] = _unchanged
