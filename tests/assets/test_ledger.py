"""The ledger of what a user occupies agrees with the tables after every kind of write."""

import msgspec
import pytest

from pmd_service.assets.allowance import read_allowance
from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings

from ..site import Site

_RECKONED = """
SELECT user_id, (SELECT count(*) FROM asset WHERE asset.user_id = usage.user_id) AS file_count,
       (SELECT coalesce(sum((each ->> 'size_bytes')::bigint), 0)
          FROM asset, jsonb_array_elements(previews) AS each
         WHERE asset.user_id = usage.user_id) AS preview_bytes,
       count(line.id) AS reserved_files, coalesce(sum(file_size), 0) AS reserved_bytes,
       coalesce(sum(file_size - received_bytes), 0) AS awaited_bytes
  FROM library_usage AS usage
  LEFT JOIN (SELECT * FROM batch_report_files
              WHERE processing_status IN ('pending', 'processing') AND follows IS NULL) AS line USING (user_id)
 GROUP BY user_id ORDER BY user_id
"""
_KEPT = """
SELECT user_id, file_count, preview_bytes, reserved_files, reserved_bytes, awaited_bytes
  FROM library_usage ORDER BY user_id
"""
_ANNOUNCE = """
WITH upload AS (
    INSERT INTO batch_reports (user_id, requested_by, total_files) VALUES ($1, $1, 3) RETURNING id)
INSERT INTO batch_report_files (batch_id, user_id, processing_order, file_name, file_size, processing_status)
SELECT id, $1, number, 'a.png', 100 * number, 'pending' FROM upload, generate_series(1, 3) AS number
"""
_PREVIEWS = """[{"path": "/vault/p", "size_bytes": %d}]"""
# One after the other, as the service, its sweep and psql write.
WRITES = {
    "an announcement": _ANNOUNCE,
    "bytes that come": "UPDATE batch_report_files SET received_bytes = 40 WHERE user_id = $1 AND file_size > 100",
    "an upload lease": "UPDATE batch_report_files SET lease_token = gen_random_uuid(), lease_until = now()"
    " WHERE user_id = $1",
    "a follower": "UPDATE batch_report_files AS f SET follows = l.id FROM batch_report_files AS l WHERE f.user_id = $1"
    " AND f.file_size = 300 AND l.user_id = $1 AND l.file_size = 200",
    "an end": "UPDATE batch_report_files SET processing_status = 'failed', error_message = 'x', settled_at = now()"
    " WHERE user_id = $1 AND file_size = 200",
    "a retry": "UPDATE batch_report_files SET processing_status = 'pending', error_message = NULL, settled_at = NULL,"
    " received_bytes = 0 WHERE user_id = $1 AND file_size = 200",
    "previews": "UPDATE asset SET previews = '" + _PREVIEWS % 30 + "' WHERE user_id = $1",
    "other previews": "UPDATE asset SET previews = '" + _PREVIEWS % 7 + "' WHERE user_id = $1",
    "the trash": "UPDATE asset SET deleted_at = now() WHERE user_id = $1",
    "a purge": "DELETE FROM asset WHERE id = (SELECT min(id) FROM asset WHERE user_id = $1)",
    "an end of the upload": "DELETE FROM batch_reports WHERE user_id = $1",
}


async def test_ledger_counts_each_write_for_its_owner_only(pool: Pool, site: Site, subtests: pytest.Subtests) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    for user in (artist, artist, other):
        await site.add_asset(user)
    await pool.execute(_ANNOUNCE, other)
    others = [row for row in await pool.fetch(_KEPT) if row["user_id"] == other]
    for what, statement in WRITES.items():
        with subtests.test(what):
            await pool.execute(statement, artist)
            kept = await pool.fetch(_KEPT)
            assert kept == await pool.fetch(_RECKONED)
            assert [row for row in kept if row["user_id"] == other] == others


async def test_quota_counts_files_previews_editions_and_announcements(
    pool: Pool, site: Site, settings: Settings
) -> None:
    artist = await site.add_user()
    size = 12
    await site.add_asset(artist, b"x" * size, previews=[{"path": "/vault/p", "size_bytes": 30}])
    pack = await pool.fetchval(
        "INSERT INTO pack (user_id, name, slug, license_type) VALUES ($1, 'Sea', 'sea', 'personal') RETURNING id",
        artist,
    )
    for edition, stored in ((1, None), (2, 5)):
        await pool.execute(_EDITION, pack, edition, stored)
    await pool.execute(_ANNOUNCE, artist)
    settings = msgspec.structs.replace(settings, library_max_bytes=2000, library_max_files=10)
    allowance = await read_allowance(pool, settings, user_id=artist)
    assert (allowance.used_bytes, allowance.reserved_bytes) == (size + 30 + 1000 + 5, 600)
    assert (allowance.left_bytes, allowance.left_files) == (2000 - size - 30 - 1005 - 600, 10 - 1 - 3)
    await pool.execute("DELETE FROM pack")
    assert (await read_allowance(pool, settings, user_id=artist)).used_bytes == size + 30
    assert (await read_allowance(pool, settings, user_id=await site.add_user("new"))).left_files == 10


_EDITION = """
INSERT INTO pack_edition (pack_id, edition, key, size_bytes, hash, asset_count, stored_bytes)
VALUES ($1, $2::int, 'packs/' || $2::int, 1000, repeat('0', 64), 1, $3)
"""
