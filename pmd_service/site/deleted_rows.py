"""Removing rows whose user or post the site has deleted (SPEC section 14).

Between our own tables, foreign keys cascade. They cannot refer to a view, so for a site's tables the daily clean-up
searches for such rows. Triggers leave the files of removed rows to the sweep. The audit trail is kept.
"""

from collections.abc import Mapping, Sequence

from ..base.database import Pool, forget
from ..base.telemetry import log

# In this order: rows of later tables are referred to, or written by triggers, of earlier ones.
OF_USERS: Sequence[str] = (
    "work", "bulk_change", "job", "pack", "batch_report_files", "batch_reports", "reports", "imports", "asset",
    "library_usage", "takeouts", "batch_download_requests", "outbox", "webhooks", "access_key",
    "browser_session", "account_language", "saved_view", "device_grant", "idempotency", "draft", "series",
    "publishing_rule", "watermark", "watermarked", "smart_folder", "tag_color", "visits", "post_report",
)  # fmt: skip

# While a site is being restored, or if the map shows nothing, no rows may be removed.
_IS_VIEW = """
SELECT (SELECT relkind FROM pg_class WHERE oid = to_regclass('users')) NOT IN ('r', 'p')
   AND EXISTS (SELECT FROM users)
"""
_HAS_POSTS = "SELECT EXISTS (SELECT FROM posts)"


def _delete(table: str, *, no: str, of: str) -> str:
    return f"""
DELETE FROM {table}
 WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE NOT EXISTS (SELECT FROM {no} WHERE {no}.id = {of}) LIMIT $1))
"""


# Last, and without references: what the triggers of the others write when a user is deleted.
_DELETE: Mapping[str, str] = {table: _delete(table, no="users", of="user_id") for table in (*OF_USERS, "changes")}

# Flags kept at a deletion, reasons of hides, and the post that a file was published as: it can be published again.
_DETACH: Mapping[str, str] = {
    "deleted_posts": _delete("deleted_posts", no="posts", of="post_id"),
    "post_hides": _delete("post_hides", no="posts", of="post_id"),
    "post_disclosure": _delete("post_disclosure", no="posts", of="post_id"),
    "post_report": _delete("post_report", no="posts", of="post_id"),
    "post_details": _delete("post_details", no="posts", of="post_id"),
    "series_post": _delete("series_post", no="posts", of="post_id"),
    # Of its files, those that we have written are ours to remove: each has a name that nothing else has.
    "post_version": """
WITH gone AS (
    SELECT ctid, art_url FROM post_version WHERE NOT EXISTS (SELECT FROM posts WHERE posts.id = post_id) LIMIT $1),
left_over AS (
    INSERT INTO vault_leftovers (key)
    SELECT DISTINCT substring(art_url FROM 8) FROM gone WHERE art_url ~ '^/vault/art/[^/]+/[0-9a-f]{32}[.]' ORDER BY 1
        ON CONFLICT (key) DO UPDATE SET due_at = now())
DELETE FROM post_version WHERE ctid = ANY(ARRAY(SELECT ctid FROM gone))
""",
    "draft": """
DELETE FROM draft
 WHERE ctid = ANY(ARRAY(SELECT ctid FROM draft
                         WHERE status = 'published' AND NOT EXISTS (SELECT FROM posts WHERE posts.id = post_id)
                         LIMIT $1))
""",
    "asset": """
UPDATE asset SET post_id = NULL, updated_at = now()
 WHERE ctid = ANY(ARRAY(SELECT ctid FROM asset
                         WHERE post_id IS NOT NULL AND NOT EXISTS (SELECT FROM posts WHERE posts.id = post_id)
                         LIMIT $1))
""",
}


async def delete_orphaned_rows(pool: Pool) -> int:
    """Remove rows of deleted users, and references to deleted posts; returns how many.

    Raises:
        asyncpg.InsufficientPrivilegeError: the site is detached.
    """
    rows = 0
    if await pool.fetchval(_IS_VIEW):
        rows += await _run(pool, _DELETE)
    if await pool.fetchval(_HAS_POSTS):
        rows += await _run(pool, _DETACH)
    return rows


async def _run(pool: Pool, statements: Mapping[str, str]) -> int:
    """Run each statement until it finds no more; rows written meanwhile are left to the next day."""
    counts = {}
    for table, statement in statements.items():
        if count := await forget(pool, statement):
            counts[table] = count
    if counts:
        log.info("orphaned_rows_deleted", rows=counts)
    return sum(counts.values())
