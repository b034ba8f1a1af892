"""Packs as they are followed live: ``pack_update`` and ``pack_removed``."""

import msgspec

from ..events.topic import Topic
from .queries import Pack, load_packs, newest_of_users


def _for_moderators(pack: Pack, owner_sqid: str) -> Pack:
    if pack.download_url is None:
        return pack
    return msgspec.structs.replace(pack, download_url=f"{pack.download_url}&target_sqid={owner_sqid}")


TOPIC = Topic(kind="pack", id_type=int, load=load_packs, newest=newest_of_users, for_moderators=_for_moderators)
