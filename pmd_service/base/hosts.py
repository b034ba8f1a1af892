"""Postgres on several hosts, of which one is the primary: ``postgresql://pmd@one:5432,two:5432/pmd``.

Connections go to the primary, wherever it is; of two, as when one comes back that was lost, to the later. asyncpg takes
the first that answers, with one time limit for all, so that a host that is cut off would leave no time for the next
one; and dbmate knows only one host.
"""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

import asyncpg
from asyncpg.connect_utils import SessionAttribute

# How long a host may take to answer. A request waits for a connection for little longer (``ACQUIRE_SECONDS``).
HOST_SECONDS = 2.0
# How long the others may take once a primary has answered: one of them may have been promoted in its place.
OTHERS_SECONDS = 0.25
_WRITABLE = {"primary", "read-write"}

# A promotion begins another timeline, which the control file names only after a checkpoint.
_TIMELINE = """
SELECT system_identifier, ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::bigint
  FROM pg_control_system()
"""
# The latest timeline that this process has met, by address and the system's identifier: a primary of an earlier one was
# replaced, even while the one that did is away.
_latest: dict[tuple[str, int], int] = {}

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


class _Primary(NamedTuple):
    host: str
    connection: asyncpg.Connection
    system: tuple[str, int]
    timeline: int


async def _connect_to_primary(dsn: str, **options: Any) -> tuple[asyncpg.Connection, str]:
    hosts = hosts_of(dsn)
    opening = [asyncio.create_task(_open(dsn, host, **options), name=f"to {place_of(host)}") for host in hosts]
    found = None
    try:
        await _answers(opening)
        found = _latest_of(opening)
    finally:
        for task in opening:
            if task is not found:
                task.cancel()
                task.add_done_callback(_close)
    if found is not None:
        return found.result().connection, found.result().host
    errors = [task.exception() for task in opening]
    for error in errors:
        if error is not None and not isinstance(error, _NOT_HERE):
            raise error
    failures = [f"{place_of(host)} {_reason(error)}" for host, error in zip(hosts, errors, strict=True)]
    raise NoPrimaryError(f"no host is a primary that answers: {', '.join(failures)}")


async def _open(dsn: str, host: str, **options: Any) -> _Primary:
    async with asyncio.timeout(HOST_SECONDS):
        connection = await asyncpg.connect(host, **options, target_session_attrs=SessionAttribute.primary)
        try:
            system, timeline = await connection.fetchrow(_TIMELINE)
        except BaseException:
            connection.terminate()
            raise
    return _Primary(host, connection, (dsn, system), timeline)


async def _answers(opening: Sequence[asyncio.Task[_Primary]]) -> None:
    """Wait for all hosts, but briefly for those that are slower than a primary."""
    pending: Collection[asyncio.Task[_Primary]] = opening
    while pending and _latest_of(opening) is None:
        _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
    if pending:
        await asyncio.wait(pending, timeout=OTHERS_SECONDS)


def _latest_of(opening: Sequence[asyncio.Task[_Primary]]) -> asyncio.Task[_Primary] | None:
    """The primary, unless this process has met a later one."""
    primaries = [task for task in opening if task.done() and not task.exception()]
    for each in [task.result() for task in primaries]:
        _latest[each.system] = max(each.timeline, _latest.get(each.system, 0))
    return next((task for task in primaries if task.result().timeline == _latest[task.result().system]), None)


def _close(opening: asyncio.Task[_Primary]) -> None:
    if not opening.cancelled() and not opening.exception():
        opening.result().connection.terminate()


def _reason(error: BaseException | None) -> str:
    if error is None:
        return "was replaced by a later primary"
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
