"""Erasing a user: their rows, their objects in the vault, and their id and handle in audit trails.

Data in a site's own tables, which are only views here, is for the site to remove.
"""

import asyncio
import re
from collections.abc import Collection, Sequence

import msgspec

from ..assets.asset import lock_library
from ..base.database import Connection, Pool, find_values, forget, row_count
from ..identity.users import User
from ..site.deleted_rows import OF_USERS
from ..uploads.lease import end_leases
from ..vault import Vault
from ..vault.leftovers import schedule_removal, sweep_leftovers
from ..work.lease import LEASE_SECONDS
from .user_data import TRAILS, Table, leases, objects_of, owns_site, tables_of_users, written_for

# Triggers write to these when rows of the others are deleted.
_LAST = ("library_usage", "post_search", "changes", "work_accounts")
MAX_SWEEPS = 10_000

# No user has these ids: the acts remain, without the user.
_TRAILS = (
    "UPDATE audit_log SET target_user_id = 0 WHERE target_user_id = $1",
    "UPDATE audit_log SET actor_id = -1 WHERE actor_id = $1",
    "UPDATE post_hides SET moderator_id = -1 WHERE moderator_id = $1",
    "UPDATE operator_log SET user_id = NULL WHERE user_id = $1",
    "UPDATE operator_log SET actor_id = NULL WHERE actor_id = $1",
)
# What moderators and artists wrote may name the user: as a whole word, whatever its case. The replacement has no
# letters, because a handle may be any word.
_WRITTEN = (("audit_log", "reason"), ("post_hides", "reason"), ("post_hides", "answer"), ("post_report", "reason"))
_FORGET_HANDLE = """
UPDATE {table} SET {column} = left(regexp_replace({column}, $1, '[…]', 'gi'), 500) WHERE {column} ~* $1
"""
# What they requested on another user's behalf belongs to that user.
_REQUESTED = ("batch_download_requests", "batch_reports", "bulk_change", "imports", "job", "takeouts")
# Other users' posts and files may refer to the same objects; next to a site, $3, the user's own posts stay, too.
_UNNAMED = """
SELECT key FROM unnest($1::text[]) AS key
 WHERE '/vault/' || key NOT IN (SELECT art_url FROM posts WHERE art_url IS NOT NULL AND (owner_id <> $2 OR $3))
   AND '/vault/' || key NOT IN (SELECT path FROM asset WHERE user_id <> $2)
"""


# The owner's wish goes last: an erasure that was interrupted is found by it.
_SETTLE = "DELETE FROM account_erasure WHERE account_id = $1"
# Rounds of deleting rows and waiting; a site's user who goes on sending must not keep the command from ending.
MAX_ROUNDS = 3


class Erased(msgspec.Struct, frozen=True):
    """The numbers of erased rows and objects; the sweep removes ``kept`` objects once nothing uses them."""

    rows: int
    objects: int
    kept: int


async def erase_user(pool: Pool, vault: Vault, user: User) -> Erased:
    """Erase all data of this user; if interrupted, run it again.

    Running work of theirs is cancelled, as its workers find no row any more. They may write rows and objects until
    their leases end, so what they have written by then is erased as well.
    """
    has_site = await owns_site(pool)
    if has_site:  # no new requests from here on
        await pool.execute("UPDATE users SET deactivated = true WHERE id = $1", user.id)
    async with pool.acquire() as connection, connection.transaction():
        await lock_library(connection, user_id=user.id)  # uploads that were admitted before have committed
    await end_leases(pool, user.id)
    archives: set[str] = set()
    objects: set[str] = set()
    rows = 0
    for _ in range(MAX_ROUNDS):
        for keys, found in zip((archives, objects), await objects_of(pool, user.id), strict=True):
            keys.update(found)
        # Objects are marked for removal first: an interrupted run leaves none that nothing names.
        await schedule_removal(pool, [*archives, *await _unnamed(pool, objects, user.id, keeps_posts=not has_site)])
        seconds = await _leased_seconds(pool, user.id)
        rows += await _erase_rows(pool, user)
        if not seconds:
            break
        await asyncio.sleep(seconds)
    if has_site:
        rows += row_count(await pool.execute("DELETE FROM users WHERE id = $1", user.id))
        rows += await _erase_rows(pool, user)  # of tables that do not refer to users
    objects |= await written_for(pool, vault, user.sqid)
    unnamed = await _unnamed(pool, objects, user.id, keeps_posts=not has_site)
    await schedule_removal(pool, unnamed)
    for keys_in_order in (list(archives), unnamed):  # archives keep what they refer to
        await _sweep(pool, vault, keys_in_order)
    await pool.execute(_SETTLE, user.id)
    left = await pool.fetchval("SELECT count(*) FROM vault_leftovers WHERE key = ANY ($1)", [*archives, *unnamed])
    return Erased(rows, len(archives) + len(unnamed) - left, left)


async def _unnamed(pool: Pool, keys: Collection[str], user_id: int, *, keeps_posts: bool) -> Sequence[str]:
    """Those that no row names which stays."""
    return await find_values(pool, _UNNAMED, list(keys), user_id, keeps_posts)


async def _leased_seconds(pool: Pool, user_id: int) -> float:
    """For how long a process may still write for this user; at most a lease, if the clock was set back."""
    ends = [f"SELECT max({lease}) AS until FROM {table} WHERE user_id = $1" for table, lease in await leases(pool)]
    seconds = await pool.fetchval(
        f"SELECT greatest(0, extract(epoch FROM max(until) - now()))::float8 FROM ({' UNION ALL '.join(ends)}) AS row",
        user_id,
    )
    return min(seconds or 0.0, LEASE_SECONDS)


async def _erase_rows(pool: Pool, user: User) -> int:
    tables = [table for table in await tables_of_users(pool) if table.is_ours and table.name not in TRAILS]
    for name in _REQUESTED:
        await pool.execute(f"UPDATE {name} SET requested_by = user_id WHERE requested_by = $1", user.id)
    rows = 0
    for table in sorted(tables, key=_order):
        rows += await _delete(pool, table, user.id)
    for table_name, column in _WRITTEN:
        named = rf"(?<!\w)@?{re.escape(user.handle)}(?!\w)"
        await pool.execute(_FORGET_HANDLE.format(table=table_name, column=column), named)
    for statement in _TRAILS:
        await pool.execute(statement, user.id)
    return rows


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
