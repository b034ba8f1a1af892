"""A user's data: every table with a column that names them, and their objects in the vault.

Tables are found in the database's catalogue, so that neither export nor erasure misses a new one.
"""

from collections.abc import Mapping, Sequence

import msgspec

from ..base.database import Connection, Pool, find_all, find_values
from ..vault import Vault

# Columns that name a row's owner.
OWNING = ("user_id", "owner_id", "author_id")
# Audit trails are kept, without the user's id.
TRAILS = ("audit_log", "operator_log")

_TABLES = f"""
SELECT columns.table_name AS name, columns.column_name AS column, pg_class.relkind IN ('r', 'p') AS is_ours
  FROM information_schema.columns
  JOIN pg_class ON pg_class.oid = to_regclass(format('%I.%I', table_schema, table_name))
 WHERE table_schema = current_schema() AND column_name IN {OWNING} AND data_type IN ('integer', 'bigint')
 ORDER BY 1
"""
# Tables without such a column, and their condition.
PARTS: Mapping[str, str] = {
    "pack_asset": "pack_id IN (SELECT id FROM pack WHERE user_id = $1)",
    "pack_edition": "pack_id IN (SELECT id FROM pack WHERE user_id = $1)",
    "asset_verified": "asset_id IN (SELECT id FROM asset WHERE user_id = $1)",
    "deleted_posts": "post_id IN (SELECT id FROM posts WHERE owner_id = $1)",
    "post_disclosure": "post_id IN (SELECT id FROM posts WHERE owner_id = $1)",
    "series_post": "series_id IN (SELECT id FROM series WHERE user_id = $1)",
    "webhook_deliveries": "webhook_id IN (SELECT id FROM webhooks WHERE user_id = $1)",
    "import_item": "import_id IN (SELECT id FROM imports WHERE user_id = $1)",
    "account_erasure": "account_id = $1",
    "users": "id = $1",
}
_FILES = """
SELECT 'library' AS folder, id, name, substring(path FROM 8) AS key FROM asset WHERE user_id = $1
 UNION ALL
SELECT 'artworks', id, coalesce(title, 'artwork') || coalesce('.' || file_format, ''), substring(art_url FROM 8)
  FROM posts WHERE owner_id = $1 AND art_url LIKE '/vault/%'
 UNION ALL
SELECT 'versions', post_id, number || coalesce('.' || file_format, ''), substring(art_url FROM 8)
  FROM post_version WHERE owner_id = $1 AND art_url LIKE '/vault/%'
 ORDER BY 1, 2
"""
_ARCHIVES = """
SELECT file_path AS key FROM batch_download_requests WHERE user_id = $1 AND file_path IS NOT NULL
 UNION SELECT pack_edition.key FROM pack_edition JOIN pack ON pack.id = pack_id WHERE user_id = $1
"""
_OBJECTS = """
SELECT substring(path FROM 8) AS key FROM asset WHERE user_id = $1
 UNION SELECT substring(preview ->> 'path' FROM 8)
  FROM asset, jsonb_array_elements(previews) AS preview WHERE user_id = $1
 UNION SELECT 'incoming/' || id FROM batch_report_files WHERE user_id = $1
"""
_ARTWORKS = """
SELECT substring(art_url FROM 8) AS key FROM posts WHERE owner_id = $1 AND art_url LIKE '/vault/%'
 UNION SELECT substring(art_url FROM 8) FROM post_version WHERE owner_id = $1 AND art_url LIKE '/vault/%'
"""


# Until when a worker, or a server that receives a file, may write for the row's user.
_LEASES = """
SELECT tables.table_name AS name, leases.column_name AS column
  FROM information_schema.tables
  JOIN information_schema.columns AS leases USING (table_schema, table_name)
  JOIN information_schema.columns AS owners USING (table_schema, table_name)
 WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND owners.column_name = 'user_id'
   AND leases.column_name = 'lease_until'
"""


class Table(msgspec.Struct, frozen=True):
    """A table with rows of users; ``is_ours``: not a view of the site's."""

    name: str
    column: str
    is_ours: bool


class File(msgspec.Struct, frozen=True):
    """A file that a user has uploaded or published."""

    folder: str
    id: int
    name: str
    key: str


async def tables_of_users(connection: Connection | Pool) -> Sequence[Table]:
    return await find_all(connection, Table, _TABLES)


async def leases(connection: Connection | Pool) -> Sequence[tuple[str, str]]:
    """Tables of users' work, and the column in which a lease on a row ends."""
    return [(row["name"], row["column"]) for row in await connection.fetch(_LEASES)]


async def owns_site(connection: Connection | Pool) -> bool:
    """Whether users and posts are our own tables, not views of a site's."""
    kind: str = await connection.fetchval("SELECT relkind::text FROM pg_class WHERE oid = to_regclass('users')")
    return kind in ("r", "p")


async def files_of(connection: Connection | Pool, user_id: int) -> Sequence[File]:
    return await find_all(connection, File, _FILES, user_id)


async def objects_of(pool: Pool, user_id: int) -> tuple[Sequence[str], Sequence[str]]:
    """The keys of a user's archives, and of their other objects, which archives may refer to."""
    statements = [_OBJECTS, _ARTWORKS] if await owns_site(pool) else [_OBJECTS]
    keys: list[str] = []
    for statement in statements:
        keys += await find_values(pool, statement, user_id)
    return await find_values(pool, _ARCHIVES, user_id), keys


async def written_for(pool: Pool, vault: Vault, sqid: str) -> set[str]:
    """The keys of all library objects of a user, with rows or without, and of those that are scheduled for removal."""
    folders = [f"assets/{sqid}/", f"previews/{sqid}/"]
    rows = await pool.fetch(
        "SELECT key FROM vault_leftovers, unnest($1::text[]) AS folder WHERE starts_with(key, folder)", folders
    )
    return {row["key"] for row in rows} | {
        found.key for folder in folders async for page in vault.list(folder) for found in page
    }
