"""Selections: the rows that a call names by their ids; it applies to all of them, or to none."""

from collections.abc import Collection, Sequence
from http import HTTPStatus
from typing import Annotated, Literal, TypeAlias

import msgspec

from ..locales import plural, translatable
from .errors import Fault, ProblemError, unprocessable

What: TypeAlias = Literal["post", "file"]

# How many rows one call may name (SPEC section 5).
MAX_SELECTION = 128
# Including repeats: a mebibyte of one id would block the event loop for nothing.
MAX_NAMED = 4 * MAX_SELECTION

# Ids are bigint; a larger number is not exact in JSON's readers (RFC 8259, section 6).
RowId = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
# Licences are the site's, and their ids int4: the driver fails on larger ones.
LicenseId = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


def _some(what: str, example: int) -> msgspec.Meta:
    description = f"1 to {MAX_SELECTION} different ids of {what}; repeats count once."
    return msgspec.Meta(min_length=1, max_length=MAX_NAMED, description=description, examples=[[example]])


PostId = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1, description="The post's id.", examples=[102])]
PostIds = Annotated[list[RowId], _some("posts", 102)]
AssetIds = Annotated[list[RowId], _some("files", 7)]

_PATHS: dict[What, str] = {"post": "$.post_ids", "file": "$.asset_ids"}
_NO_SUCH: dict[What, str] = {
    "post": translatable("There is no such post: {id}."),
    "file": translatable("There is no such file: {id}."),
}
_LOST: dict[What, str] = {
    "post": translatable("Nothing was changed: {lost} of these posts cannot be found."),
    "file": translatable("Nothing was changed: {lost} of these files cannot be found."),
}
_TOO_MANY: dict[What, str] = {
    "post": translatable("At most {most} posts go at once, and {named} were named."),
    "file": translatable("At most {most} files go at once, and {named} were named."),
}


def distinct_ids(what: What, ids: Sequence[int], *, most: int = MAX_SELECTION) -> list[int]:
    """The ids in their order, without repeats.

    Raises:
        ProblemError: 422, more than ``most`` of them.
    """
    distinct = list(dict.fromkeys(ids))
    if len(distinct) > most:
        raise unprocessable(_TOO_MANY[what].format(most=most, named=len(distinct)), path=_PATHS[what])
    return distinct


def check_all_found(what: What, ids: Sequence[int], found: Collection[int], *, path: str | None = None) -> None:
    """Check that all were found; an answer does not disclose why one was not: unknown, deleted or another user's.

    Raises:
        ProblemError: 400 with the first place of each that was not.
    """
    lost = set(ids).difference(found)
    if lost:
        places = {row_id: index for index, row_id in reversed([*enumerate(ids)])}
        faults = [
            Fault(path=f"{path or _PATHS[what]}[{places[row_id]}]", message=_NO_SUCH[what].format(id=row_id))
            for row_id in sorted(lost, key=places.__getitem__)
        ]
        raise ProblemError(HTTPStatus.BAD_REQUEST, _LOST[what].format(lost=len(lost)), faults=faults)


def named(ids: Sequence[int]) -> str:
    """“1, 2, 3, 4, 5 …”"""
    return ", ".join(map(str, ids[:5])) + (" …" if len(ids) > 5 else "")


def counted(count: int, what: str) -> str:
    """“1 post”, “3 posts”"""
    return f"1 {what}" if count == 1 else f"{count} {what}s"


def are(count: int, what: What, done: str) -> str:
    """“1 post is hidden.”, “3 posts are hidden.”; ``done`` is translatable."""
    if what == "post":
        return plural("{number} post is {done}.", "{number} posts are {done}.", count, done=done)
    return plural("{number} file is {done}.", "{number} files are {done}.", count, done=done)
