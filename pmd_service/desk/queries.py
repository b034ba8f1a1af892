"""Reading drafts: lists, one, and their numbers."""

from ..base.database import Connection, Pool
from ..base.public_ids import PublicIds
from .drafts import Draft, DraftCounts, DraftPage, DraftQuery


async def list_drafts(pool: Pool, ids: PublicIds, query: DraftQuery, *, user_id: int) -> DraftPage:
    raise NotImplementedError


async def find_draft(connection: Connection | Pool, ids: PublicIds, *, user_id: int, draft_id: int) -> Draft | None:
    raise NotImplementedError


async def count_drafts(pool: Pool, ids: PublicIds, query: object, *, user_id: int) -> DraftCounts:
    raise NotImplementedError


async def load_drafts(connection: Connection | Pool, ids: PublicIds, draft_ids: object) -> list[Draft]:
    raise NotImplementedError
