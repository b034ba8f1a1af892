"""What Postgres must be, and what it must let us do."""

import asyncio
import time

import msgspec

from ...base.database import STATEMENT_SECONDS, Connection, create_pool, find_all, find_one
from ...base.migrations import created_indexes, require_migrated
from ...base.pooler import require_sessions, require_version
from ...base.schema import Schema
from ...base.settings import Settings
from ...site.rights import missing_rights
from ..commands import connected
from .finding import CHECK_SECONDS, CheckFailedError, require_same_clock

# What one server (a pool of 10, one that listens, two of /readyz) and one worker (a pool of 20) take, and a command.
FEWEST_CONNECTIONS = 35
FEWEST_FREE = 5
# A transaction of ours is open for a minute at most (IDLE_IN_TRANSACTION_SECONDS).
IDLE_SECONDS = 3600.0


class _Server(msgspec.Struct, frozen=True):
    version: str
    is_replica: bool
    is_read_only: bool
    is_other_encoding: bool
    is_other_collation: bool
    is_never_vacuumed: bool


_SERVER = """
SELECT current_setting('server_version') AS version,
       pg_is_in_recovery() AS is_replica,
       current_setting('transaction_read_only') = 'on' AS is_read_only,
       current_setting('server_encoding') <> 'UTF8' AS is_other_encoding,
       coalesce(datcollversion <> pg_database_collation_actual_version(oid), false) AS is_other_collation,
       NOT (current_setting('autovacuum')::boolean AND current_setting('track_counts')::boolean) AS is_never_vacuumed
  FROM pg_database
 WHERE datname = current_database()
"""
_TROUBLES = {
    "is_replica": "This Postgres is a read-only replica: point DATABASE_URL to the primary.",
    "is_read_only": "The database is read-only: default_transaction_read_only is on, for it or for the role.",
    "is_other_encoding": "The database's encoding is not UTF8: create it with ENCODING 'UTF8', and restore into that.",
    "is_other_collation": "The system's collations are of another version than the database's indexes of texts: run "
    "REINDEX DATABASE, then ALTER DATABASE … REFRESH COLLATION VERSION.",
    "is_never_vacuumed": "Autovacuum is off: lists become slower every day. Set autovacuum and track_counts to on.",
}


async def check_postgres(settings: Settings) -> str:
    async with connected(settings.database_url) as connection:
        require_version(connection)
        server = await find_one(connection, _Server, _SERVER)
    assert server is not None
    for name, sentence in _TROUBLES.items():
        if getattr(server, name):
            raise CheckFailedError(sentence)
    return f"PostgreSQL {server.version}."


class _Room(msgspec.Struct, frozen=True):
    """Connections: of the server, of this role to this database, and those that are taken."""

    all: int
    allowed: int
    taken: int


_ROOM = """
SELECT "all", least("all", nullif(rolconnlimit, -1), nullif(datconnlimit, -1)) AS allowed,
       (SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL) AS taken
  FROM pg_database, pg_roles,
       (SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
             - coalesce(current_setting('reserved_connections', true)::int, 0)) AS server ("all")
 WHERE datname = current_database() AND rolname = current_user
"""


class _Idle(msgspec.Struct, frozen=True):
    pid: int
    name: str
    seconds: float


_IDLE = """
SELECT pid, application_name AS name, extract(epoch FROM now() - xact_start)::float8 AS seconds
  FROM pg_stat_activity
 WHERE datname = current_database() AND state LIKE 'idle in transaction%' AND xact_start IS NOT NULL
 ORDER BY xact_start
 LIMIT 1
"""


# Of a role or a database; the second one since PostgreSQL 17.
_ENDED_SOON = """
SELECT name, current_setting(name) AS after
  FROM pg_settings
 WHERE name IN ('statement_timeout', 'transaction_timeout') AND setting::float8 / 1000 BETWEEN 0.001 AND $1
"""


async def check_connections(settings: Settings) -> str:
    async with connected(settings.database_url) as connection:
        room = await find_one(connection, _Room, _ROOM)
        idle = await find_one(connection, _Idle, _IDLE)
        ends_idle = await connection.fetchval("SHOW idle_session_timeout")
        ended = await connection.fetchrow(_ENDED_SOON, STATEMENT_SECONDS)
    assert room is not None
    if room.allowed < FEWEST_CONNECTIONS:
        raise CheckFailedError(
            f"Postgres allows {room.allowed} connections, and a server and a worker take {FEWEST_CONNECTIONS}: raise "
            "max_connections, or the CONNECTION LIMIT of the role or the database."
        )
    if room.all - room.taken < FEWEST_FREE:
        raise CheckFailedError(
            f"{room.taken} of {room.all} connections are taken: raise max_connections, or put a pooler before Postgres."
        )
    if idle is not None and idle.seconds > IDLE_SECONDS:
        raise CheckFailedError(
            f"The session {idle.pid} (“{idle.name}”) has had a transaction open for {idle.seconds / 60:.0f} minutes "
            f"and does nothing: Postgres cannot clean up meanwhile. End it: SELECT pg_terminate_backend({idle.pid})."
        )
    if ends_idle != "0":
        raise CheckFailedError(
            f"Postgres ends idle sessions after {ends_idle}, ours too: set idle_session_timeout to 0 for this role."
        )
    if ended is not None:
        raise CheckFailedError(
            f"Postgres ends what takes longer than {ended['after']}, and statements of ours may take longer: set "
            f"{ended['name']} to 0 for this role."
        )
    return f"{room.taken} of {room.all} are taken."


async def check_pooler(settings: Settings) -> str:
    await require_sessions(settings.database_url)
    return "Each connection has its own session."


async def check_clocks(settings: Settings) -> str:
    async with connected(settings.database_url) as connection:
        began = time.time()
        theirs = float(await connection.fetchval("SELECT extract(epoch FROM clock_timestamp())"))
        return require_same_clock(
            "Postgres'", began=began, theirs=theirs, ended=time.time(), so="tokens expire too late or at once"
        )


async def check_schema(settings: Settings) -> str:
    async with await create_pool(settings.database_url, application="pmd-doctor", max_size=1) as pool:
        await require_migrated(pool)
        schema = Schema()
        await schema.check(pool)
    if schema.is_newer:
        raise CheckFailedError("The database has migrations of a newer release: upgrade this host to that release.")
    return "All migrations are applied; no extension is needed."


class _Index(msgspec.Struct, frozen=True):
    name: str
    is_valid: bool


_INDEXES = """
SELECT relname::text AS name, indisvalid AS is_valid
  FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
 WHERE relnamespace = quote_ident(current_schema())::regnamespace
   AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index AS made WHERE made.relid = indrelid)
"""

# A site's tables that the service is attached to have the site's own indexes: “pmd-admin site check” names those.
_TABLES = """
SELECT relname::text FROM pg_class
 WHERE relkind IN ('r', 'p') AND relnamespace = quote_ident(current_schema())::regnamespace
   AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index AS made WHERE made.relid = pg_class.oid)
"""


async def check_indexes(settings: Settings) -> str:
    """Those that the migrations create; while one is being built on a table, this table's are left out."""
    async with connected(settings.database_url) as connection:
        there = {index.name: index.is_valid for index in await find_all(connection, _Index, _INDEXES)}
        missing = await _missing_indexes(connection, there)
    if invalid := sorted(name for name, is_valid in there.items() if not is_valid):
        raise CheckFailedError(
            f"Indexes are invalid, and not used: {', '.join(invalid[:3])}. Run REINDEX INDEX CONCURRENTLY for each."
        )
    if missing:
        raise CheckFailedError(f"Indexes are missing: {', '.join(missing[:3])}. Create each as in its migration.")
    return f"All {len(there)} are there and valid."


async def _missing_indexes(connection: Connection, there: dict[str, bool]) -> list[str]:
    tables = {name for (name,) in await connection.fetch(_TABLES)}
    return [
        f"{index.name} ({index.file})"
        for index in created_indexes()
        if index.table in tables and index.name not in there
    ]


async def check_site(settings: Settings) -> str:
    async with connected(settings.database_url) as connection:
        missing = await missing_rights(connection)
    if missing:
        raise CheckFailedError(f"The site's tables do not match: {'; '.join(missing[:3])}. See “pmd-admin site check”.")
    return "The site's tables can be read and written."


async def check_listen(settings: Settings) -> str:
    """Notify ourselves: behind a transaction-mode pooler the notification never arrives."""
    received = asyncio.Event()
    async with connected(settings.listen_dsn) as listener, connected(settings.database_url) as speaker:
        await listener.add_listener("pmd_doctor", lambda *_: received.set())
        await speaker.execute("NOTIFY pmd_doctor")
        try:
            async with asyncio.timeout(CHECK_SECONDS / 2):
                await received.wait()
        except TimeoutError:
            raise CheckFailedError("A NOTIFY did not arrive: set LISTEN_DATABASE_URL to a direct connection.") from None
    return "A NOTIFY arrives."
