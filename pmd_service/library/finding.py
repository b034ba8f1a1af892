"""Search results: a page, and counts of what was found within a time budget (``q`` of the library's list)."""

import time
from collections.abc import AsyncIterator

import msgspec
from aiohttp import web

from ..base.database import POOL, Connection, Pool, with_custom_plans
from ..base.telemetry import log
from ..base.words import IS_BOUNDED, Words, patterns_of, search, search_alike
from ..http.wire import EPOCH, NEWEST, Cursor
from .counts import MAX_COUNTED, Counts, Facet, Facets, count_few
from .order import NEWEST_FIRST, Order
from .queries import AssetItem, AssetPage, AssetQuery, Listed, page_of, read_found, read_page, read_window
from .where import Where

ASSET_WORDS = Words(table="asset_search", row="asset_id", owner="user_id", index="ix_asset_search_words")
# Time budgets: for filling a page, and for counting further results once it is full.
PAGE_SECONDS = 0.1
COUNT_SECONDS = 0.01
# Results that are counted and, in another order, sorted: each row is read, which takes some 3 µs.
MAX_READ = 4_000
# Up to this offset, a window is found by searching everything before it.
NEAR = 1_000


async def search_context(app: web.Application) -> AsyncIterator[None]:
    """Log a warning at startup if the search index is missing."""
    if not await app[POOL].fetchval(ASSET_WORDS.is_indexed):
        log.warning("search_is_bounded", detail=IS_BOUNDED)
    yield


class _Found(msgspec.Struct):
    """Search results: all ids, the page's files that match the filters, and the id from which to continue."""

    asset_ids: list[int]
    items: list[AssetItem]
    below: int | None


async def find_assets(pool: Pool, *, user_id: int, text: str, asked: AssetQuery) -> AssetPage:
    """A page of a user's files that contain the text.

    The newest first by default; another order sorts the results that were found in time. Total and facets cover as much
    of the whole library as was searched in time, also on later pages. Without any result, the newest files with similar
    words are listed.
    """
    where = await Where.read(pool, asked)
    order = Order.of(asked.sort, asked.order)
    if order == NEWEST_FIRST and (asked.offset or 0) <= NEAR:
        page, counted = await _newest(pool, user_id, text, where, asked)
    else:
        page, counted = await _ordered(pool, user_id, text, where, asked, order)
    is_alike = not counted.asset_ids and counted.below is None
    if is_alike:
        page, counted = await _alike(pool, user_id, text, where, asked, order)
        is_alike = bool(counted.asset_ids)
    async with with_custom_plans(pool) as connection:
        counts = await count_few(connection, user_id=user_id, where=where.among(counted.asset_ids[:MAX_READ]))
    if is_alike or counted.below is not None or len(counted.asset_ids) > MAX_READ:
        counts = _at_least(counts)
    return page_of(page, counts, so_far=counted.below is not None, is_alike=is_alike and counts.total.count > 0)


async def _newest(pool: Pool, user_id: int, text: str, where: Where, asked: AssetQuery) -> tuple[Listed, _Found]:
    """A page, newest first, and what was found in the whole library."""
    after = NEWEST if asked.offset is not None else Cursor.parse(asked.cursor)
    first, end = asked.offset or 0, (asked.offset or 0) + asked.limit
    found = await _search(pool, user_id, text, where, limit=end, below=after.id)
    counted = found if after == NEWEST else await _search(pool, user_id, text, where, limit=end, below=NEWEST.id)
    return Listed(found.items[first:end], _cursor(found, end)), counted


async def _ordered(
    pool: Pool, user_id: int, text: str, where: Where, asked: AssetQuery, order: Order
) -> tuple[Listed, _Found]:
    """A page in another order of what was found in the whole library."""
    max_count = MAX_COUNTED if order == NEWEST_FIRST else MAX_READ
    found = await _search(pool, user_id, text, where, limit=None, below=NEWEST.id, max_count=max_count)
    among = where.among(found.asset_ids[:max_count])
    async with with_custom_plans(pool) as connection:
        return await _read_list(connection, user_id, among, asked, order), found


async def _read_list(connection: Connection, user_id: int, among: Where, asked: AssetQuery, order: Order) -> Listed:
    if asked.offset is not None:
        return await read_window(connection, user_id, among, order, offset=asked.offset, limit=asked.limit)
    return await read_page(connection, user_id, among, order, after=order.read(asked.cursor), limit=asked.limit)


async def _alike(
    pool: Pool, user_id: int, text: str, where: Where, asked: AssetQuery, order: Order
) -> tuple[Listed, _Found]:
    """The newest files with similar words."""
    async with with_custom_plans(pool) as connection:
        ((normalized,),) = await connection.fetch(f"SELECT {ASSET_WORDS.normal}($1::text)", text)
        asset_ids = await search_alike(connection, ASSET_WORDS, owner_id=user_id, text=normalized)
        found = _Found(asset_ids, [], None)
        if not asset_ids:
            return Listed([], None), found
        if order != NEWEST_FIRST or asked.offset is not None:
            return await _read_list(connection, user_id, where.among(asset_ids), asked, order), found
        older = [asset_id for asset_id in asset_ids if asset_id < Cursor.parse(asked.cursor).id]
        found.items = await read_found(connection, user_id, where.among(older), limit=asked.limit + 1)
        return Listed(found.items[: asked.limit], _cursor(found, asked.limit)), found


async def _search(
    pool: Pool, user_id: int, text: str, where: Where, *, limit: int | None, below: int, max_count: int = MAX_READ
) -> _Found:
    """Search within the time budget; reads the files of a page of ``limit``, if it is given.

    Args:
        max_count: stop at more results than this once the page is full.
    """
    found = _Found([], [], below)
    began = time.monotonic()
    async with with_custom_plans(pool) as connection:
        patterns = await patterns_of(connection, ASSET_WORDS, [text])
        async for batch in search(connection, ASSET_WORDS, owner_id=user_id, patterns=patterns, below=below):
            found.asset_ids += batch.ids
            found.below = batch.below
            wanted = limit + 1 - len(found.items) if limit is not None else 0
            if wanted and batch.ids:
                found.items += await read_found(connection, user_id, where.among(batch.ids), limit=wanted)
            is_full = limit is not None and len(found.items) > limit
            if time.monotonic() - began > (COUNT_SECONDS if is_full else PAGE_SECONDS):
                break
            if (is_full or limit is None) and len(found.asset_ids) > max_count:
                break
    return found


def _cursor(found: _Found, limit: int) -> str | None:
    if len(found.items) > limit:
        return Cursor.behind(found.items, limit)
    return Cursor.after(EPOCH, found.below) if found.below is not None else None


def _at_least(counts: Counts) -> Counts:
    def at_least(facet: Facet) -> Facet:
        return msgspec.structs.replace(facet, is_exact=False)

    facets = {name: [*map(at_least, getattr(counts.facets, name))] for name in Facets.__struct_fields__}
    return msgspec.structs.replace(counts, total=at_least(counts.total), facets=Facets(**facets))
