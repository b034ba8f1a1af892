"""What files say of their makers beside their contents, in one sentence a kind, wherever files go out of a library."""

from collections.abc import Collection, Sequence
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from ..base.database import Connection, Pool

TellingCode: TypeAlias = Literal["tells_place", "tells_author", "tells_prompt"]
# What becomes of it where files go out: taken out of the copy, or left in it.
Marks: TypeAlias = Annotated[
    Literal["strip", "keep"],
    Meta(description="`strip` takes out what files say beside their contents, `keep` leaves them as they are."),
]


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """What some of the chosen files tell, by what looking at them has found: to be stripped, kept, or looked at."""

    code: Annotated[TellingCode, Meta(examples=["tells_place"])]
    message: Annotated[str, Meta(examples=["1 of these 2 files tells where it was made."])]
    asset_ids: Annotated[Sequence[int], Meta(examples=[[8]])]


# A file never changes: what one look at it has found is true of it.
_TELLS = """
       coalesce(bool_or(facts ->> 'gps' = 'true'), false) AS tells_place,
       coalesce(bool_or(facts #>> '{rights,author}' IS NOT NULL), false) AS tells_author
"""

_FIND = f"""
SELECT asset_id, {_TELLS},
       coalesce(bool_or(facts ->> 'ai_marks' LIKE '%generation settings%'), false) AS tells_prompt
  FROM reports
 WHERE asset_id = ANY($1) AND user_id = $2
 GROUP BY asset_id
 ORDER BY array_position($1, asset_id)
"""

_NOTE_POST = f"""
WITH told AS (SELECT {_TELLS} FROM reports WHERE asset_id = $2)
INSERT INTO telling_post (post_id, tells)
SELECT $1, array_remove(ARRAY[CASE WHEN tells_place THEN 'place' END, CASE WHEN tells_author THEN 'author' END], NULL)
  FROM told
 WHERE tells_place OR tells_author
"""

# One file's words, and several's.
_WORDS: dict[TellingCode, tuple[str, str]] = {
    "tells_place": ("tells where it was made", "tell where they were made"),
    "tells_author": ("names its author", "name their author"),
    "tells_prompt": ("tells with which prompt it was made", "tell with which prompts they were made"),
}


async def find_tellings(
    connection: Connection | Pool, *, user_id: int, asset_ids: Collection[int], prompts: Collection[int] = ()
) -> Sequence[Telling]:
    """What the user's files tell; each kind once, with its files in the order of ``asset_ids``.

    Args:
        prompts: those whose prompts stand beside them where they go, whether the file has it or not.
    """
    rows = await connection.fetch(_FIND, list(asset_ids), user_id)
    tellings = []
    for code, (one, several) in _WORDS.items():
        beside = prompts if code == "tells_prompt" else ()
        if telling := [row["asset_id"] for row in rows if row[code] or row["asset_id"] in beside]:
            of_them = f"{len(telling):,} of these {len(asset_ids):,} files" if len(asset_ids) > 1 else "This file"
            message = f"{of_them} {one if len(telling) == 1 else several}."
            tellings.append(Telling(code=code, message=message, asset_ids=telling))
    return tellings


async def note_post(connection: Connection, *, post_id: int, asset_id: int) -> None:
    """A post shows this file as it is: downloads say of it what the file tells."""
    await connection.execute(_NOTE_POST, post_id, asset_id)
