"""``pmd-admin site attach`` and ``detach``: make and drop the views in front of a site's own tables (SPEC section 14).

Each is one transaction. Nothing of the site's is changed, except that indexes and a trigger are added. Detaching drops
the views, so that the site's migrations may alter the columns that they depend on, and keeps the service's own tables.
"""

import re
from collections.abc import Iterator, Sequence

from ..base.database import Connection, find_values
from .site_map import COLUMNS, OPTIONAL, TYPES, WRITTEN, SiteMap, View

# While our lock waits for a long transaction of the site, it would block all others.
LOCK_SECONDS = 5


class AttachError(Exception):
    """The site cannot be attached as it is; the message is for its operator."""


def attach_statements(site_map: SiteMap, *, missing_indexes: Sequence[str]) -> Iterator[str]:
    """The statements of attaching, in order; the map restricts names to a pattern that needs no quoting."""
    schema, role = site_map.schema, site_map.role
    yield f"CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {role}"
    # New sessions find the service's own tables and views first. Only a superuser may set this for another role, and
    # the owner of a site's tables need not be one.
    yield f"SET LOCAL ROLE {role}"
    yield f"ALTER ROLE {role} SET search_path = {schema}, {site_map.site_schema}"
    yield "RESET ROLE"
    for name in site_map.views:
        yield f"DROP VIEW IF EXISTS {schema}.{name}"
        yield view_statement(site_map, name)
        yield f"GRANT SELECT ON {schema}.{name} TO {role}"
    yield f"GRANT UPDATE ({', '.join(WRITTEN)}) ON {schema}.posts TO {role}"
    if site_map.insert_posts:
        yield f"GRANT INSERT ON {schema}.posts TO {role}"
    yield _drop_audit(site_map)
    if site_map.audit:
        yield from _audit_statements(site_map, site_map.audit)
    yield from _search_statements(site_map)
    # Sessions that used the detached site have plans for its own tables, which a new view does not invalidate. A change
    # of a schema's privileges does, in all sessions.
    yield f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}"
    for name in missing_indexes:
        yield f"CREATE INDEX {name} ON {site_map.indexes[name]}"


def view_statement(site_map: SiteMap, name: str) -> str:
    view = site_map.views[name]
    optional = [column for column in OPTIONAL.get(name, ()) if column in view.columns]
    columns = [*COLUMNS.get(name, view.columns), *optional]
    selected = ",\n       ".join(f"{view.columns.get(column, column)} AS {column}" for column in columns)
    return f"CREATE VIEW {site_map.schema}.{name} AS\nSELECT {selected}\n  FROM {view.source}"


# Our audit trail's trigger calls it for each entry.
_AUDIT_ARGUMENTS = "actor_id integer, action text, target_user_id integer, post_ids integer[], reason text"


def _audit_statements(site_map: SiteMap, statement: str) -> Iterator[str]:
    """The function that writes to the site's audit trail, with its owner's privileges instead of our role's."""
    function = f"{site_map.schema}.site_audit"
    yield (
        f"CREATE FUNCTION {function} ({_AUDIT_ARGUMENTS}) RETURNS void LANGUAGE sql SECURITY DEFINER\n"
        f"SET search_path = pg_catalog, pg_temp AS $site_audit$\n{statement.strip()}\n$site_audit$"
    )
    yield f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC"
    yield f"GRANT EXECUTE ON FUNCTION {function} TO {site_map.role}"


def _drop_audit(site_map: SiteMap) -> str:
    return f"DROP FUNCTION IF EXISTS {site_map.schema}.site_audit ({_AUDIT_ARGUMENTS})"


# The columns whose changes the service's table of what is searched must follow, and those whose changes are events too.
_SEARCHED = ("title", "description", "hashtags", "deleted_by_user")
_NOTIFIED = ("hidden_by_user", "hidden_by_mod", "license_id")


def _search_statements(site_map: SiteMap) -> Iterator[str]:
    """A trigger on the site's posts, for our tables of what is searched and of what has changed.

    A site's tables get no columns, and statements on other columns of theirs cost nothing. Before the first “pmd
    migrate” there are no such tables; that fills the first with the posts of before, as this does after a time without
    the trigger. What has happened meanwhile is not known: each post is listed as changed.
    """
    schema, posts = site_map.schema, site_map.views["posts"]
    # A site without playlists has a constant for the kind.
    searched = (*_SEARCHED, "kind") if _COLUMN.fullmatch(_own_column(posts, "kind")) else _SEARCHED
    column = {name: _plain_column(posts, name) for name in ("id", *searched, *_NOTIFIED)}
    note_posts, index_posts = f"{schema}.note_posts(bigint[], integer[], text[])", f"{schema}.index_posts"

    def differ(*names: str) -> str:
        new, old = ([f"{row}.{column[name]}" for name in names] for row in ("NEW", "OLD"))
        return f"({', '.join(new)}) IS DISTINCT FROM ({', '.join(old)})"

    def more(name: str, *, sign: str = ">") -> str:
        return f"NEW.{column[name]} {sign} OLD.{column[name]}"

    yield (
        f"CREATE OR REPLACE FUNCTION {schema}.site_post_written() RETURNS trigger LANGUAGE plpgsql AS $site_post$\n"
        f"DECLARE\n"
        f"    ids bigint[] := ARRAY[CASE TG_OP WHEN 'DELETE' THEN OLD.{column['id']} ELSE NEW.{column['id']} END];\n"
        f"    event text;\n"
        f"BEGIN\n"
        f"    IF to_regprocedure('{note_posts}') IS NULL THEN\n"
        f"        RETURN NULL;\n"
        f"    ELSIF TG_OP = 'DELETE' THEN\n"
        f"        PERFORM {schema}.note_posts(ids, array_agg(owner_id), ARRAY['removed'])\n"
        f"           FROM {schema}.post_search WHERE post_id = OLD.{column['id']};\n"
        f"    ELSE\n"
        f"        event := CASE\n"
        f"            WHEN TG_OP = 'INSERT' THEN 'made'\n"
        f"            WHEN {more('deleted_by_user')} THEN 'deleted'\n"
        f"            WHEN {more('deleted_by_user', sign='<')} THEN 'restored'\n"
        f"            WHEN {more('hidden_by_mod')} THEN 'hidden_by_moderator'\n"
        f"            WHEN {more('hidden_by_user')} THEN 'hidden'\n"
        f"            WHEN {more('hidden_by_mod', sign='<')} OR {more('hidden_by_user', sign='<')} THEN 'shown'\n"
        f"            WHEN {differ('license_id')} THEN 'licensed'\n"
        f"            WHEN {differ(*searched)} THEN 'changed' END;\n"
        f"        PERFORM {schema}.note_posts(\n"
        f"            ids, array_agg(owner_id), array_agg(CASE kind WHEN 'artwork' THEN event ELSE 'removed' END))\n"
        f"           FROM {schema}.posts WHERE id = NEW.{column['id']} AND event IS NOT NULL\n"
        f"            AND (kind = 'artwork' OR EXISTS (SELECT FROM {schema}.post_search WHERE post_id = id));\n"
        f"    END IF;\n"
        f"    IF TG_OP <> 'UPDATE' OR {differ(*searched)} THEN\n"
        f"        PERFORM {index_posts}(ids);\n"
        f"    END IF;\n"
        f"    RETURN NULL;\n"
        f"END $site_post$"
    )
    # With the privileges of the schema's owner, because the site's own roles may not enter it.
    yield f"ALTER FUNCTION {schema}.site_post_written() SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
    columns = ", ".join(column[name] for name in (*searched, *_NOTIFIED))
    yield (
        f"CREATE OR REPLACE TRIGGER pmd_post_written AFTER INSERT OR DELETE OR UPDATE OF {columns}\n"
        f"ON {posts.table} FOR EACH ROW EXECUTE FUNCTION {schema}.site_post_written()"
    )
    yield (
        f"DO $fill$ BEGIN\n"
        f"    IF to_regprocedure('{note_posts}') IS NOT NULL THEN\n"
        f"        PERFORM {schema}.note_posts(ids, owners, events), {index_posts}(ids) FROM (\n"
        f"            SELECT array_agg(id) AS ids, array_agg(coalesce(posts.owner_id, known.owner_id)) AS owners,\n"
        f"                   array_agg(CASE WHEN posts.id IS NULL THEN 'removed' ELSE 'changed' END) AS events\n"
        f"              FROM (SELECT * FROM {schema}.posts WHERE kind = 'artwork') AS posts\n"
        f"              FULL JOIN (SELECT post_id AS id, owner_id FROM {schema}.post_search) AS known USING (id)\n"
        f"             GROUP BY id / 1000) AS thousands;\n"
        f"    END IF;\n"
        f"END $fill$"
    )


def _own_column(view: View, name: str) -> str:
    """The expression of one of the view's columns, without its table's alias."""
    return view.columns.get(name, name).strip().rpartition(".")[2]


def _plain_column(view: View, name: str) -> str:
    """The table's own column behind one of the view's; its alias is the view's, not the trigger's."""
    column = _own_column(view, name)
    if not _COLUMN.fullmatch(column):
        raise AttachError(f"“{name}” of posts must be a plain column: searches and events follow its changes")
    return column


_COLUMN = re.compile(r"[a-z_][a-z0-9_]*")


async def attach(connection: Connection, site_map: SiteMap) -> list[str]:
    """Create the views, replacing existing ones; returns the statements that were executed.

    Raises:
        AttachError: the role is missing, a view's name is taken by a table, or a column is of another type.
        asyncpg.PostgresError: an expression of the map does not fit the site's tables; nothing has changed.
    """
    async with connection.transaction():
        await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        await _require_role(connection, site_map)
        await _require_free_names(connection, site_map)
        existing = {*await find_values(connection, "SELECT indexname FROM pg_indexes")}
        statements = list(
            attach_statements(site_map, missing_indexes=[name for name in site_map.indexes if name not in existing])
        )
        for statement in statements:
            await connection.execute(statement)
        await _require_types(connection, site_map)
        await _require_updatable(connection, site_map)
        return statements


async def detach(connection: Connection, site_map: SiteMap) -> list[str]:
    """Drop the views and the trigger; the site's tables, the service's own tables and the indexes stay."""
    views = [f"DROP VIEW IF EXISTS {site_map.schema}.{name}" for name in reversed(site_map.views)]
    trigger = f"DROP TRIGGER IF EXISTS pmd_post_written ON {site_map.views['posts'].table}"
    statements = [trigger, _drop_audit(site_map), *views]
    async with connection.transaction():
        await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        await _require_free_names(connection, site_map)
        for statement in statements:
            await connection.execute(statement)
    return statements


_OTHER_DATABASES = """
SELECT DISTINCT datname::text
  FROM pg_shdepend JOIN pg_database ON pg_database.oid = dbid JOIN pg_roles ON pg_roles.oid = refobjid
 WHERE refclassid = 'pg_authid'::regclass AND rolname = $1 AND datname <> current_database()
 ORDER BY datname
"""


async def other_databases(connection: Connection, site_map: SiteMap) -> list[str]:
    """Other databases of the cluster in which the role owns objects or has privileges: they prevent dropping it."""
    return await find_values(connection, _OTHER_DATABASES, site_map.role)


# Before PostgreSQL 16, which has a privilege for it, any member of a role could act as the role.
_LACKS_MEMBERSHIP = """
SELECT current_user::text
 WHERE NOT pg_has_role($1, CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END)
"""


async def _require_role(connection: Connection, site_map: SiteMap) -> None:
    role = site_map.role
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", role):
        raise AttachError(f"there is no role “{role}”; create it first: CREATE ROLE {role} LOGIN PASSWORD '…'")
    # Needed to create a schema that the role owns.
    user = await connection.fetchval(_LACKS_MEMBERSHIP, role)
    if user is not None:
        raise AttachError(f"“{user}” may not act as the role “{role}”; as a superuser, once: GRANT {role} TO {user}")


async def _require_free_names(connection: Connection, site_map: SiteMap) -> None:
    """Fail if a table has a view's name: it belongs to a standalone service or to others, and must not be dropped."""
    taken = await find_values(
        connection,
        """
        SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
         WHERE nspname = $1 AND relname = ANY($2) AND relkind <> 'v'""",
        site_map.schema,
        list(site_map.views),
    )
    if taken:
        names = ", ".join(taken)
        raise AttachError(f"the schema “{site_map.schema}” has tables of its own by these names: {names}")


async def _require_types(connection: Connection, site_map: SiteMap) -> None:
    """Fail if what a map's expressions give is of another type than the service reads."""
    expected = {column: type_ for type_, columns in TYPES.items() for column in columns}
    rows = await connection.fetch(
        """
        SELECT format('%s of %s', column_name, table_name) AS what, column_name,
               CASE data_type WHEN 'jsonb' THEN 'json' ELSE data_type END AS data_type -- both are read
          FROM information_schema.columns WHERE table_schema = $1 AND table_name = ANY ($2)""",
        site_map.schema,
        [*COLUMNS],
    )
    typed = [(row["what"], row["data_type"], expected.get(row["column_name"])) for row in rows]
    if wrong := [f"{what} is {type_}, not {wanted}" for what, type_, wanted in typed if wanted not in (None, type_)]:
        raise AttachError("; ".join(wrong))


async def _require_updatable(connection: Connection, site_map: SiteMap) -> None:
    """Fail unless posts can be locked and written through their view, as actions do."""
    updatable = await find_values(
        connection,
        """
        SELECT column_name FROM information_schema.columns
         WHERE table_schema = $1 AND table_name = 'posts' AND is_updatable = 'YES'""",
        site_map.schema,
    )
    if fixed := [column for column in WRITTEN if column not in updatable]:
        raise AttachError(
            f"posts cannot be written through its view: {', '.join(fixed)} must be plain columns of one table"
        )
