"""What can be followed live: one topic a kind of thing, each with its own way to be read (LIBRARY section 6)."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, TypeAlias
from uuid import UUID

import msgspec

from ..database import Pool

Id: TypeAlias = UUID | int
# The states of things by id, as structs that are told as JSON; an absent one is gone.
States: TypeAlias = Mapping[Id, msgspec.Struct]


class Key(msgspec.Struct, frozen=True):
    """One thing that may change, whatever its kind; ids are unique within a kind."""

    kind: str
    id: Id


def _as_it_is(state: Any, _owner_sqid: str) -> Any:
    return state


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
    load: Callable[[Pool, Collection[Any]], Awaitable[Mapping[Any, msgspec.Struct]]]
    newest: Callable[[Pool, Collection[int]], Awaitable[Mapping[Any, int]]]
    for_moderators: Callable[[Any, str], Any] = _as_it_is
