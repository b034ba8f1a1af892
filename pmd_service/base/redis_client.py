"""Clients of Redis or Valkey by its URL: of one server, or of the primary that Sentinels name; with TLS.

``redis[s]://user:password@host:port/db``, ``unix:///socket?db=0``, or
``redis[s]+sentinel://user:password@host:port,host:port/name/db``, where the hosts are Sentinels and ``name`` is what
they call the primary. In the query are the settings of TLS, and the Sentinels' own user and password.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from redis import RedisError, exceptions
from redis.asyncio import Redis
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool

R = TypeVar("R", bound=Redis)

SENTINEL = "+sentinel"
SENTINEL_PORT = 26379
SENTINEL_SECONDS = 1.0
_TLS = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname")
_OF_SENTINELS = ("sentinel_username", "sentinel_password")

CLUSTER = (
    "REDIS_URL names a node of a cluster, and a queue's keys must be on one server: turn cluster-enabled off, or name "
    "a primary by its Sentinels (redis+sentinel://)."
)


class ClusterError(RedisError):
    """A Redis in cluster mode."""


_ACL = "The access list (ACL) of REDIS_URL's user lacks what queues need"
# What Redis refuses by, the error's class and a part of its text, with the sentence about it.
_REFUSALS: tuple[tuple[type[RedisError], str, str], ...] = (
    (exceptions.OutOfMemoryError, "", "Redis is full: give it more memory (maxmemory). Work is delayed until then."),
    (exceptions.ReadOnlyError, "", "This Redis is a read-only replica: point REDIS_URL to the primary."),
    (
        exceptions.ConnectionError,
        "previous master",
        "The Sentinels name a read-only replica: wait for their agreement.",
    ),
    (exceptions.AuthenticationError, "", "Redis does not accept the user and password of REDIS_URL"),
    (exceptions.NoPermissionError, "", _ACL),
    (exceptions.ResponseError, "ACL failure", _ACL),
    (exceptions.ResponseError, "MISCONF", "Redis refuses writes, because its disk does"),
    (ClusterError, "", CLUSTER),
)


def sentence_of(error: RedisError) -> str:
    """What is wrong, for operators."""
    for kind, part, sentence in _REFUSALS:
        if isinstance(error, kind) and part in str(error):
            return sentence if sentence.endswith(".") else f"{sentence}: {error}"
    return f"Redis (REDIS_URL) cannot be used: {error}"


def check_redis_url(url: str) -> None:
    """Raises: ValueError: it is not of one of these forms."""
    parts = urlsplit(url)
    is_sentinel, query = parts.scheme.endswith(SENTINEL), dict(parse_qsl(parts.query, keep_blank_values=True))
    known = {"db", *(_TLS if parts.scheme.startswith("rediss") else ()), *(_OF_SENTINELS if is_sentinel else ())}
    if unknown := query.keys() - known:
        raise ValueError(f"{', '.join(sorted(unknown))} does not belong in a {parts.scheme} URL")
    if not (query.get("db", "0").isdecimal() and query.get("ssl_check_hostname", "true") in ("true", "false")):
        raise ValueError("db is a number, and ssl_check_hostname true or false")
    if is_sentinel:
        _sentinels(parts)
        _primary_of(parts)
    else:
        _ = parts.port


def is_of_sentinels(url: str) -> bool:
    return urlsplit(url).scheme.endswith(SENTINEL)


def redis_client(url: str, kind: type[R], **options: Any) -> R:
    """A client that connects on first use; close it. The options are those of redis-py's connections."""
    parts = urlsplit(url)
    if not is_of_sentinels(url):
        # Its own default, for redis-py 5, is to accept the certificate of any host.
        tls = {"ssl_check_hostname": True} if parts.scheme == "rediss" else {}
        client: R = kind.from_url(url, **tls, **options)
        return client
    query = dict(parse_qsl(parts.query))
    tls = _tls_of(parts, query)
    own = {name.removeprefix("sentinel_"): query[name] for name in _OF_SENTINELS if name in query}
    limits = {"socket_timeout": SENTINEL_SECONDS, "socket_connect_timeout": SENTINEL_SECONDS}
    name, db = _primary_of(parts)
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        _sentinels(parts),
        sentinel_kwargs=tls | own | limits,
        db=db,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        **tls,
        **options,
    )
    of_primary: R = sentinel.master_for(name, redis_class=kind, connection_pool_class=_Pool)
    return of_primary


def sentinels_of(client: Redis) -> tuple[str, Sequence[Redis]]:
    """What a client's Sentinels call the primary, and a client of each of them; its own, which it closes."""
    pool = client.connection_pool
    assert isinstance(pool, SentinelConnectionPool)
    return pool.service_name, [*pool.sentinel_manager.sentinels]


def place_of_redis(client: Redis) -> str:
    named = client.connection_pool.connection_kwargs
    return f"{named['host']}:{named['port']}"


class _Pool(SentinelConnectionPool):
    """Closes the connections to the Sentinels, too."""

    async def disconnect(self, inuse_connections: bool = True) -> None:
        await super().disconnect(inuse_connections)
        if inuse_connections:
            for each in self.sentinel_manager.sentinels:
                await each.aclose()


def _tls_of(parts: SplitResult, query: Mapping[str, str]) -> dict[str, Any]:
    if not parts.scheme.startswith("rediss"):
        return {}
    files = {name: query[name] for name in _TLS if name in query}
    return files | {"ssl": True, "ssl_check_hostname": query.get("ssl_check_hostname") != "false"}


def _sentinels(parts: SplitResult) -> list[tuple[str, int]]:
    found = []
    for host in parts.netloc.rpartition("@")[2].split(","):
        address = urlsplit(f"//{host}")
        if not address.hostname:
            raise ValueError("it names no Sentinel")
        found.append((address.hostname, address.port or SENTINEL_PORT))
    return found


def _primary_of(parts: SplitResult) -> tuple[str, int]:
    """What the Sentinels call the primary, and the database's number."""
    name, _, db = unquote(parts.path).strip("/").partition("/")
    if not name or not (db or "0").isdecimal():
        raise ValueError("after the Sentinels comes the primary's name, and then a database's number: …/mymaster/0")
    return name, int(db or 0)


async def require_one_primary(client: Redis) -> None:
    """Raises: ClusterError: it is a cluster. redis.RedisError, OSError: it does not answer."""
    if (await client.info("cluster")).get("cluster_enabled"):
        raise ClusterError(CLUSTER)
