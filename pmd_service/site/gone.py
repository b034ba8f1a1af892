"""What refers to users and posts of the site that are gone (SPEC section 14).

On our own tables foreign keys see to most of it at once. Nothing can refer to a view, and a site takes accounts and
posts away by DELETE: there the daily clean-up looks. Whatever files the rows named are left to the sweep by triggers.
The trail of what moderators did outlives its people.
"""

from collections.abc import Mapping, Sequence

from ..base.database import Pool, forget
from ..base.telemetry import log

# In this order: later tables' rows are referred to, or written, by earlier ones.
OF_USERS: Sequence[str] = (
    "job", "pack", "batch_report_files", "batch_reports", "reports", "asset", "library_usage", "takeouts",
    "batch_download_requests", "outbox",
)  # fmt: skip

# A site that is being restored, or a map that shows nothing, must not look as if everybody had left.
_IS_FOLLOWED = """
SELECT (SELECT relkind FROM pg_class WHERE oid = to_regclass('users')) NOT IN ('r', 'p')
   AND EXISTS (SELECT FROM users)
"""
_HAS_POSTS = "SELECT EXISTS (SELECT FROM posts)"


def _delete(table: str, *, no: str, of: str) -> str:
    return f"""
DELETE FROM {table}
 WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE NOT EXISTS (SELECT FROM {no} WHERE {no}.id = {of}) LIMIT $1))
"""


_FORGET: Mapping[str, str] = {table: _delete(table, no="users", of="user_id") for table in OF_USERS}

# What was kept of a deletion or a hide, and by which post a file of a library is shown: it can be published again.
_FOLLOW: Mapping[str, str] = {
    "deleted_posts": _delete("deleted_posts", no="posts", of="post_id"),
    "post_hides": _delete("post_hides", no="posts", of="post_id"),
    "telling_post": _delete("telling_post", no="posts", of="post_id"),
    "asset": """
UPDATE asset SET post_id = NULL, updated_at = now()
 WHERE ctid = ANY(ARRAY(SELECT ctid FROM asset
                         WHERE post_id IS NOT NULL AND NOT EXISTS (SELECT FROM posts WHERE posts.id = post_id)
                         LIMIT $1))
""",
}


async def forget_gone(pool: Pool) -> int:
    """Remove rows of ours whose user is not there any more, and what they say of such posts; returns how many.

    Raises:
        asyncpg.InsufficientPrivilegeError: the site is detached.
    """
    rows = 0
    if await pool.fetchval(_IS_FOLLOWED):
        rows += await _run(pool, _FORGET)
    if await pool.fetchval(_HAS_POSTS):
        rows += await _run(pool, _FOLLOW)
    return rows


async def _run(pool: Pool, statements: Mapping[str, str]) -> int:
    """Each statement until it finds no more; what somebody writes meanwhile is left to the next day."""
    told = {}
    for table, statement in statements.items():
        if count := await forget(pool, statement):
            told[table] = count
    if told:
        log.info("gone_rows_followed", rows=told)
    return sum(told.values())
