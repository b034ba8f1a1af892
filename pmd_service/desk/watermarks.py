"""Changing an artist's watermark; the pictures that were drawn with the one before are forgotten with each change."""

from typing import Any

from ..base.database import Connection

_INSERT = """
INSERT INTO watermark (user_id, text, picture, asset_id, place, opacity, size)
VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (user_id) DO UPDATE
   SET text = excluded.text, picture = excluded.picture, asset_id = excluded.asset_id, place = excluded.place,
       opacity = excluded.opacity, size = excluded.size, version = watermark.version + 1, updated_at = now()
"""
# One that was taken away is none.
_ADD = f"{_INSERT} WHERE num_nonnulls(watermark.text, watermark.picture) = 0 RETURNING user_id"
_DROP = """
DELETE FROM watermark
 WHERE user_id = $1 AND text IS NOT DISTINCT FROM $2 AND place = $3 AND opacity = $4 AND size = $5
   AND ($6::text IS NULL OR asset_id = (SELECT id FROM asset WHERE user_id = $1 AND hash = $6 AND deleted_at IS NULL))
RETURNING user_id
"""
_FORGET = "DELETE FROM watermarked WHERE user_id = $1"


async def write_watermark(connection: Connection, *values: Any, user_id: int) -> None:
    """Set it: its text, picture, file, place, opacity and size."""
    await connection.execute(_INSERT, user_id, *values)
    await connection.execute(_FORGET, user_id)


async def add_watermark(connection: Connection, *values: Any, user_id: int) -> bool:
    """The same, where there is none yet; whether there was none."""
    is_new = await connection.fetchval(_ADD, user_id, *values) is not None
    await connection.execute(_FORGET, user_id)
    return is_new


async def drop_watermark(connection: Connection, *values: Any, user_id: int) -> bool:
    """Remove it, if it is this one: its text, place, opacity, size, and the SHA-256 of its picture's file."""
    is_gone = await connection.fetchval(_DROP, user_id, *values) is not None
    await connection.execute(_FORGET, user_id)
    return is_gone
