"""Where the words of a library's files are."""

from collections.abc import AsyncIterator

from aiohttp import web

from ..base.database import POOL
from ..base.telemetry import log
from ..base.words import IS_BOUNDED, Words

ASSET_WORDS = Words(table="asset_search", row="asset_id", owner="user_id", index="ix_asset_search_words")


async def search_context(app: web.Application) -> AsyncIterator[None]:
    """Says at the start where searching has to do without its index."""
    if not await app[POOL].fetchval(ASSET_WORDS.is_indexed):
        log.warning("search_is_bounded", detail=IS_BOUNDED)
    yield
