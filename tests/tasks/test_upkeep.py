"""Tasks that ended long ago go, and nothing else does."""

from pmd_service.base.settings import Settings
from pmd_service.jobs import opened_worker
from pmd_service.tasks import lifecycle

from ..site import Site


async def test_what_ended_long_ago_goes_and_nothing_else(site: Site, settings: Settings) -> None:
    artist = await site.add_user()
    asset = await site.add_asset(artist)
    pack = await site.pool.fetchval(
        "INSERT INTO pack (user_id, name, slug, license_type) VALUES ($1, 'A', 'a', 'personal') RETURNING id", artist
    )
    add = """
INSERT INTO job (kind, asset_id, pack_id, user_id, requested_by, status, progress, created_at, completed_at,
                 error_message)
SELECT kind, CASE WHEN kind <> 'export_pack' THEN $2::int END, CASE WHEN kind = 'export_pack' THEN $3::int END, $1, $1,
       status, CASE status WHEN 'completed' THEN 100 ELSE 0 END, now() - interval '200 days',
       CASE WHEN status <> 'pending' THEN now() - make_interval(days => ended) END,
       CASE status WHEN 'failed' THEN 'It did not work.' END
  FROM (VALUES ('upscale', 'completed', 91), ('upscale', 'failed', 91), ('enhance', 'cancelled', 100),
               ('export_pack', 'completed', 91), ('export_pack', 'completed', 0), ('upscale', 'completed', 89),
               ('upscale', 'pending', 0)) AS rows (kind, status, ended)"""
    await site.pool.execute(add, artist, asset, pack)
    async with opened_worker(settings) as worker:
        await lifecycle.forget_old_tasks(worker)
    left = await site.pool.fetch("SELECT kind, status FROM job ORDER BY id")
    assert [tuple(row) for row in left] == [
        ("export_pack", "completed"),
        ("upscale", "completed"),
        ("upscale", "pending"),
    ]
