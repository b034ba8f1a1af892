"""What can be followed live: one topic a kind of thing, each with its own way to be read (LIBRARY section 6)."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import msgspec

from ..base.database import Pool

S = TypeVar("S", bound=msgspec.Struct)
Id: TypeAlias = UUID | int
# Reads the states of things by id, as structs that are told as JSON; an absent one is gone.
Load: TypeAlias = Callable[[Pool, Collection[Any]], Awaitable[Mapping[Any, msgspec.Struct]]]
Newest: TypeAlias = Callable[[Pool, Collection[int]], Awaitable[Mapping[Any, int]]]


class Key(msgspec.Struct, frozen=True):
    """One thing that may change, whatever its kind; ids are unique within a kind."""

    kind: str
    id: Id


def loads(kind: type[S], sql: str) -> Callable[[Pool, Collection[Any]], Awaitable[Mapping[Any, S]]]:
    """Reads states by a statement whose $1 are their ids, whoever's they are, and whose columns are the struct's."""

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


def _as_it_is(state: Any, _owner_sqid: str) -> Any:
    return state


def download_for_owner(state: Any, owner_sqid: str) -> Any:
    """The state with a ``download_url`` that says whose it is, as a moderator's request has to."""
    url = state.download_url
    if url is None:
        return state
    return msgspec.structs.replace(state, download_url=f"{url}{'&' if '?' in url else '?'}target_sqid={owner_sqid}")


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of thing and how the hub reads it; its events are ``{kind}_update`` and ``{kind}_removed``.

    Args:
        kind: as the database's notifications name it.
        id_type: what an id is, as it stands in a notification.
        load: reads the states of these things, whoever's they are: the hub checks the user.
        newest: finds what a new subscriber is told first, each with its user, newest first within a user.
        for_moderators: changes a state for who follows somebody else's things, named by the owner's sqid.
    """

    kind: str
    id_type: type[UUID] | type[int]
    load: Load
    newest: Newest
    for_moderators: Callable[[Any, str], Any] = _as_it_is
