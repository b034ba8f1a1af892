"""What chosen files tell of their makers, before they go out of the library."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from ..assets.tellings import Telling, find_tellings
from ..base.database import Pool
from ..http.selection import RowId, check_all_found, distinct_ids
from ..identity.users import Actor

# Whoever publishes all of a library asks once.
MOST_ASKED = 10_000

_OWN = "SELECT id FROM asset WHERE id = ANY($1) AND user_id = $2"


class TellingsRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/assets/tellings."""

    asset_ids: Annotated[
        list[RowId], Meta(min_length=1, max_length=MOST_ASKED, description="Ids of files.", examples=[[7]])
    ]


class TellingsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What some of the files tell, each kind once."""

    items: Sequence[Telling]


async def tell(pool: Pool, actor: Actor, body: TellingsRequest) -> TellingsAnswer:
    """What these files would say of their makers to whoever gets them.

    Raises:
        ProblemError: 400 with each file that is unknown or somebody else's.
    """
    asset_ids, user_id = distinct_ids("file", body.asset_ids, most=MOST_ASKED), actor.subject.id
    async with pool.acquire() as connection:
        rows = await connection.fetch(_OWN, asset_ids, user_id)
        check_all_found("file", asset_ids, [row["id"] for row in rows])
        return TellingsAnswer(items=await find_tellings(connection, user_id=user_id, asset_ids=asset_ids))
