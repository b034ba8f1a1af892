"""Personal metadata in files (places, authors, prompts), reported wherever files leave a library."""

from collections.abc import Collection, Sequence
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from ..base.database import Connection, Pool
from ..locales import Sentence, both, plural, translatable

DisclosureCode: TypeAlias = Literal["tells_place", "tells_author", "tells_prompt"]
# What happens to metadata when files leave the library.
Marks: TypeAlias = Annotated[
    Literal["strip", "keep"],
    Meta(description="`strip` removes the metadata from the copies, `keep` leaves the files as they are."),
]


class Disclosure(msgspec.Struct, frozen=True, kw_only=True):
    """Personal metadata of one kind, and the chosen files that contain it according to their reports."""

    code: Annotated[DisclosureCode, Meta(examples=["tells_place"])]
    message: Annotated[Sentence, Meta(examples=["1 of these 2 files discloses where it was made."])]
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

# Of the only file, of some of several, and of at least these.
_MESSAGES: dict[DisclosureCode, tuple[str, tuple[str, str], tuple[str, str]]] = {
    "tells_place": (
        translatable("This file discloses where it was made."),
        both(
            "{number} of these {all} files discloses where it was made.",
            "{number} of these {all} files disclose where they were made.",
        ),
        both(
            "At least {number} of these {all} files discloses where it was made.",
            "At least {number} of these {all} files disclose where they were made.",
        ),
    ),
    "tells_author": (
        translatable("This file names its author."),
        both("{number} of these {all} files names its author.", "{number} of these {all} files name their author."),
        both(
            "At least {number} of these {all} files names its author.",
            "At least {number} of these {all} files name their author.",
        ),
    ),
    "tells_prompt": (
        translatable("This file discloses the prompt that it was made with."),
        both(
            "{number} of these {all} files discloses the prompt that it was made with.",
            "{number} of these {all} files disclose the prompts that they were made with.",
        ),
        both(
            "At least {number} of these {all} files discloses the prompt that it was made with.",
            "At least {number} of these {all} files disclose the prompts that they were made with.",
        ),
    ),
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
    for code, (alone, exactly, at_least) in _MESSAGES.items():
        alongside = prompts if code == "tells_prompt" else ()
        if found := [row["asset_id"] for row in rows if row[code] or row["asset_id"] in alongside]:
            messages = at_least if {*unread} - {*found} else exactly
            message = plural(*messages, len(found), all=len(asset_ids)) if len(asset_ids) > 1 else alone
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
