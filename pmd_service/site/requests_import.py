"""``pmd-admin site import``: a site's earlier download requests move over (SPEC section 14).

Run it after ``pmd-admin migrate`` and before the first clean-up. Archives stay where they are, by the paths in their
rows. Unfinished ones are built again.
"""

from ..base.database import Connection
from .site_map import SiteMap

# The original's table has the same columns under the same names (seed 000).
_IMPORT = """
WITH earlier AS (
    SELECT *, status = 'ready' AND file_path IS NOT NULL AND file_size_bytes > 0
              AND expires_at IS NOT NULL AS has_archive
      FROM {source}
     WHERE cardinality(post_ids) BETWEEN 1 AND 128)
INSERT INTO {schema}.batch_download_requests
       (id, user_id, requested_by, post_ids, include_comments, include_reactions, send_email, status, error_message,
        file_path, file_size_bytes, artwork_count, created_at, allowance_at, started_at, completed_at, expires_at,
        processed_count)
SELECT id, user_id, user_id, post_ids, include_comments, include_reactions, send_email,
       CASE WHEN has_archive OR status IN ('failed', 'expired') THEN status
            WHEN status = 'ready' THEN 'failed'
            ELSE 'pending' END,
       CASE WHEN status = 'failed' THEN left(coalesce(error_message, 'The download failed.'), 500)
            WHEN status = 'ready' AND NOT has_archive THEN 'The archive was lost before it was taken over.' END,
       CASE WHEN has_archive THEN ltrim(file_path, '/') END, CASE WHEN has_archive THEN file_size_bytes END,
       cardinality(post_ids), created_at, created_at, started_at,
       CASE WHEN status IN ('ready', 'failed', 'expired') THEN coalesce(completed_at, created_at) END, expires_at,
       CASE WHEN has_archive THEN cardinality(post_ids) ELSE 0 END
  FROM earlier
    ON CONFLICT (id) DO NOTHING
RETURNING id
"""
_ADD_WORK = """
INSERT INTO {schema}.work (kind, subject, user_id, title)
SELECT 'bdr', id::text, user_id, artwork_count || ' artworks' FROM {schema}.batch_download_requests
 WHERE id = ANY ($1) AND status = 'pending'
"""


async def import_requests(connection: Connection, site_map: SiteMap, *, source: str) -> int:
    """Import the requests of ``source`` (``schema.table``) that do not exist yet; returns how many.

    Raises:
        asyncpg.PostgresError: the source lacks columns of seed 000, or may not be read; nothing was imported.
    """
    async with connection.transaction():
        imported = await connection.fetch(_IMPORT.format(schema=site_map.schema, source=source))
        await connection.execute(_ADD_WORK.format(schema=site_map.schema), [row["id"] for row in imported])
    return len(imported)
