"""Seeding the demo's site."""

import asyncpg

from gallery.artworks import draw_artworks
from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.demo.seed import ARTIST, FANS, MODERATOR, OWNER, ensure_gallery

from ..conftest import WorkOff
from ..site import Api, Site


async def test_seeded_gallery_has_every_case_of_the_dashboard(pool: Pool, settings: Settings) -> None:
    artworks = draw_artworks(settings.vault_path, 600, max_drawings=20)
    gallery = await ensure_gallery(settings, lambda: artworks)
    assert gallery.newly_made
    assert gallery.posts == 600
    counts = await pool.fetchrow(
        """
        SELECT count(*) FILTER (WHERE kind = 'playlist') AS playlists,
               count(*) FILTER (WHERE hidden_by_user) AS hidden,
               count(*) FILTER (WHERE hidden_by_mod) AS hidden_by_mod,
               count(*) FILTER (WHERE deleted_by_user) AS deleted,
               count(DISTINCT license_id) AS licenses,
               (SELECT count(*) FROM comments WHERE author_id IS NULL) AS anonymous,
               (SELECT count(*) FROM comments WHERE hidden_by_mod OR deleted_by_owner OR deleted_by_mod) AS unseen
          FROM posts"""
    )
    assert counts is not None
    assert all(counts.values()), dict(counts)
    roles = {row["handle"]: row["roles"] for row in await pool.fetch("SELECT handle, roles FROM users")}
    assert roles == {
        ARTIST: ["user"],
        MODERATOR: ["user", "moderator"],
        OWNER: ["user", "owner"],
        **{handle: ["user"] for handle in FANS},
    }


async def test_seeding_twice_changes_nothing(pool: Pool, settings: Settings) -> None:
    artworks = draw_artworks(settings.vault_path, 5)
    first = await ensure_gallery(settings, lambda: artworks)
    rows = await everything(pool)
    again = await ensure_gallery(settings, lambda: draw_artworks(settings.vault_path, 50))
    assert not again.newly_made
    assert (again.posts, again.comments, again.reactions) == (first.posts, first.comments, first.reactions)
    assert await everything(pool) == rows


async def everything(pool: Pool) -> list[asyncpg.Record]:
    tables = ("users", "posts", "comments", "reactions")
    return [row for table in tables for row in await pool.fetch(f"SELECT * FROM {table} ORDER BY id")]


async def test_rows_added_after_seeding_get_new_ids(settings: Settings, site: Site) -> None:
    artworks = draw_artworks(settings.vault_path, 5)
    await ensure_gallery(settings, lambda: artworks)
    assert await site.add_post(1) not in range(1, 6)


async def test_seeded_artist_can_download_their_posts(
    settings: Settings, site: Site, api: Api, work_off: WorkOff
) -> None:
    artworks = draw_artworks(settings.vault_path, 9)
    await ensure_gallery(settings, lambda: artworks)
    artist = await site.pool.fetchval("SELECT id FROM users WHERE handle = $1", ARTIST)
    posts = (await api.get("/api/pmd/posts", user=artist)).json["items"]
    accepted = await api.post("/api/pmd/bdr", {"post_ids": [post["id"] for post in posts]}, user=artist)
    await work_off()
    bdr = (await api.get(accepted.headers["Location"], user=artist)).json
    assert (bdr["status"], bdr["missing_count"]) == ("ready", 0)
