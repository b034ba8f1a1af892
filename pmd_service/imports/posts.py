"""Making posts. What was made is recorded with it, so that it is made once."""

from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec

from ..assets.asset import VAULT_PREFIX, lock_library
from ..base.database import Connection, find_values
from ..desk.imported import join_series
from ..library.new_posts import art_key, refusal_of, too_large
from ..media.child import fault_of
from ..media.messages import Faulted, Refused
from ..media.stripping import strip_local_files
from ..outbox.hook import queue_webhook
from ..site.details import add_details
from ..site.posts import LIVE_ARTWORK
from ..site.texts import MAX_DESCRIPTION, some_lines
from ..vault.leftovers import keep, reserve
from ..work.lease import require_lease
from .items import PostItem
from .making import Made, Making, Taken, failed_item, series_of, title_of

# An archive with dates of the future must not lead the site's lists until then.
_INSERT_POST = """
INSERT INTO posts (owner_id, kind, title, description, hashtags, art_url, width, height, frame_count, file_format,
                   file_bytes, license_id, hidden_by_user, created_at)
VALUES ($1, 'artwork', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, least($13, now()))
RETURNING id
"""
_DISCLOSE = "INSERT INTO post_disclosure (post_id, disclosed) VALUES ($1, $2)"
_LINK = f"""
UPDATE asset SET post_id = posts.id
  FROM unnest($2::text[], $3::bigint[]) AS published (hash, post_id)
  JOIN posts ON posts.id = published.post_id AND owner_id = $1 AND {LIVE_ARTWORK}
 WHERE asset.user_id = $1 AND asset.hash = published.hash AND asset.post_id IS NULL AND asset.deleted_at IS NULL
"""
# So many at a time: the library is locked for as long as they take.
_PAGE = 1000
_IMPORTS = "SELECT id FROM imports WHERE user_id = $1 ORDER BY id"
# A page of one import's posts, and the file of the library that each was published from.
_POSTS = """
SELECT number, made_id, coalesce(item ->> 'library_file', item ->> 'sha256') AS hash
  FROM import_item
 WHERE import_id = $1 AND number > $2 AND made_kind = 'post' AND state IN ('made', 'present')
 ORDER BY number LIMIT $3
"""


class _Ready(msgspec.Struct, frozen=True):
    """A post whose file can be published as it is."""

    taken: Taken
    path: Path
    key: str

    @property
    def item(self) -> PostItem:
        assert isinstance(self.taken.planned.item, PostItem)
        return self.taken.planned.item


async def make_posts(making: Making, taken: Sequence[Taken], folder: Path) -> None:
    """Publish them by the site's rules; without metadata, unless it is known what a post was published with."""
    pool, vault = making.worker.pool, making.worker.vault
    ready, failed = await _prepare(making, taken, folder)
    await making.record(failed)
    if not ready:
        return
    keys = [each.key for each in ready]
    writer = await reserve(pool, keys)
    sizes = [(await vault.put(each.key, each.path)).size for each in ready]
    async with pool.acquire() as connection, connection.transaction():
        await lock_library(connection, user_id=making.user_id)  # before the files that they were published from
        rows = [_row(making, each, size) for each, size in zip(ready, sizes, strict=True)]
        ids = [await connection.fetchval(_INSERT_POST, *row) for row in rows]
        await _attach(connection, making, ready, ids)
        numbers = [each.taken.planned.number for each in ready]
        made = [Made(number=number, kind="post", made_id=post) for number, post in zip(numbers, ids, strict=True)]
        await making.record_in(connection, made)
        await keep(connection, keys, writer)
        webhook_id = await queue_webhook(
            connection, making.hook, user_id=making.user_id, action="publish", post_ids=ids
        )
    await making.hook.changed(webhook_id)


async def link_earlier_posts(making: Making) -> None:
    """Link files to the posts that were published from them, and imported before the files were there."""
    pool = making.worker.pool
    for import_id in await find_values(pool, _IMPORTS, making.user_id):
        number = 0
        while rows := await pool.fetch(_POSTS, import_id, number, _PAGE):
            number = rows[-1]["number"]
            async with pool.acquire() as connection, connection.transaction():
                await lock_library(connection, user_id=making.user_id)
                await require_lease(connection, making.claimed)
                await _link(connection, making, [(row["hash"], row["made_id"]) for row in rows])


async def _link(connection: Connection, making: Making, published: Sequence[tuple[str | None, int]]) -> None:
    """Link files, by their hashes, to posts; the first of several posts has it."""
    first = dict(reversed(published))
    await connection.execute(_LINK, making.user_id, list(first), list(first.values()))


async def _prepare(making: Making, taken: Sequence[Taken], folder: Path) -> tuple[list[_Ready], list[Made]]:
    """Their files without metadata; the second list are those that cannot be posts, each with its reason."""
    paths: dict[int, Path] = {each.planned.number: each.path for each in taken}
    failed: list[Made] = []
    unknown = [each for each in taken if getattr(each.planned.item, "discloses", None) is None]
    copies = folder / "stripped"
    copies.mkdir()
    files = [(each.path, each.probed.file_format) for each in unknown]
    async with aclosing(strip_local_files(files, copies)) as answers:
        async for answer in answers:
            if isinstance(answer, Faulted):
                raise fault_of(answer)
            place = answer.item if isinstance(answer, Refused) else answer.place
            number = unknown[place].planned.number
            if isinstance(answer, Refused):
                failed.append(failed_item(number, answer.message))
                del paths[number]
            else:
                paths[number] = answer.path
    ready = []
    for each in taken:
        number = each.planned.number
        if number not in paths:
            continue
        size = paths[number].stat().st_size
        if (refusal := refusal_of(each.probed, making.settings) or too_large(size, making.settings)) is not None:
            failed.append(failed_item(number, refusal[1]))
        else:
            ready.append(_Ready(each, paths[number], art_key(making.sqid, each.probed.file_format)))
    return ready, failed


def _row(making: Making, ready: _Ready, size: int) -> Sequence[Any]:
    item, probed = ready.item, ready.taken.probed
    return (
        making.user_id,
        title_of(item),
        some_lines(making.description(item) or "")[:MAX_DESCRIPTION] or None,
        making.hashtags(item.hashtags),
        VAULT_PREFIX + ready.key,
        probed.width,
        probed.height,
        probed.frame_count,
        probed.file_format,
        size,
        making.license_of(item),
        item.is_hidden or making.choices.is_hidden,
        item.created_at,
    )


async def _attach(connection: Connection, making: Making, ready: Sequence[_Ready], ids: Sequence[int]) -> None:
    """What they were published with, and from which files of the library."""
    for each, post_id in zip(ready, ids, strict=True):
        if each.item.discloses:
            await connection.execute(_DISCLOSE, post_id, each.item.discloses)
        await add_details(connection, owner_id=making.user_id, post_id=post_id, details=making.details(each.item))
        if (key := series_of(each.item)) is not None:
            await join_series(
                connection,
                key,
                user_id=making.user_id,
                post_id=post_id,
                position=each.item.series_position,
                is_cover=each.item.is_cover,
            )
    # Where the archive does not say which, the file with the same bytes.
    hashes = [each.item.library_file or each.taken.sha256 for each in ready]
    await _link(connection, making, list(zip(hashes, ids, strict=True)))
