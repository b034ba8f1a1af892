"""Making posts and packs. What was made is recorded with it, so that it is made once.

In a thread: reading and publishing a file of the vault in one hop.
"""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec

from ..assets.asset import VAULT_PREFIX
from ..desk.series import join_series_by_name
from ..http.errors import ProblemError
from ..media.messages import Refused
from ..media.probe_result import ProbeResult
from ..media.stripping import strip_file
from ..outbox.hook import queue_webhook
from ..packs.changes import PackRequest, add_pack
from ..site.details import PostDetails, add_details
from ..site.texts import MAX_DESCRIPTION, line_or_none, some_lines
from ..vault.leftovers import new_object
from .files import BY_HASH
from .items import PackItem, PostItem
from .making import Made, Making, Planned, Taken, failed_item, title_of

_INSERT_POST = """
INSERT INTO posts (owner_id, kind, title, description, hashtags, art_url, width, height, frame_count, file_format,
                   file_bytes, license_id, hidden_by_user, created_at)
VALUES ($1, 'artwork', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
RETURNING id
"""
_DISCLOSE = "INSERT INTO post_disclosure (post_id, disclosed) VALUES ($1, $2)"
_LINK = "UPDATE asset SET post_id = $3 WHERE user_id = $1 AND hash = $2 AND post_id IS NULL"
_DATE_PACK = "UPDATE pack SET created_at = $2 WHERE id = $1"


async def make_post(making: Making, taken: Taken, folder: Path) -> bool:
    """Publish it by the site's rules; without metadata, unless it is known what it was published with."""
    number, item, probed, source = taken.planned.number, taken.planned.item, taken.probed, taken.path
    assert isinstance(item, PostItem)
    if item.discloses is None:
        copied = await strip_file(source, probed.file_format, folder / f"{number}-stripped")
        if isinstance(copied, Refused):
            return await making.record([failed_item(number, copied.message)])
        source = copied
    if (refusal := _refusal(making, probed, source.stat().st_size)) is not None:
        return await making.record([failed_item(number, refusal)])
    key = f"art/{making.sqid}/{uuid4().hex}.{probed.file_format}"
    async with new_object(making.worker.pool, making.worker.vault, key) as copy:
        await asyncio.to_thread(_copy, source, copy.part)
        stored = await asyncio.to_thread(copy.part.seal)
        async with making.worker.pool.acquire() as connection, connection.transaction():
            post_id: int = await connection.fetchval(
                _INSERT_POST,
                making.user_id,
                title_of(item),
                some_lines(item.description or "")[:MAX_DESCRIPTION] or None,
                making.hashtags(item.hashtags),
                VAULT_PREFIX + stored.key,
                probed.width,
                probed.height,
                probed.frame_count,
                probed.file_format,
                stored.size,
                making.license_of(item),
                item.is_hidden or making.choices.is_hidden,
                item.created_at,
            )
            if item.discloses:
                await connection.execute(_DISCLOSE, post_id, item.discloses)
            details = PostDetails(
                alt_text=some_lines(item.alt_text or "") or None,
                content_warnings=making.warnings(item.content_warnings),
                ai_disclosure=item.ai_disclosure,
                ai_opt_out=item.ai_opt_out,
            )
            await add_details(connection, owner_id=making.user_id, post_id=post_id, details=details)
            if (name := line_or_none(item.series)) is not None:
                await join_series_by_name(
                    connection, user_id=making.user_id, post_id=post_id, name=name, position=item.series_position
                )
            if item.library_file is not None:
                await connection.execute(_LINK, making.user_id, item.library_file, post_id)
            is_running = await making.record_in(connection, [Made(number=number, kind="post", made_id=post_id)])
            await copy.keep(connection)
            webhook_id = await queue_webhook(
                connection, making.hook, user_id=making.user_id, action="publish", post_ids=[post_id]
            )
        await making.hook.changed(webhook_id)
    return is_running


def _refusal(making: Making, probed: ProbeResult, size: int) -> str | None:
    settings = making.worker.settings
    formats = [form.strip() for form in settings.post_formats.split(",")]
    if probed.type != "image" or probed.file_format not in formats:
        return f"Posts can be {', '.join(formats)}, and this is {probed.file_format}."
    if max(probed.width or 0, probed.height or 0) > settings.post_max_canvas:
        return f"Posts can have at most {settings.post_max_canvas} × {settings.post_max_canvas} pixels."
    if size > settings.post_max_bytes:
        return too_large(making, size)
    return None


def too_large(making: Making, size: int) -> str:
    return f"Posts can have at most {making.worker.settings.post_max_bytes:,} bytes; this has {size:,}."


async def make_pack(making: Making, planned: Planned, item: PackItem) -> bool:
    wanted = [file.sha256 for file in item.files]
    by_hash = dict(map(tuple, await making.worker.pool.fetch(BY_HASH, making.user_id, wanted)))
    files: list[dict[str, Any]] = [
        {"asset_id": by_hash[file.sha256], "notes": file.notes} for file in item.files if file.sha256 in by_hash
    ]
    body = {
        "name": item.title,
        "theme": item.theme,
        "description": item.description,
        "license_type": item.license_type,
        "license_id": making.license_of(item),
        "custom_license": item.custom_license,
        "marks": item.marks,
        "assets": files,
    }
    try:
        request = msgspec.convert({name: value for name, value in body.items() if value is not None}, PackRequest)
        async with making.worker.pool.acquire() as connection, connection.transaction():
            pack_id = await add_pack(connection, making.actor, request)
            await connection.execute(_DATE_PACK, pack_id, item.created_at)
            return await making.record_in(connection, [Made(number=planned.number, kind="pack", made_id=pack_id)])
    except (ProblemError, msgspec.ValidationError) as error:
        return await making.record([failed_item(planned.number, str(error)[:500])])


def _copy(path: Path, part: Any) -> None:
    with path.open("rb") as source:
        while chunk := source.read(1 << 20):
            part.write(chunk)
