"""Selections: the rows that one call names by their ids; something is done with all of them, or with none."""

from collections.abc import Collection, Sequence
from http import HTTPStatus
from typing import Annotated, Literal, TypeAlias

import msgspec

from .errors import Fault, ProblemError, unprocessable

What: TypeAlias = Literal["post", "file"]

# How many rows one call may name (SPEC section 5).
MAX_SELECTION = 128
# With repeats: a mebibyte of the same id keeps the loop busy for nothing.
MAX_NAMED = 4 * MAX_SELECTION

# Ids are Postgres integers (int4): a larger one cannot exist, and must not reach the driver.
RowId = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


def _some(what: str, example: int) -> msgspec.Meta:
    told = f"1 to {MAX_SELECTION} different ids of {what}; repeats count once."
    return msgspec.Meta(min_length=1, max_length=MAX_NAMED, description=told, examples=[[example]])


PostIds = Annotated[list[RowId], _some("posts", 102)]
AssetIds = Annotated[list[RowId], _some("files", 7)]

_PATHS: dict[What, str] = {"post": "$.post_ids", "file": "$.asset_ids"}


def distinct_ids(what: What, ids: Sequence[int], *, most: int = MAX_SELECTION) -> list[int]:
    """The ids in their order, repeats once.

    Raises:
        ProblemError: 422, more than ``most`` of them.
    """
    distinct = list(dict.fromkeys(ids))
    if len(distinct) > most:
        raise unprocessable(f"At most {most} {what}s go at once, and {len(distinct)} were named.", path=_PATHS[what])
    return distinct


def check_all_found(what: What, ids: Sequence[int], found: Collection[int], *, path: str | None = None) -> None:
    """All of these are among those found; why one is not is not told to anybody: unknown, gone or somebody else's.

    Raises:
        ProblemError: 400 with each that is not, at its first place.
    """
    lost = set(ids).difference(found)
    if lost:
        # Each at its first place.
        places = {row_id: index for index, row_id in reversed([*enumerate(ids)])}
        faults = [
            Fault(path=f"{path or _PATHS[what]}[{places[row_id]}]", message=f"There is no such {what}: {row_id}.")
            for row_id in sorted(lost, key=places.__getitem__)
        ]
        detail = f"Nothing was changed: {len(lost)} of these {what}s cannot be found."
        raise ProblemError(HTTPStatus.BAD_REQUEST, detail, faults=faults)


def named(ids: Sequence[int]) -> str:
    """“1, 2, 3, 4, 5 …”"""
    return ", ".join(map(str, ids[:5])) + (" …" if len(ids) > 5 else "")


def counted(count: int, what: str) -> str:
    """“1 post”, “3 posts”"""
    return f"1 {what}" if count == 1 else f"{count} {what}s"


def are(count: int, what: What, done: str) -> str:
    """“1 post is hidden”, “3 posts are hidden”"""
    return f"{counted(count, what)} {'is' if count == 1 else 'are'} {done}"
