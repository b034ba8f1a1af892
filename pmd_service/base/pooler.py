"""Checks at the start: PostgreSQL's version, and whether a connection pooler supports prepared statements."""

import asyncio
from contextlib import AsyncExitStack

import asyncpg

from .hosts import connect
from .migrations import SchemaError
from .unreachable import name_address

TIMEOUT_SECONDS = 5.0

# An idle pooler may happen to give each of a few connections a session of its own.
CONNECTIONS = 4
ROUNDS = 3

# How long a request waits for a row that another transaction has locked; set for the whole session.
LOCK_SECONDS = 2

OLDEST_POSTGRES = 15

NEEDED = (
    "The pooler before Postgres cannot carry this service. In transaction mode it must be PgBouncer 1.21 or later with "
    "max_prepared_statements above 0, and in any mode it needs ignore_startup_parameters = lock_timeout; or let "
    "DATABASE_URL name Postgres itself."
)


class PostgresTooOldError(SchemaError):
    """A PostgreSQL that lacks what our statements use."""


class PoolerError(SchemaError):
    """A pooler mixes up the prepared statements of two connections, or rejects our session settings."""


def require_version(connection: asyncpg.Connection) -> None:
    """Raises: PostgresTooOldError."""
    version = connection.get_server_version()
    if version.major < OLDEST_POSTGRES:
        raise PostgresTooOldError(
            f"PostgreSQL {version.major}.{version.minor} is too old: this service needs {OLDEST_POSTGRES} or later"
        )


async def require_sessions(dsn: str) -> None:
    """Prepare different statements by one name on several connections: a pooler that shares sessions fails.

    Raises:
        PostgresTooOldError: before PostgreSQL 15.
        PoolerError: it does.
        OSError, asyncpg.PostgresError: Postgres cannot be reached.
    """
    try:
        async with AsyncExitStack() as closing:
            prepared = []
            for number in range(CONNECTIONS):
                with name_address(dsn):
                    connection = await connect(
                        dsn, timeout=TIMEOUT_SECONDS, server_settings={"lock_timeout": f"{LOCK_SECONDS}s"}
                    )
                closing.push_async_callback(connection.close, timeout=TIMEOUT_SECONDS)
                require_version(connection)
                prepared.append(await connection.prepare(f"SELECT {number} FROM pg_sleep(0.01)", name="pmd_probe"))
            # Concurrently: a pooler that shares sessions must now use several, and mixes them up.
            for _ in range(ROUNDS):
                answers = await asyncio.gather(*(statement.fetchval() for statement in prepared))
                if answers != list(range(CONNECTIONS)):
                    raise PoolerError(NEEDED)
    except (
        asyncpg.DuplicatePreparedStatementError,
        asyncpg.InvalidSQLStatementNameError,
        asyncpg.ProtocolViolationError,
    ) as error:
        raise PoolerError(NEEDED) from error
