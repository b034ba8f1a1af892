"""What announcing costs the database: as much for a folder as for a file, whatever others have announced."""

import hashlib

import pytest
from aiohttp.test_utils import TestServer

from pmd_service.assets.disk import RESERVED
from pmd_service.base.database import POOL, Pool
from pmd_service.base.settings import Settings
from pmd_service.uploads.quota import require_disk, require_quota

from ..plans import statements_of
from ..site import Site
from .sender import Sender

_KNOW = """
INSERT INTO asset (user_id, hash, path, type, name, mime_type, file_format, size_bytes, deleted_at)
SELECT $1, hash, '/vault/' || hash, 'image', 'known.png', 'image/png', 'png', 1, CASE WHEN $3 THEN now() END
  FROM unnest($2::text[]) AS hash
"""


@pytest.mark.parametrize("known", [None, "already_there", "restored"])
async def test_512_files_take_as_many_statements_as_one(
    sender: Sender, server: TestServer, pool: Pool, known: str | None
) -> None:
    await sender.check({"path": "a.png", "size_bytes": 1})  # the caller is looked up over a connection of its own
    sent = []
    for turn, count in enumerate((1, 1, 512)):  # the first time, the driver asks for its types as well
        hashes = [hashlib.sha256(b"%d in %d" % (number, turn)).hexdigest() for number in range(count)]
        if known:
            await pool.execute(_KNOW, sender.user, hashes, known == "restored")
        async with statements_of(server.app[POOL], kept=1) as statements:
            upload = (
                await sender.announce(*[{"path": "a.png", "size_bytes": 1, "sha256": each} for each in hashes])
            ).json
        assert [line["outcome"] for line in upload["files"]] == [known] * count
        sent.append(sorted(statements))
    assert sent[1] == sent[2]


async def test_what_the_disk_has_promised_is_summed_without_reading_a_line(
    site: Site, settings: Settings, pool: Pool, artist: int
) -> None:
    await pool.execute(_ANNOUNCED, await site.add_user("other"))
    async with statements_of(pool) as sent, pool.acquire() as connection, connection.transaction():
        await require_quota(connection, settings, user_id=artist, needed_bytes=1, needed_files=1)
        await require_disk(connection, user_id=1, free=1 << 60)
    assert not any("batch_report_files" in statement for statement in sent)
    assert await pool.fetchval(RESERVED) == 40 * 512 * 1000


_ANNOUNCED = """
WITH uploads AS (
    INSERT INTO batch_reports (user_id, requested_by, total_files) SELECT $1, $1, 512 FROM generate_series(1, 40)
    RETURNING id
)
INSERT INTO batch_report_files (batch_id, user_id, processing_order, file_name, relative_path, file_size,
                                processing_status)
SELECT uploads.id, $1, number, 'a.png', repeat('folder/', 20) || 'a.png', 1000, 'pending'
  FROM uploads, generate_series(0, 511) AS number
"""
