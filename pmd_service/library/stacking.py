"""What owners decide about similar files: stacks, files that are kept both, and what is no sequence."""

from collections.abc import Sequence
from typing import Literal, TypeAlias, TypeGuard

from ..base.database import Connection, find_values
from ..http.errors import unprocessable
from ..http.selection import MAX_SELECTION
from ..locales import translatable
from .alike import MAX_GROUP

Decision: TypeAlias = Literal["stack", "unstack", "keep_both", "compare_again", "unfold", "fold"]

DONE: dict[Decision, str] = {
    "stack": translatable("in one stack"),
    "unstack": translatable("in no stack"),
    "keep_both": translatable("kept, and not offered as similar again"),
    "compare_again": translatable("compared again"),
    "unfold": translatable("in no sequence"),
    "fold": translatable("in sequences again"),
}


def is_decision(action: str) -> TypeGuard[Decision]:
    return action in DONE


_HAS_RESULT = "SELECT EXISTS (SELECT FROM asset WHERE id = ANY ($1) AND parent_asset_id IS NOT NULL)"

# Those that these files are in, each with the file on top first.
_STACKS = """
SELECT array_agg(id ORDER BY stack_id NULLS FIRST, id)
  FROM (SELECT ARRAY(SELECT coalesce(stack_id, id) FROM asset WHERE id = ANY ($1)) AS tops) AS named
  JOIN asset ON id = ANY (tops) OR stack_id = ANY (tops)
 GROUP BY coalesce(stack_id, id) HAVING count(*) > 1
"""

# A stack is named whole by one call, which brings it back.
_IN_STACK = "SELECT count(*) FROM asset WHERE id = ANY ($1) OR stack_id = ANY ($1)"

# Stacks are flat: what was below one of the files comes below the first one as well.
_STACK = """
UPDATE asset SET stack_id = CASE WHEN asset.id <> $2 THEN $2 END, made_in = NULL, made_from = NULL, updated_at = now()
 WHERE (id = ANY ($1) OR stack_id = ANY ($1)) AND stack_id IS DISTINCT FROM CASE WHEN id <> $2 THEN $2 END
"""

# The whole stack of a file on top.
_UNSTACK = """
UPDATE asset SET stack_id = NULL, made_in = NULL, made_from = NULL, updated_at = now()
 WHERE (id = ANY ($1) OR stack_id = ANY ($1)) AND stack_id IS NOT NULL
RETURNING id
"""

# What is below these files, or made from them, is listed after them: in their folder, by their names.
FOLLOW = """
WITH RECURSIVE made AS (
    SELECT id, user_id, folder, concat_ws(chr(1), made_from, name) AS names FROM asset
     WHERE id = ANY ($1) AND user_id = $2
     UNION ALL
    SELECT asset.id, asset.user_id, made.folder, concat_ws(chr(1), made.names, asset.name)
      FROM made
      JOIN asset ON (asset.parent_asset_id = made.id OR asset.stack_id = made.id) AND asset.user_id = made.user_id)
UPDATE asset SET made_in = made.folder, made_from = made.names FROM made
 WHERE (asset.parent_asset_id = made.id OR asset.stack_id = made.id)
   AND (asset.made_in, asset.made_from) IS DISTINCT FROM (made.folder, made.names)
"""

_KEEP_BOTH = """
INSERT INTO asset_kept_both (user_id, asset_id, other_id)
SELECT $2, one, other FROM unnest($1::bigint[]) AS one, unnest($1::bigint[]) AS other WHERE one < other
    ON CONFLICT DO NOTHING
"""

_COMPARE_AGAIN = "DELETE FROM asset_kept_both WHERE asset_id = ANY ($1) AND other_id = ANY ($1)"

_SET_SINGLE = "UPDATE asset SET is_single = $2, updated_at = now() WHERE id = ANY ($1) AND is_single <> $2"


async def decide(
    connection: Connection, decision: Decision, *, user_id: int, asset_ids: Sequence[int]
) -> Sequence[Sequence[int]]:
    """Write it for these files of the user's, which are locked; the first one comes on top of a stack.

    Returns:
        The stacks that they were in, if it changes stacks.

    Raises:
        ProblemError: 422 for a stack with a task's result, a stack of more files than one call names, and for more
            pairs than a group has.
    """
    if decision in ("keep_both", "compare_again") and len(asset_ids) > MAX_GROUP:
        raise unprocessable(f"At most {MAX_GROUP} files are decided about together.", path="$.asset_ids")
    stacks = await find_values(connection, _STACKS, asset_ids) if decision in ("stack", "unstack") else ()
    match decision:
        case "stack":
            await _stack(connection, user_id, asset_ids)
        case "unstack":
            await unstack(connection, user_id, asset_ids)
        case "keep_both":
            await connection.execute(_KEEP_BOTH, asset_ids, user_id)
        case "compare_again":
            await connection.execute(_COMPARE_AGAIN, asset_ids)
        case "unfold" | "fold":
            await connection.execute(_SET_SINGLE, asset_ids, decision == "unfold")
    return stacks


async def unstack(connection: Connection, user_id: int, asset_ids: Sequence[int]) -> None:
    """Take these files out of their stacks, and what is below them; before one on top is deleted, too."""
    ids = await find_values(connection, _UNSTACK, asset_ids)
    await connection.execute(FOLLOW, ids, user_id)


async def _stack(connection: Connection, user_id: int, asset_ids: Sequence[int]) -> None:
    if await connection.fetchval(_HAS_RESULT, asset_ids):
        raise unprocessable("A task’s result stays with its original, and comes in no stack.", path="$.asset_ids")
    if (count := await connection.fetchval(_IN_STACK, asset_ids)) > MAX_SELECTION:
        raise unprocessable(
            f"A stack has at most {MAX_SELECTION} files, and it would have {count}.", path="$.asset_ids"
        )
    await connection.execute(_STACK, asset_ids, asset_ids[0])
    await connection.execute(FOLLOW, [asset_ids[0]], user_id)
