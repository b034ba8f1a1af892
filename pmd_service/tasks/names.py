"""What a task's result is called, where there are others of the same name."""

from pathlib import PurePath

from ..base.database import Connection
from ..media.messages import NAME_LENGTH

# Beyond so many of one name, they are not told apart by it.
MOST_NUMBERED = 200

_TAKEN = "SELECT name FROM asset WHERE user_id = $1 AND parent_asset_id IS NOT NULL AND name = ANY($2)"


async def free_name(connection: Connection, *, user_id: int, name: str) -> str:
    """The name, or the first with a number that no other result of the user's has: “dragon large 2.gif”.

    Under the library's lock, so that two results do not get the same.
    """
    path = PurePath(name)
    stem = path.stem[: NAME_LENGTH - len(f" {MOST_NUMBERED}{path.suffix}")]
    names = [name, *(f"{stem} {number}{path.suffix}" for number in range(2, MOST_NUMBERED + 1))]
    taken = {row["name"] for row in await connection.fetch(_TAKEN, user_id, names)}
    return next((each for each in names if each not in taken), name)
