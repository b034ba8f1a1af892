"""Erasing a user: their rows, their objects in the vault, and their id and handle in audit trails.

Data in a site's own tables, which are only views here, is for the site to remove.
"""

import re
from collections.abc import Sequence

import msgspec

from ..base.database import Connection, Pool, forget, row_count
from ..site.gone import OF_USERS
from ..vault import Vault
from ..vault.leftovers import schedule_removal, sweep_leftovers
from .user_data import TRAILS, Table, objects_of, owns_site, tables_of_users

# Triggers write to these when rows of the others are deleted.
_LAST = ("library_usage", "library_counts", "asset_mark_files", "post_days", "work_accounts")
MAX_SWEEPS = 10_000

# No user has these ids: the acts remain, without the user.
_TRAILS = (
    "UPDATE audit_log SET target_user_id = 0 WHERE target_user_id = $1",
    "UPDATE audit_log SET actor_id = -1 WHERE actor_id = $1",
    "UPDATE post_hides SET moderator_id = -1 WHERE moderator_id = $1",
    "UPDATE operator_log SET user_id = NULL WHERE user_id = $1",
    "UPDATE operator_log SET actor_id = NULL WHERE actor_id = $1",
)
# What moderators and artists wrote may name the user: as a whole word, whatever its case. The replacement has no letters,
# because a handle may be any word.
_WRITTEN = (("audit_log", "reason"), ("post_hides", "reason"), ("post_hides", "answer"))
_FORGET_HANDLE = """
UPDATE {table} SET {column} = left(regexp_replace({column}, $1, '[…]', 'gi'), 500) WHERE {column} ~* $1
"""
# What they requested on another user's behalf belongs to that user.
_ASKED = ("batch_download_requests", "batch_reports", "job", "takeouts")
# Other users' posts and files may refer to the same objects.
_UNNAMED = """
SELECT key FROM unnest($1::text[]) AS key
 WHERE '/vault/' || key NOT IN (SELECT art_url FROM posts WHERE art_url IS NOT NULL)
   AND '/vault/' || key NOT IN (SELECT path FROM asset)
"""


class Erased(msgspec.Struct, frozen=True):
    """The numbers of erased rows and objects; the sweep removes ``kept`` objects once nothing uses them."""

    rows: int
    objects: int
    kept: int


async def erase_user(pool: Pool, vault: Vault, user_id: int) -> Erased:
    """Erase all data of this user; if interrupted, run it again.

    Running work of theirs is cancelled: its workers find no row any more.
    """
    archives, objects = await objects_of(pool, user_id)
    has_site = await owns_site(pool)
    if has_site:  # no new data from here on
        await pool.execute("UPDATE users SET deactivated = true WHERE id = $1", user_id)
    # Objects are marked for removal first: an interrupted run leaves none that nothing names.
    await schedule_removal(pool, archives)
    rows = await _erase_rows(pool, user_id, has_site=has_site)
    unnamed = [row["key"] for row in await pool.fetch(_UNNAMED, objects)]
    await schedule_removal(pool, unnamed)
    for keys in (archives, unnamed):  # in this order: archives hold what they refer to
        await _sweep(pool, vault, keys)
    left = await pool.fetchval("SELECT count(*) FROM vault_leftovers WHERE key = ANY ($1)", [*archives, *unnamed])
    return Erased(rows, len(archives) + len(unnamed) - left, left)


async def _erase_rows(pool: Pool, user_id: int, *, has_site: bool) -> int:
    tables = [table for table in await tables_of_users(pool) if table.is_ours and table.name not in TRAILS]
    for asked in _ASKED:
        await pool.execute(f"UPDATE {asked} SET requested_by = user_id WHERE requested_by = $1", user_id)
    rows = 0
    for table in sorted(tables, key=_order):
        rows += await _delete(pool, table, user_id)
    await _forget_handle(pool, user_id)
    for statement in _TRAILS:
        await pool.execute(statement, user_id)
    if has_site:
        rows += row_count(await pool.execute("DELETE FROM users WHERE id = $1", user_id))
    return rows


async def _forget_handle(pool: Pool, user_id: int) -> None:
    handle = await pool.fetchval("SELECT handle FROM users WHERE id = $1", user_id)
    for table, column in _WRITTEN if handle else ():
        await pool.execute(_FORGET_HANDLE.format(table=table, column=column), rf"(?<!\w)@?{re.escape(handle)}(?!\w)")


def _order(table: Table) -> tuple[bool, int, str]:
    known = OF_USERS.index(table.name) if table.name in OF_USERS else len(OF_USERS)
    return table.name in _LAST, known, table.name


async def _delete(connection: Connection | Pool, table: Table, user_id: int) -> int:
    statement = f"""
DELETE FROM {table.name}
 WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table.name} WHERE {table.column} = $1 LIMIT $2))"""
    return await forget(connection, statement, user_id)


async def _sweep(pool: Pool, vault: Vault, keys: Sequence[str]) -> None:
    for _ in range(MAX_SWEEPS):
        swept = await sweep_leftovers(pool, vault, keys=keys)
        if not swept.removed or swept.errors:
            return
