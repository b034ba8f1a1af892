"""What a sweep does for downloads alone."""

from uuid import UUID

from pmd_service.downloads.build import BDR
from pmd_service.downloads.sweep import remove_dead_parts
from pmd_service.ops.settings import Settings
from pmd_service.vault import LocalVault
from pmd_service.work import lease
from pmd_service.work.held import Held

from ..site import Site


async def test_only_the_parts_of_dead_attempts_are_removed(site: Site, settings: Settings) -> None:
    artist = await site.add_user()
    bdr_id: UUID = await site.pool.fetchval(
        """INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count)
           VALUES ($1, $1, ARRAY[$2::int], 1) RETURNING id""",
        artist,
        await site.add_post(artist),
    )
    held = await lease.claim(site.pool, BDR, bdr_id, running_per_user=2)
    assert isinstance(held, Held)
    attempt = held.row.attempt
    kept = [
        site.write(f"bdr/artist/{bdr_id}.zip.{attempt}.part", b"being written"),
        site.write(f"bdr/artist/{bdr_id}.zip", b"published"),
        site.write("bdr/artist/notes.txt", b"somebody else's"),
    ]
    dead = [
        site.write(f"bdr/artist/{bdr_id}.zip.{attempt - 1}.part", b"left by a dead attempt"),
        site.write("bdr/artist/6a1f3a0e-0000-4000-8000-000000000000.zip.1.part", b"left by a forgotten request"),
    ]
    await remove_dead_parts(site.pool, LocalVault(settings.vault_path))
    assert [path.exists() for path in kept] == [True, True, True]
    assert [path.exists() for path in dead] == [False, False]
