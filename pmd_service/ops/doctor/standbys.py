"""The hosts of DATABASE_URL beside the primary: each is to be its standby."""

import asyncio

import asyncpg
import msgspec

from ...base.database import find_one
from ...base.hosts import HOST_SECONDS, find_primary, hosts_of, place_of
from ...base.settings import Settings
from ..commands import connected
from .finding import CheckFailedError

# Sixteen segments: seconds of a busy primary, and far more than an idle one ever has.
LATE_BYTES = 256 << 20


class _Host(msgspec.Struct, frozen=True):
    system: int
    is_standby: bool
    replayed: str


_HOST = """
SELECT system_identifier AS system, pg_is_in_recovery() AS is_standby,
       coalesce(pg_last_wal_replay_lsn(), '0/0')::text AS replayed
  FROM pg_control_system()
"""
_BEHIND = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), $1::text::pg_lsn)::bigint"


async def check_standbys(settings: Settings) -> str:
    hosts = hosts_of(settings.database_url)
    if len(hosts) == 1:
        return "DATABASE_URL names one host."
    primary = await find_primary(settings.database_url)
    async with connected(primary) as connection:
        own = await find_one(connection, _Host, _HOST)
        assert own is not None
        for host in hosts:
            if host != primary and (trouble := await _trouble(host, own.system, connection)):
                raise CheckFailedError(f"{place_of(host)} {trouble}")
    return f"{place_of(primary)} is the primary; others follow."


async def _trouble(host: str, system: int, primary: asyncpg.Connection) -> str | None:
    try:
        async with asyncio.timeout(HOST_SECONDS), connected(host) as connection:
            found = await find_one(connection, _Host, _HOST)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return f"cannot be promoted: {error or type(error).__name__}."
    assert found is not None
    if found.system != system:
        return "is no copy of the primary: name the hosts of one database only."
    if not found.is_standby:
        return "is a primary, too: another one was promoted in its place. End it, or make it a standby."
    behind = await primary.fetchval(_BEHIND, found.replayed)
    if behind > LATE_BYTES:
        return f"is {behind >> 20} MiB of WAL behind: if it is promoted, these are lost."
    return None
