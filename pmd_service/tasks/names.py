"""What a task's result is called."""

from collections.abc import Container, Sequence
from pathlib import PurePath

import msgspec

from ..base.database import Connection
from .results import Result

# Beyond so many of one name, they are not told apart by it.
MOST_NUMBERED = 200


_TAKEN = "SELECT name FROM asset WHERE user_id = $1 AND parent_asset_id IS NOT NULL AND name = ANY($2)"


async def free_names(
    connection: Connection, user_id: int, results: Sequence[Result], *, fresh: Container[str]
) -> list[Result]:
    """The results, of which those with a ``fresh`` hash are called as no other result of the user's is.

    A name that is taken gets the first number that is free: “dragon large 2.gif”. Under the library's lock, so that two
    results do not get the same.
    """
    given: set[str] = set()
    named = []
    for result in results:
        name = result.new.name
        if result.new.hash in fresh:
            name = await _free_name(connection, user_id, name, given)
        given.add(name)
        named.append(msgspec.structs.replace(result, new=msgspec.structs.replace(result.new, name=name)))
    return named


async def _free_name(connection: Connection, user_id: int, name: str, given: set[str]) -> str:
    path = PurePath(name)
    names = [name, *(f"{path.stem} {number}{path.suffix}" for number in range(2, MOST_NUMBERED + 1))]
    taken = {row["name"] for row in await connection.fetch(_TAKEN, user_id, names)} | given
    return next((each for each in names if each not in taken), name)
