"""What an access key may do: the closed list of scopes."""

from collections.abc import Iterable, Sequence
from typing import Literal, get_args

Scope = Literal[
    "posts:read", "posts:write", "posts:delete", "library:read", "library:write", "library:delete", "uploads:read",
    "uploads:write", "packs:read", "packs:write", "packs:delete", "downloads:read", "downloads:write",
]  # fmt: skip
SCOPES: Sequence[Scope] = get_args(Scope)

# How a module says what its routes need: the scopes of a kind of things, any key, or that none may.
Things = Literal["posts", "library", "uploads", "packs", "downloads", "any", "none"]


def scopes_for(things: Things, *, is_safe: bool) -> tuple[Scope, ...] | None:
    """The scopes that a key needs for a route of these things: to read, or, unless it is safe, to write them.

    Returns:
        none of them for “any” key; None where no key may.
    """
    if things == "none":
        return None
    wanted = f"{things}:{'read' if is_safe else 'write'}"
    return tuple(scope for scope in SCOPES if scope == wanted)


def completed(scopes: Iterable[Scope]) -> list[Scope]:
    """The scopes with what they include, in the list's order: who may change or delete things may see them."""
    wanted = {*scopes}
    wanted_kinds = {scope.partition(":")[0] for scope in wanted}
    return [scope for scope in SCOPES if scope in wanted or scope.removesuffix(":read") in wanted_kinds]


def can_delete(scopes: Iterable[Scope]) -> bool:
    """Whether something may be lost for good by them."""
    return any(scope.endswith(":delete") for scope in scopes)
