"""How many posts each month has, for whoever wants to go to one."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from ..base.database import Connection, Pool
from .queries import DELETED, State


class Month(msgspec.Struct, frozen=True):
    """The posts of one month."""

    month: Annotated[str, Meta(description="In UTC.", examples=["2026-10"])]
    count: Annotated[int, Meta(examples=[12])]


class Months(msgspec.Struct, frozen=True, kw_only=True):
    """The months that have posts, the newest first."""

    items: Sequence[Month]
    total_count: Annotated[int, Meta(examples=[12])]


def months_statement(state: State) -> str:
    return f"""
SELECT to_char(day, 'YYYY-MM') AS month, sum(posts)::bigint AS count
  FROM count_post_days($1) WHERE {DELETED[state]} GROUP BY 1 ORDER BY 1 DESC"""


async def count_months(connection: Connection | Pool, *, owner_id: int, state: State) -> Months:
    """All of an owner's artworks in one of the states, month by month."""
    items = [Month(*row) for row in await connection.fetch(months_statement(state), owner_id)]
    return Months(items=items, total_count=sum(month.count for month in items))
