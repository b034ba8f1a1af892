"""Checks of the site's tables or views: whose they are, and the privileges of our role (SPEC section 14)."""

from ..base.database import Connection, Pool
from ..base.settings import Settings
from ..locales import translatable
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
       END AS message
  FROM shape
 WHERE place IS NULL OR attnum IS NULL OR NOT has_column_privilege(place, attnum, 'SELECT')
    OR is_written AND NOT has_column_privilege(place, attnum, 'UPDATE')
 ORDER BY message
"""

# Attached or standalone, posts are in our own schema; detached, the name resolves to the site's table, or nothing.
_IS_ATTACHED = """
SELECT EXISTS (SELECT FROM pg_class
                WHERE oid = to_regclass('posts') AND relnamespace = to_regnamespace(quote_ident(current_schema())))
"""
PUBLISHING_IS_OFF = translatable("Files cannot be published from here: publish them on the site itself.")
NOT_ATTACHED = "the site is not attached: run “pmd-admin site attach”, or “pmd-admin migrate” where there is none"


async def missing_rights(connection: Connection | Pool) -> list[str]:
    """Missing columns and privileges, a message each, or that the site is not attached; empty if all is well."""
    shape = [(relation, column) for relation, columns in COLUMNS.items() for column in columns]
    rows = await connection.fetch(
        _MISSING,
        [relation for relation, _ in shape],
        [column for _, column in shape],
        [relation == "posts" and column in WRITTEN for relation, column in shape],
    )
    if rows and not await connection.fetchval(_IS_ATTACHED):
        return [NOT_ATTACHED]
    return [row["message"] for row in rows]


async def are_ours(connection: Connection | Pool) -> bool:
    """Whether the service is standalone: ``pmd-admin migrate`` has created the tables, and there is no site."""
    ours: bool = await connection.fetchval(
        "SELECT coalesce(obj_description(to_regclass('users'), 'pg_class') = 'created by pmd migrate', false)"
    )
    return ours


def takes_posts(settings: Settings, *, stands_alone: bool) -> bool:
    """Whether files can be published as posts: into our own tables, or where the operator allows it."""
    return stands_alone if settings.publish is None else settings.publish == "insert"
