"""Whose the site's tables are, and what the service's role may do with them or their views (SPEC section 14)."""

from ..base.database import Connection, Pool
from ..base.settings import Settings
from .site_map import COLUMNS, WRITTEN

_MISSING = """
WITH shape AS (
    SELECT relation, column_name, is_written, to_regclass(relation) AS place, attnum
      FROM unnest($1::text[], $2::text[], $3::bool[]) AS shape (relation, column_name, is_written)
      LEFT JOIN pg_attribute ON attrelid = to_regclass(relation) AND attname = column_name)
SELECT DISTINCT CASE
         WHEN place IS NULL THEN format('there is no %s', relation)
         WHEN attnum IS NULL THEN format('there is no %s.%s', relation, column_name)
         WHEN NOT has_column_privilege(place, attnum, 'SELECT')
         THEN format('no right to read %s.%s', relation, column_name)
         ELSE format('no right to write %s.%s', relation, column_name)
       END AS told
  FROM shape
 WHERE place IS NULL OR attnum IS NULL OR NOT has_column_privilege(place, attnum, 'SELECT')
    OR is_written AND NOT has_column_privilege(place, attnum, 'UPDATE')
 ORDER BY told
"""

# Attached or alone, the posts stand in our own schema; detached, their name finds the site's own table, or nothing.
_IS_ATTACHED = """
SELECT EXISTS (SELECT FROM pg_class
                WHERE oid = to_regclass('posts') AND relnamespace = to_regnamespace(current_schema()))
"""
NOT_ATTACHED = "the site is not attached: run “pmd site attach”, or “pmd migrate” where there is none"


async def missing_rights(connection: Connection | Pool) -> list[str]:
    """What is not there or not allowed, a clause each, or that nothing is attached; empty when all is well."""
    shape = [(relation, column) for relation, columns in COLUMNS.items() for column in columns]
    rows = await connection.fetch(
        _MISSING,
        [relation for relation, _ in shape],
        [column for _, column in shape],
        [relation == "posts" and column in WRITTEN for relation, column in shape],
    )
    if rows and not await connection.fetchval(_IS_ATTACHED):
        return [NOT_ATTACHED]
    return [row["told"] for row in rows]


async def are_ours(pool: Pool) -> bool:
    """Whether the service stands alone: ``pmd migrate`` has made the site's tables, and no site shows their posts."""
    ours: bool = await pool.fetchval(
        "SELECT coalesce(obj_description(to_regclass('users'), 'pg_class') = 'created by pmd migrate', false)"
    )
    return ours


def takes_posts(settings: Settings, *, stands_alone: bool) -> bool:
    """Posts are ours to insert, or an operator says that the site's own may be."""
    return stands_alone if settings.publish is None else settings.publish == "insert"
