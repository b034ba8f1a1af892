"""Personal metadata in files (places, authors, prompts), reported wherever files leave a library."""

from collections.abc import Collection, Sequence
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from ..base.database import Connection, Pool

DisclosureCode: TypeAlias = Literal["tells_place", "tells_author", "tells_prompt"]
# What happens to metadata when files leave the library.
Marks: TypeAlias = Annotated[
    Literal["strip", "keep"],
    Meta(description="`strip` removes the metadata from the copies, `keep` leaves the files as they are."),
]


class Disclosure(msgspec.Struct, frozen=True, kw_only=True):
    """Personal metadata of one kind, and the chosen files that contain it according to their reports."""

    code: Annotated[DisclosureCode, Meta(examples=["tells_place"])]
    message: Annotated[str, Meta(examples=["1 of these 2 files discloses where it was made."])]
    asset_ids: Annotated[Sequence[int], Meta(examples=[[8]])]


# A file never changes: what any of its reports has found stays true.
_CONTAINS = """
       coalesce(bool_or(facts ->> 'gps' = 'true'), false) AS tells_place,
       coalesce(bool_or(facts #>> '{rights,author}' IS NOT NULL), false) AS tells_author
"""

_FIND = f"""
SELECT asset_id, {_CONTAINS},
       coalesce(bool_or(facts ->> 'ai_marks' LIKE '%generation settings%'), false) AS tells_prompt
  FROM reports
 WHERE asset_id = ANY($1) AND user_id = $2
 GROUP BY asset_id
 ORDER BY array_position($1, asset_id)
"""

_RECORD = f"""
WITH found AS (SELECT {_CONTAINS} FROM reports WHERE asset_id = $2)
INSERT INTO post_disclosure (post_id, disclosed)
SELECT $1, array_remove(ARRAY[CASE WHEN tells_place THEN 'place' END, CASE WHEN tells_author THEN 'author' END], NULL)
  FROM found
 WHERE tells_place OR tells_author
"""

# For one file, and for several.
_MESSAGES: dict[DisclosureCode, tuple[str, str]] = {
    "tells_place": ("discloses where it was made", "disclose where they were made"),
    "tells_author": ("names its author", "name their author"),
    "tells_prompt": ("discloses the prompt that it was made with", "disclose the prompts that they were made with"),
}


async def find_disclosures(
    connection: Connection | Pool,
    *,
    user_id: int,
    asset_ids: Collection[int],
    prompts: Collection[int] = (),
    unread: Collection[int] = (),
) -> Sequence[Disclosure]:
    """The personal metadata in the user's files; each kind once, with its files in the order of ``asset_ids``.

    Args:
        prompts: files whose prompts are published alongside them, whether or not the files contain them.
        unread: files that could not be searched, so that there may be more.
    """
    rows = await connection.fetch(_FIND, list(asset_ids), user_id)
    disclosures = []
    for code, (one, several) in _MESSAGES.items():
        alongside = prompts if code == "tells_prompt" else ()
        if found := [row["asset_id"] for row in rows if row[code] or row["asset_id"] in alongside]:
            files = f"{len(found):,} of these {len(asset_ids):,} files" if len(asset_ids) > 1 else "This file"
            if {*unread} - {*found}:
                files = f"At least {files}"
            message = f"{files} {one if len(found) == 1 else several}."
            disclosures.append(Disclosure(code=code, message=message, asset_ids=found))
    return disclosures


async def record_disclosures(connection: Connection, *, post_id: int, asset_id: int) -> None:
    """Record what a post discloses that shows this file unchanged; downloads list it."""
    await connection.execute(_RECORD, post_id, asset_id)


_FORGET = "DELETE FROM post_disclosure WHERE post_id = $1"
_REPLACE = "INSERT INTO post_disclosure (post_id, disclosed) SELECT $1, $2 WHERE cardinality($2::text[]) > 0"


async def replace_disclosures(connection: Connection, *, post_id: int, disclosed: Sequence[str]) -> None:
    """Record what a post discloses that shows another file from now on."""
    await connection.execute(_FORGET, post_id)
    await connection.execute(_REPLACE, post_id, disclosed)
