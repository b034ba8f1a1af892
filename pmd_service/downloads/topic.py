"""Downloads as they are followed live: ``bdr_update`` and ``bdr_removed`` (SPEC section 6)."""

from collections.abc import Collection, Mapping
from uuid import UUID

import msgspec

from ..database import Pool
from ..events.topic import Topic
from .queries import Bdr, load_bdrs, newest_of_users


async def _load(pool: Pool, bdr_ids: Collection[UUID]) -> Mapping[UUID, Bdr]:
    return {bdr.id: bdr for bdr in await load_bdrs(pool, bdr_ids)}


def _for_moderators(bdr: Bdr, owner_sqid: str) -> Bdr:
    if bdr.download_url is None:
        return bdr
    return msgspec.structs.replace(bdr, download_url=f"{bdr.download_url}?target_sqid={owner_sqid}")


TOPIC = Topic(kind="bdr", id_type=UUID, load=_load, newest=newest_of_users, for_moderators=_for_moderators)
