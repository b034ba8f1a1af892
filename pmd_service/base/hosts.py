"""Postgres on several hosts, of which one is the primary: ``postgresql://pmd@one:5432,two:5432/pmd``.

Connections go to the primary, wherever it is. asyncpg has one time limit for all hosts of an address, so that a host
that is cut off would leave no time for the next one; and dbmate knows only one host.
"""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import asyncpg
from asyncpg.connect_utils import SessionAttribute

# How long a host may take to answer. A request waits for a connection for little longer (``ACQUIRE_SECONDS``).
HOST_SECONDS = 2.0
_WRITABLE = {"primary", "read-write"}

# Which host is tried first, by address: where the primary was last, or behind one that did not answer. Whoever does not
# wait long enough for two such hosts thus comes to a third one the next time.
_first: dict[str, str] = {}

# This host is no primary now, but another one may be.
_NOT_HERE = (
    OSError,
    TimeoutError,
    asyncpg.CannotConnectNowError,
    asyncpg.PostgresConnectionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,  # also that it is a standby
)


class NoPrimaryError(ConnectionError):
    """None of the hosts answers as a primary; the message names each."""


def hosts_of(dsn: str) -> Sequence[str]:
    """The address of each host alone; everything else is the same.

    Raises:
        ValueError: the numbers of hosts and ports differ, a port is no number, or it asks for a standby.
    """
    parts = urlsplit(dsn)
    credentials, at, given = parts.netloc.rpartition("@")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if (wanted := query.pop("target_session_attrs", "primary")) not in _WRITABLE:
        raise ValueError(f"target_session_attrs is {wanted}: the service writes, and needs the primary")
    if given:
        each = [(host, query) for host in given.split(",")]
        for host, _ in each:
            _ = urlsplit(f"//{host}").port
    else:
        hosts, ports = (query.get(name, "").split(",") for name in ("host", "port"))
        if len(ports) == 1:
            ports *= len(hosts)
        if len(ports) != len(hosts):
            raise ValueError(f"{len(hosts)} hosts, and {len(ports)} ports")
        each = [("", query | _named(host=host, port=port)) for host, port in zip(hosts, ports, strict=True)]
    if len(each) == 1 and "target_session_attrs" not in parts.query:
        return [dsn]
    return [
        f"{parts.scheme}://{credentials}{at}{host}{parts.path}{'?' if own else ''}{urlencode(own)}"
        for host, own in each
    ]


def _named(**values: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


async def connect(dsn: str, **options: Any) -> asyncpg.Connection:
    """A connection, to the primary if there are several hosts; the options are asyncpg's.

    Raises:
        NoPrimaryError: no host answers as the primary.
        OSError, asyncpg.PostgresError: the only host does not answer, or the primary refuses.
    """
    if len(hosts_of(dsn)) == 1:
        return await asyncpg.connect(dsn, **options)
    connection, _ = await _connect_to_primary(dsn, **options)
    return connection


async def _connect_to_primary(dsn: str, **options: Any) -> tuple[asyncpg.Connection, str]:
    hosts, failures = [*hosts_of(dsn)], []
    at = hosts.index(_first.setdefault(dsn, hosts[0]))
    hosts = hosts[at:] + hosts[:at]
    for host, following in zip(hosts, [*hosts[1:], hosts[0]], strict=True):
        try:
            async with asyncio.timeout(HOST_SECONDS):
                connection: asyncpg.Connection = await asyncpg.connect(
                    host, **options, target_session_attrs=SessionAttribute.primary
                )
        except _NOT_HERE as error:
            failures.append(f"{place_of(host)} {_reason(error)}")
            if _first[dsn] == host:
                _first[dsn] = following
        else:
            _first[dsn] = host
            return connection, host
    raise NoPrimaryError(f"no host is a primary that answers: {', '.join(failures)}")


def _reason(error: Exception) -> str:
    if isinstance(error, asyncpg.TargetServerAttributeNotMatched):
        return "is a standby"
    if isinstance(error, TimeoutError):
        return "does not answer"
    return f"fails ({getattr(error, 'strerror', None) or error or type(error).__name__})"


async def find_primary(dsn: str) -> str:
    """The address of the primary alone, for programs that know one host; its database need not exist yet.

    Raises:
        NoPrimaryError: no host answers as the primary.
    """
    hosts = hosts_of(dsn)
    if len(hosts) == 1:
        return hosts[0]
    try:
        connection, primary = await _connect_to_primary(dsn)
    except asyncpg.InvalidCatalogNameError:
        connection, primary = await _connect_to_primary(dsn, database="postgres")
    await connection.close()
    return primary


def place_of(dsn: str) -> str:
    """Hosts and ports, or the sockets' folders, without user and password."""
    address = urlsplit(dsn)
    return dict(parse_qsl(address.query)).get("host", address.netloc.rpartition("@")[2])
